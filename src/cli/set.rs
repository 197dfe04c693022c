//! `tempo set`: changes of a definition and its schedules, all or none; of one task, or of each that a filter finds.

use std::path::PathBuf;

use super::table::Table;
use super::todo::waits_for;
use super::{CliError, Context, Result, complain, many, series, set_many};
use crate::domain::change::By;
use crate::domain::field::{self, Field};
use crate::domain::options;
use crate::domain::python::Choice;
use crate::domain::roster::CUSTOM;
use crate::domain::rule::Rule;
use crate::domain::schedule::Schedule;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Task, Work};
use crate::script::env::Workshop;
use crate::store::changes::{Step, Wish};
use crate::store::texts::{self, Zone};
use crate::store::todos::{self, Turn};
use crate::store::{self, Db, StoreError, schedules, tasks};

/// What is to be changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "FIELD is the name of a flag of `tempo add` without its dashes (tags for --tag), or:
  name=TEXT        another name; the slug stays
  status=WORD      of a to-do: open, in_progress (or begun), completed (or
                   done) or cancelled
  field.NAME=VALUE a field of its type, as field=NAME=VALUE
  when=SCHEDULES   these schedules and no others, separated by `;`:
                   `30 2 * * *`, `every 15m`, `at tomorrow 9:00`, `startup`;
                   nothing takes all away
  when+=SCHEDULES  these as well
  tz=ZONE          the zone of these schedules, or of all that there are;
                   else they keep the zone of the task's others
  missed=, jitter=, start=, end=, except=, calendar=, excluded=
                   options of these schedules, or without them of all that
                   there are; as words after a schedule they are its own:
                   `when=30 2 * * * missed=all jitter=5m; every 2h`
  tags+=TAGS, tags-=TAGS
                   these tags as well, or no longer
An empty VALUE takes an optional value away.

With --filter each task that is found is changed and answered by itself: exit code 4 when one was refused. All of it is one \
step for `tempo undo`.")]
pub struct Args {
    /// The task; not with --filter
    #[arg(required_unless_present = "filter")]
    task: Option<String>,
    /// What to change
    #[arg(required_unless_present = "filter", value_name = "FIELD=VALUE")]
    changes: Vec<String>,
    /// Change all that this finds, as `tempo list FILTER` does; everything is kind:command,script,todo
    #[arg(long, value_parser = many::said)]
    filter: Option<String>,
    /// Show what would be changed, and change nothing
    #[arg(long, requires = "filter")]
    dry_run: bool,
    /// With status: also of to-dos that wait for others
    #[arg(long)]
    force: bool,
}

/// The changes, taken apart.
#[derive(Default)]
pub(super) struct Changes {
    values: Vec<(&'static Field, String)>,
    replace: Option<String>,
    more: Vec<String>,
    options: Vec<(String, String)>,
    zone: Option<Zone>,
    tags: (Vec<String>, Vec<String>),
}

impl Changes {
    pub(super) fn read(texts: &[String]) -> std::result::Result<Self, String> {
        let unknown = |e: String| {
            let keys: Vec<&str> = options::OPTIONS.iter().map(|(key, _)| *key).collect();
            format!("{e}, and for schedules when, when+, tz, {}", keys.join(", "))
        };
        let mut changes = Self::default();
        for text in texts {
            let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not FIELD=VALUE"))?;
            match key {
                "when" => changes.replace = Some(value.to_owned()),
                "when+" => changes.more.push(value.to_owned()),
                "tz" => changes.zone = Some(Zone::named(value)?),
                "tags+" => changes.tags.0.extend(tags(value)),
                "tags-" => changes.tags.1.extend(tags(value)),
                _ if options::OPTIONS.iter().any(|(option, _)| *option == key) => {
                    changes.options.push((key.to_owned(), value.to_owned()));
                }
                "every" | "at" | "cron" | "startup" => {
                    let rule = if key == "cron" { value.to_owned() } else { format!("{key} {value}") };
                    return Err(format!("{key}: schedules are in one field; write when='{}'", rule.trim()));
                }
                _ if key.starts_with(CUSTOM) => {
                    let own = field::custom(&key[CUSTOM.len()..], value);
                    changes.values.push((Field::named("field")?, own));
                }
                _ => changes.values.push((Field::named(key).map_err(unknown)?, value.to_owned())),
            }
        }
        Ok(changes)
    }

