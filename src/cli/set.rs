//! `tempo set`: changes of a definition and its schedules, all or none.

use super::definition::{self, Zone};
use super::table::Table;
use super::{CliError, Context, Result};
use crate::domain::field::{self, Field};
use crate::domain::task::Task;
use crate::domain::when::When;
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
                _ => changes.values.push((Field::named(key).map_err(|e| format!("{e}, when, tz"))?, value.to_owned())),
            }
        }
        if changes.zone.is_some() && changes.replace.is_none() && changes.more.is_empty() {
            return Err("tz: say for which schedules, with when=... or when+=...".to_owned());
        }
        Ok(changes)
    }

    fn changes_schedules(&self) -> bool {
        self.replace.is_some() || !self.more.is_empty()
    }

    /// Makes the changes in the open transaction.
    fn make(&self, db: &Db, task: &Task, context: &field::Context, local: &Zone) -> store::Result<Task> {
        let refused = StoreError::Refused;
        let mut changed = task.definition.clone();
        definition::apply(&mut changed, &self.values, context).map_err(refused)?;
        let task = tasks::set(db, task.id, &changed, context.now)?;
        if !self.changes_schedules() {
            return Ok(task);
        }
        let zone = self.zone.as_ref().unwrap_or(local);
        let read = |text: &str| definition::schedules(text, &zone.rules, context.now).map_err(refused);
        let before = schedules::of_task(db, task.id)?;
        let mut wanted: Vec<When> = Vec::new();
        if let Some(text) = &self.replace {
            wanted = read(text)?;
            // A schedule that stays keeps its slots and, if it is an interval, its rhythm.
            for schedule in before.iter().filter(|s| s.zone != zone.name || !wanted.contains(&s.when)) {
                schedules::remove(db, schedule.id)?;
            }
        }
        for text in &self.more {
            wanted.extend(read(text)?);
        }
        definition::check_schedules(&changed, &wanted).map_err(refused)?;
        let mut there: Vec<When> = before.into_iter().filter(|s| s.zone == zone.name).map(|s| s.when).collect();
        for when in wanted {
            if !there.contains(&when) {
                schedules::add(db, task.id, &when, &zone.name, context.now)?;
                there.push(when);
            }
        }
        Ok(task)
    }
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let changes = Changes::read(&args.changes).map_err(CliError::Refused)?;
    let shown: Vec<&'static Field> = changes.values.iter().map(|(field, _)| *field).collect();
    let shows_schedules = changes.changes_schedules();
    let context = cx.fields_here()?;

    let store = cx.store()?;
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
    let mut table = Table::bare();
    for field in shown {
        let value = field.get(&task.definition, &context).unwrap_or_else(|| "-".to_owned());
        table.row(vec![field.key.into(), value.into()]);
    }
    if shows_schedules {
        for schedule in schedules::of_task(&db, task.id)? {
            let next = schedule.next_at.map_or_else(String::new, |at| format!(", next {}", cx.clock(at)));
            table.row(vec!["when".into(), format!("{} ({}){next}", schedule.when, schedule.zone).into()]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(())
}
