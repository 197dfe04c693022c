//! `tempo list`: the tasks, by slug.

use super::table::{Cell, Table, Tone};
use super::{Context, Result};
use crate::store::tasks::TaskRow;
use crate::store::{From, tasks};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// Which tasks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those with this in their slug, name, command or category
    text: Option<String>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let text = args.text.as_deref().unwrap_or_default();
    let mut table = Table::new(&["TASK", "KIND", "NEXT", "LAST", "LAST RUN"]);
    let mut from = From::Start;
    loop {
        let page = tasks::page(&db, text, &from, PAGE)?;
        for row in &page {
            if cx.json {
                let object = cx.task_json_with(&tasks::get(&db, row.id)?, row.next_at, row.last.as_ref());
                cx.print_json(&object)?;
            } else {
                table.row(cells(row, cx));
            }
        }
        if !cx.json {
            table.print(&mut cx.out)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => from = From::After(last.slug.clone()),
            _ => return Ok(()),
        }
    }
}

fn cells(row: &TaskRow, cx: &Context) -> Vec<Cell> {
    let next = if row.paused { Cell::new("paused", Tone::Dim) } else { cx.clock_or_dash(row.next_at).into() };
    let (last, at) = match (&row.last, row.status) {
        (Some(last), _) => (
            Cell::of_run(last.state, last.outcome),
            last.finished_at.or(last.started_at).map_or_else(String::new, |at| cx.clock(at)),
        ),
        (None, Some(status)) => {
            (status.word().into(), row.due_at.map_or_else(String::new, |at| format!("due {}", cx.clock(at))))
        }
        (None, None) => ("-".into(), String::new()),
    };
    vec![Cell::from(&row.slug), row.kind.word().into(), next, last, at.into()]
}