    /// Whether they begin or end a to-do, or open it again.
    pub(super) fn turns(&self) -> bool {
        self.values.iter().any(|(field, _)| field.key == "status")
    }

    pub(super) fn changes_schedules(&self) -> bool {
        self.zone.is_some() || self.replace.is_some() || !self.more.is_empty() || !self.options.is_empty()
    }

    fn names_schedules(&self) -> bool {
        self.replace.is_some() || !self.more.is_empty()
    }

    /// The zone of new schedules: the one that is said, else the one of all that there are, else the machine's; and in words, why
    /// it is not a zone of theirs.
    fn zone(&self, before: &[Schedule], local: &Zone) -> std::result::Result<(Zone, Option<String>), String> {
        if let Some(zone) = &self.zone {
            return Ok((zone.clone(), None));
        }
        let mut names: Vec<&str> = before.iter().map(|schedule| schedule.zone.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [] => Ok((local.clone(), None)),
            [one] => Ok((Zone::named(one)?, None)),
            several => {
                let names = several.join(", ");
                let note = format!("its schedules had several zones ({names}); the new ones are in {}", local.name);
                Ok((local.clone(), Some(note)))
            }
        }
    }

    /// Makes the changes in the open transaction.
    pub(super) fn make(
        &self,
        db: &Db,
        step: &mut Step,
        task: &Task,
        context: &field::Context,
        local: &Zone,
        force: bool,
    ) -> store::Result<(Task, Vec<String>)> {
        let refused = StoreError::Refused;
        let mut changed = task.definition.clone();
        texts::apply(&mut changed, &self.values, context).map_err(refused)?;
        changed.tags.extend_from_slice(&self.tags.0);
        changed.tags.retain(|tag| !self.tags.1.contains(tag));
        changed.tags.sort();
        changed.tags.dedup();
        let spread = Spread::by(&task.slug);
        let before = schedules::of_task(db, task.id)?;
        let (zone, note) = self.zone(&before, local).map_err(refused)?;
        let wanted = self.schedules(spread, before, context, &zone).map_err(refused)?;
        let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
        texts::check_schedules(&changed, &rules).map_err(refused)?;
        let note = note.filter(|_| self.names_schedules() && !wanted.is_empty());
        let passed = changed.passed_reminders(Some(&task.definition), context.now, &context.zone);
        let task = match (&task.definition.work, &changed.work) {
            // What `tempo done` asks is asked here, too.
            (Work::Todo(from), Work::Todo(to)) if from != to => {
                match todos::turn_into(db, step, task.clone(), changed, force)? {
                    Turn::Turned(turned) => turned.task,
                    Turn::Waits(task, waits) => return Err(waits_for(&task, &waits)),
                    Turn::OfMachine(task) => *task,
                }
            }
            _ => step.define(db, task.id, &changed, &wanted)?,
        };
        Ok((task, note.into_iter().chain(passed).collect()))
    }

    /// The schedules that the task is to have, each with its zone. Options are for those that are named in the same call, or
    /// else for all that there are.
    fn schedules(
        &self,
        task: Spread,
        before: Vec<Schedule>,
        context: &field::Context,
        zone: &Zone,
    ) -> std::result::Result<Vec<Wish>, String> {
        let mut kept: Vec<Wish> = before.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
        if !self.changes_schedules() {
            return Ok(kept);
        }
        if !self.names_schedules() {
            if kept.is_empty() {
                let mut keys: Vec<&str> = self.options.iter().map(|(key, _)| key.as_str()).collect();
                keys.extend(self.zone.is_some().then_some("tz"));
                return Err(format!("{}: the task has no schedule; give it one with when=...", keys.join(", ")));
            }
            let mut changed = Vec::new();
            for (rule, own) in kept {
                let zone = self.zone.clone().map_or_else(|| Zone::named(&own), Ok)?;
                changed.push((rule, zone));
            }
            return texts::with_options_for_all(changed, &self.options, context);
        }
        if self.replace.is_some() {
            kept.clear();
        }
        let mut named = Vec::new();
        for text in self.replace.iter().chain(&self.more) {
            let rules = texts::schedules(task, text, &zone.rules, context)?;
            named.extend(rules.into_iter().map(|rule| (rule, zone.clone())));
        }
        for wish in texts::with_options_for_all(named, &self.options, context)? {
            if !kept.contains(&wish) {
                kept.push(wish);
            }
        }
        Ok(kept)
    }
}

fn tags(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned)
}

