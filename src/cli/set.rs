//! `tempo set`: changes of a definition and its schedules, all or none.

use super::definition::{self, Zone};
use super::table::Table;
use super::{CliError, Context, Result};
use crate::domain::change::By;
use crate::domain::field::{self, Field};
use crate::domain::options;
use crate::domain::rule::Rule;
use crate::domain::schedule::Schedule;
use crate::domain::spread::Spread;
use crate::domain::task::Task;
use crate::store::changes::{Step, Wish};
use crate::store::{self, Db, StoreError, schedules, tasks};

/// What is to be changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "FIELD is the name of a flag of `tempo add` without its dashes (tags for --tag), or
  name=TEXT        another name; the slug stays
  status=WORD      of a to-do: open, in_progress, completed or cancelled
  when=SCHEDULES   these schedules and no others, separated by `;`:
                   `30 2 * * *`, `every 15m`, `at tomorrow 9:00`, `startup`; nothing takes all away
  when+=SCHEDULES  these as well
  tz=ZONE          the zone of these schedules
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
                _ => changes.values.push((Field::named(key).map_err(|e| format!("{e}, when, tz"))?, value.to_owned())),
            }
        }
        if changes.zone.is_some() && changes.replace.is_none() && changes.more.is_empty() {
            return Err("tz: say for which schedules, with when=... or when+=...".to_owned());
        }
        Ok(changes)
    }

    fn changes_schedules(&self) -> bool {
        self.replace.is_some() || !self.more.is_empty() || !self.options.is_empty()
    }

    /// Makes the changes in the open transaction.
    fn make(&self, db: &Db, task: &Task, context: &field::Context, local: &Zone) -> store::Result<Task> {
        let refused = StoreError::Refused;
        let mut changed = task.definition.clone();
        definition::apply(&mut changed, &self.values, context).map_err(refused)?;
        let spread = Spread::by(&task.slug);
        let wanted = self.schedules(spread, schedules::of_task(db, task.id)?, context, local).map_err(refused)?;
        let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
        definition::check_schedules(&changed, &rules).map_err(refused)?;
        Step::new(By::Cli, context.now).define(db, task.id, &changed, &wanted)
    }

    /// The schedules that the task is to have, each with its zone. Options are for those that are named in the same call, or
    /// else for all that there are.
    fn schedules(
        &self,
        task: Spread,
        before: Vec<Schedule>,
        context: &field::Context,
        local: &Zone,
    ) -> std::result::Result<Vec<Wish>, String> {
        let zone = self.zone.as_ref().unwrap_or(local);
        let mut kept: Vec<Wish> = before.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
        if !self.changes_schedules() {
            return Ok(kept);
        }
        let named: Vec<&str> = self.replace.iter().chain(&self.more).map(String::as_str).collect();
        if named.is_empty() {
            if kept.is_empty() {
                let keys: Vec<&str> = self.options.iter().map(|(key, _)| key.as_str()).collect();
                return Err(format!("{}: the task has no schedule; give it one with when=...", keys.join(", ")));
            }
            for (rule, zone) in &mut kept {
                *rule = definition::with_options(rule.clone(), &self.options, &Zone::named(zone)?.rules, context)?;
            }
            return Ok(kept);
        }
        if self.replace.is_some() {
            kept.clear();
        }
        for text in named {
            for rule in definition::schedules(task, text, &zone.rules, context)? {
                let rule = definition::with_options(rule, &self.options, &zone.rules, context)?;
                if !kept.contains(&(rule.clone(), zone.name.clone())) {
                    kept.push((rule, zone.name.clone()));
                }
            }
        }
        Ok(kept)
    }
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    // That there is no such task comes before what would be wrong with it.
    tasks::find(&*store.reader()?, &args.task)?;
    let changes = Changes::read(&args.changes).map_err(CliError::Refused)?;
    let shown: Vec<&'static Field> = changes.values.iter().map(|(field, _)| *field).collect();
    let shows_schedules = changes.changes_schedules();
    let context = cx.fields_here()?;
    let (reference, local, of_writer) = (args.task.clone(), cx.local_zone(), context.clone());
    let task = store.write(move |db| {
        let task = tasks::find(db, &reference)?;
        changes.make(db, &task, &of_writer, &local)
    })?;

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
    if shows_schedules {
        for schedule in schedules::of_task(&db, task.id)? {
            let next = schedule.next_at.map_or_else(String::new, |at| format!(", next {}", cx.coming(at, has_engine)));
            table.row(vec!["when".into(), format!("{} ({}){next}", schedule.rule, schedule.zone).into()]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(())
}
