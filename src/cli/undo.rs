//! `tempo undo` and `tempo redo`: changes of tasks are taken back, and made again (S5).

use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::table::Table;
use super::{CliError, Context, Result, many};
use crate::domain::TaskId;
use crate::domain::change::{Change, KEPT, Title, What};
use crate::store::changes::{self, Applied};

/// What is to be taken back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last change of this task, not of any; brings it back when it is in the trash; its slug or its id
    #[arg(long)]
    task: Option<String>,
    /// Take nothing back: show what can be, the newest first
    #[arg(long, conflicts_with = "task")]
    list: bool,
}

/// What a verb undid or redid.
#[derive(Debug, Serialize)]
struct AppliedJson<'a> {
    changes: Vec<ChangeJson<'a>>,
    /// The tasks that came out of the trash, by the slugs that they have now.
    back: Vec<&'a str>,
}

/// A change of a task. What was changed together has the same `step`.
#[derive(Debug, Serialize)]
struct ChangeJson<'a> {
    step: i64,
    id: TaskId,
    task: &'a str,
    verb: &'static str,
    fields: &'a [String],
    at: String,
    by: &'static str,
    undone: bool,
}

impl<'a> ChangeJson<'a> {
    fn of(change: &'a Change, cx: &Context) -> Self {
        Self {
            step: change.step,
            id: change.task,
            task: &change.slug,
            verb: change.what.verb(),
            fields: if let What::Set(fields) = &change.what { fields } else { &[] },
            at: cx.rfc3339(change.at),
            by: change.by.word(),
            undone: change.undone,
        }
    }
}

pub(super) fn run(args: Args, cx: &mut Context) -> Result<()> {
    if args.list {
        return list(cx);
    }
    let now = cx.now;
    let days = KEPT.as_hours() / 24;
    let (nothing, applied) = match args.task {
        Some(reference) => {
            let nothing = format!("nothing to undo: no change of {reference} in the last {days} days is left");
            (nothing, cx.store()?.write(move |db| changes::undo_of(db, changes::meant(db, &reference, now)?, now))?)
        }
        None => (
            format!("nothing to undo: no change of a task in the last {days} days is left"),
            changes::undo_in_parts(&cx.store()?, now, &many::so_far)?,
        ),
    };
    told("undid", &applied.ok_or(CliError::Refused(nothing))?, cx)
}

/// `tempo redo`.
pub(super) fn again(cx: &mut Context) -> Result<()> {
    let now = cx.now;
    let applied = changes::redo_in_parts(&cx.store()?, now, &many::so_far)?;
    let nothing = || CliError::Refused("nothing to redo: nothing was undone that is not redone".to_owned());
    told("redid", &applied.ok_or_else(nothing)?, cx)
}

fn told(verb: &str, applied: &Applied, cx: &mut Context) -> Result<()> {
    if cx.json {
        let changes = applied.changes.iter().map(|change| ChangeJson::of(change, cx)).collect();
        let back = applied.back.iter().map(|back| back.slug.as_str()).collect();
        return cx.print_json(&AppliedJson { changes, back });
    }
    match applied.changes.first() {
        Some(first) => writeln!(cx.out, "{verb}: {} ({})", Title(&applied.changes), short(first.at, cx))?,
        None => {
            for back in &applied.back {
                writeln!(cx.out, "brought {} back from the trash", back.was)?;
            }
        }
    }
    for back in applied.back.iter().filter(|back| back.slug != back.was) {
        writeln!(cx.out, "{} is now {}: another task has its name", back.was, back.slug)?;
    }
    Ok(())
}

/// The time of the day, and the day when it is not today.
fn short(at: Timestamp, cx: &Context) -> String {
    let (at, now) = (at.to_zoned(cx.zone.clone()), cx.now.to_zoned(cx.zone.clone()));
    at.strftime(if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
}

fn list(cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let mut table = Table::new(&["CHANGED", "BY", "CHANGE", ""]);
    for step in changes::list(&db, cx.now)? {
        if cx.json {
            for change in &step {
                let object = ChangeJson::of(change, cx);
                cx.print_json(&object)?;
            }
        } else if let Some(first) = step.first() {
            let undone = if first.undone { "undone" } else { "" };
            table.row(vec![
                cx.clock(first.at).into(),
                first.by.word().into(),
                Title(&step).to_string().into(),
                undone.into(),
            ]);
        }
    }
    if !cx.json {
        table.print(&mut cx.out)?;
    }
    Ok(())
}
