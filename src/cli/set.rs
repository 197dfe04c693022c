//! `tempo set`: changes of a definition and its schedules, all or none.

use std::path::PathBuf;

use super::table::Table;
use super::{CliError, Context, Result, complain, series};
use crate::domain::change::By;
use crate::domain::field::{self, Field};
use crate::domain::options;
use crate::domain::python::Choice;
use crate::domain::rule::Rule;
use crate::domain::schedule::Schedule;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Task, Work};
use crate::script::env::Workshop;
use crate::store::changes::{Followed, Step, Wish};
use crate::store::texts::{self, Zone};
use crate::store::{self, Db, StoreError, schedules, tasks};

/// What is to be changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "FIELD is the name of a flag of `tempo add` without its dashes (tags for --tag), or
  name=TEXT        another name; the slug stays
  status=WORD      of a to-do: open, in_progress, completed or cancelled
  when=SCHEDULES   these schedules and no others, separated by `;`:
                   `30 2 * * *`, `every 15m`, `at tomorrow 9:00`, `startup`; nothing takes all away
  when+=SCHEDULES  these as well
  tz=ZONE          the zone of these schedules, or of all that there are; else they keep the zone of the task's others
  missed=, jitter=, start=, end=, except=, calendar=, excluded=
                   options of these schedules, or without them of all that there are; as words after a schedule they are
                   its own: `when=30 2 * * * missed=all jitter=5m; every 2h`
An empty VALUE takes an optional value away.")]
pub struct Args {
    /// The task
    task: String,
    /// What to change
    #[arg(required = true, value_name = "FIELD=VALUE")]
    changes: Vec<String>,
}

/// The changes, taken apart.
#[derive(Default)]
struct Changes {
    values: Vec<(&'static Field, String)>,
    replace: Option<String>,
    more: Vec<String>,
    options: Vec<(String, String)>,
    zone: Option<Zone>,
}

impl Changes {
    fn read(texts: &[String]) -> std::result::Result<Self, String> {
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
                _ if options::OPTIONS.iter().any(|(option, _)| *option == key) => {
                    changes.options.push((key.to_owned(), value.to_owned()));
                }
                "every" | "at" | "cron" | "startup" => {
                    let rule = if key == "cron" { value.to_owned() } else { format!("{key} {value}") };
                    return Err(format!("{key}: schedules are in one field; write when='{}'", rule.trim()));
                }
                _ => changes.values.push((Field::named(key).map_err(unknown)?, value.to_owned())),
            }
        }
        Ok(changes)
    }

    fn changes_schedules(&self) -> bool {
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
    fn make(
        &self,
        db: &Db,
        task: &Task,
        context: &field::Context,
        local: &Zone,
    ) -> store::Result<(Task, Option<String>, Vec<Followed>)> {
        let refused = StoreError::Refused;
        let mut changed = task.definition.clone();
        texts::apply(&mut changed, &self.values, context).map_err(refused)?;
        let spread = Spread::by(&task.slug);
        let before = schedules::of_task(db, task.id)?;
        let (zone, note) = self.zone(&before, local).map_err(refused)?;
        let wanted = self.schedules(spread, before, context, &zone).map_err(refused)?;
        let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
        texts::check_schedules(&changed, &rules).map_err(refused)?;
        let note = note.filter(|_| self.names_schedules() && !wanted.is_empty());
        let mut step = Step::new(By::Cli, context.now);
        let task = step.define(db, task.id, &changed, &wanted)?;
        Ok((task, note, step.followed().to_vec()))
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

/// Asks the interpreter that is named. One that is not found may come yet, which is said; a file that is no interpreter never is one.
fn lacks_python(changes: &Changes, context: &field::Context, cx: &Context) -> Result<Option<String>> {
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

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    // That there is no such task comes before what would be wrong with it.
    tasks::find(&*store.reader()?, &args.task)?;
    let changes = Changes::read(&args.changes).map_err(CliError::Refused)?;
    let shown: Vec<&'static Field> = changes.values.iter().map(|(field, _)| *field).collect();
    let shows_series = shown.iter().any(|field| matches!(field.key, "recur" | "due"));
    let shows_schedules = changes.changes_schedules();
    let context = cx.fields_here()?;
    let missing = lacks_python(&changes, &context, cx)?;
    let (reference, local, of_writer) = (args.task.clone(), cx.local_zone(), context.clone());
    let (task, note, followed) = store.write(move |db| {
        let task = tasks::find(db, &reference)?;
        changes.make(db, &task, &of_writer, &local)
    })?;
    if let Some(note) = note {
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
