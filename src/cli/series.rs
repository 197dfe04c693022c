//! What there is to say about a to-do that comes again (A2).

use jiff::Timestamp;
use serde::Serialize;

use super::table::Table;
use super::{Context, Result};
use crate::domain::recur::{Missed, Recur};
use crate::domain::task::Task;
use crate::store::series::Place;
use crate::store::{Db, series, tasks};

/// Dates that are shown.
const COMING: usize = 3;

/// A to-do of a series, for programs.
#[derive(Debug, Serialize)]
pub(super) struct SeriesJson {
    /// Its number in the series.
    index: u32,
    /// The date of the series that it stands for.
    date: Option<String>,
    /// Dates that have passed since then; they are not made up for.
    passed: usize,
    /// The next dates; nothing of a chained one, and when it is done.
    next: Vec<String>,
}

/// When it comes again, in words.
pub(super) fn outlook(db: &Db, task: &Task, cx: &Context) -> Result<Option<String>> {
    Ok(series::outlook(db, task, cx.now, &cx.zone, COMING)?)
}

fn missed(place: &Place, (recur, due): (&Recur, Option<Timestamp>), cx: &Context) -> Missed {
    recur.follow(place.at, due, cx.now, &cx.zone).missed
}

/// The lines of `tempo show`.
pub(super) fn rows(db: &Db, task: &Task, table: &mut Table, cx: &Context) -> Result<()> {
    let (Some(recur), Some(place)) = (&task.definition.recur, series::of_task(db, task.id)?) else { return Ok(()) };
    if let Some(then) = outlook(db, task, cx)? {
        table.row(vec!["then".into(), then.into()]);
    }
    let number = format!("number {} of {}", place.index, place.slug);
    let open = series::open(db, place.series)?.filter(|open| *open != task.id);
    let text = match open {
        Some(open) => format!("{number}; it goes on with {}", tasks::get(db, open)?.slug),
        None if task.definition.is_closed() => format!("{number}; the last one"),
        None => {
            let missed = missed(&place, (recur, task.definition.due_at), cx);
            if missed.count == 0 { number } else { format!("{number}; {missed}") }
        }
    };
    table.row(vec!["series".into(), text.into()]);
    Ok(())
}

/// The same for programs.
pub(super) fn object(db: &Db, task: &Task, cx: &Context) -> Result<Option<SeriesJson>> {
    let (Some(recur), Some(place)) = (&task.definition.recur, series::of_task(db, task.id)?) else { return Ok(None) };
    let closed = task.definition.is_closed();
    let next =
        if closed { Vec::new() } else { recur.preview(series::after(Some(&place), task, cx.now), &cx.zone, COMING) };
    Ok(Some(SeriesJson {
        index: place.index,
        date: place.at.map(|at| cx.rfc3339(at)),
        passed: if closed { 0 } else { missed(&place, (recur, task.definition.due_at), cx).count },
        next: next.into_iter().map(|coming| cx.rfc3339(coming.at)).collect(),
    }))
}