/// Asks the interpreter that is named. One that is not found may come yet, which is said; a file that is no interpreter never is one.
pub(super) fn lacks_python(changes: &Changes, context: &field::Context, cx: &Context) -> Result<Option<String>> {
    let Some((field, text)) = changes.values.iter().rfind(|(field, _)| field.key == "python") else { return Ok(None) };
    let mut asked = Definition::new("", Work::Script(PathBuf::new()));
    field.set(&mut asked, text, context).map_err(CliError::Refused)?;
    let Some(choice) = asked.execution.python else { return Ok(None) };
    let found = Workshop::new(cx.paths.scripts(), cx.paths.environments()).interpreter(&choice, None);
    match (found, choice) {
        (Ok(_), _) => Ok(None),
        (Err(why), Choice::Path(_)) => Err(CliError::Refused(format!("python: {why}"))),
        (Err(why), _) => Ok(Some(why)),
    }
}

/// Returns the exit code.
pub(super) fn run(args: Args, cx: &mut Context) -> Result<u8> {
    match (args.filter, args.task) {
        (Some(filter), first) => {
            let changes: Vec<String> = first.into_iter().chain(args.changes).collect();
            if changes.is_empty() {
                return Err(CliError::Refused("what is to be changed? FIELD=VALUE".to_owned()));
            }
            set_many::run(&filter, &changes, (args.dry_run, args.force), cx)
        }
        (None, Some(task)) => one(&task, &args.changes, args.force, cx).map(|()| 0),
        (None, None) => Err(CliError::Refused("which task?".to_owned())),
    }
}

fn one(reference: &str, changes: &[String], force: bool, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    // That there is no such task comes before what would be wrong with it.
    tasks::find(&*store.reader()?, reference)?;
    let changes = Changes::read(changes).map_err(CliError::Refused)?;
    let mut shown: Vec<&'static Field> = changes.values.iter().map(|(field, _)| *field).collect();
    if changes.tags != Default::default() {
        shown.push(Field::named("tags").map_err(CliError::Refused)?);
    }
    let shows_series = shown.iter().any(|field| matches!(field.key, "recur" | "due"));
    let shows_schedules = changes.changes_schedules();
    let context = cx.fields_here()?;
    let missing = lacks_python(&changes, &context, cx)?;
    let (reference, local, of_writer) = (reference.to_owned(), cx.local_zone(), context.clone());
    let (task, notes, followed) = store.write(move |db| {
        let task = tasks::find(db, &reference)?;
        let mut step = Step::new(By::Cli, of_writer.now);
        let (task, notes) = changes.make(db, &mut step, &task, &of_writer, &local, force)?;
        Ok((task, notes, step.followed().to_vec()))
    })?;
    for note in notes {
        complain(&note);
    }
    if let Some(why) = missing {
        complain(&format_args!("{why}; until then no run of it starts"));
    }

    let db = store.reader()?;
    if cx.json {
        let object = cx.task_json(&db, &task)?;
        return cx.print_json(&object);
    }
    let has_engine = cx.has_engine()?;
    let mut table = Table::bare();
    for field in shown {
        let value = field.get(&task.definition, &context).unwrap_or_else(|| "-".to_owned());
        table.row(vec![field.key.into(), value.into()]);
    }
    if shows_series && let Some(then) = series::outlook(&db, &task, cx)? {
        table.row(vec!["then".into(), then.into()]);
    }
    for followed in followed {
        table.row(vec!["next".into(), followed.sentence(cx.now, &cx.zone).into()]);
    }
    if shows_schedules {
        for schedule in schedules::of_task(&db, task.id)? {
            let zone = schedules::zone_of(&schedule)?;
            let next = schedule.next_at.map(|at| format!(", next {}", cx.coming_in(at, &zone, has_engine)));
            let (rule, next) = (schedule.rule.text_in(&zone), next.unwrap_or_default());
            table.row(vec!["when".into(), format!("{rule} ({}){next}", schedule.zone).into()]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(())
}
