//! `tempo list`: the tasks, by slug; or those in the trash.

use serde::Serialize;

use super::json::TaskJson;
use super::table::{Cell, Table, Tone};
use super::{Context, Result};
use crate::domain::change::KEPT;
use crate::store::tasks::TaskRow;
use crate::store::{Db, From, health, tasks, trash};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// Which tasks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those with this in their slug, name, command or category
    text: Option<String>,
    /// Only those that have not succeeded when they were expected to (expect-by); exit code 1 when there are any
    #[arg(long, conflicts_with = "text")]
    late: bool,
    /// Those in the trash, the last deleted first; `tempo undo --task TASK` brings one back
    #[arg(long, conflicts_with_all = ["text", "late"])]
    trash: bool,
}

/// A task in the trash.
#[derive(Debug, Serialize)]
struct TrashedJson {
    #[serde(flatten)]
    task: TaskJson,
    deleted_at: String,
    /// From then on it is removed for good.
    removed_at: Option<String>,
}

/// Returns the exit code: with `--late` 1 when there is any.
pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let db = store.reader()?;
    if args.late {
        return late(cx, &db);
    }
    if args.trash {
        return list_trash(&db, cx);
    }
    let text = args.text.as_deref().unwrap_or_default();
    let mut table = Table::new(&["TASK", "KIND", "NEXT", "LAST", "LAST RUN"]);
    let witness = cx.witness()?;
    let has_engine = cx.has_engine()?;
    let mut any = false;
    let mut from = From::Start;
    loop {
        let mut page = tasks::page(&db, text, &from, PAGE)?;
        for row in &mut page {
            any |= row.next_at.is_some() || row.startup || row.after.is_some();
            if let Some(last) = &mut row.last {
                witness.last(last);
            }
            if cx.json {
                let object = cx.task_json_with(&tasks::get(&db, row.id)?, Some(row));
                cx.print_json(&object)?;
            } else {
                table.row(cells(row, cx, has_engine));
            }
        }
        if !cx.json {
            table.print(&mut cx.out)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => from = From::After(last.slug.clone()),
            _ => break,
        }
    }
    if any {
        cx.hint_engine(has_engine);
    }
    Ok(0)
}

/// Late tasks that are listed; more than a person reads.
const LATE: usize = 1000;

fn late(cx: &mut Context, db: &Db) -> Result<u8> {
    let late = health::late(db, LATE)?;
    let mut table = Table::new(&["TASK", "EXPECTED", "LATE SINCE", "FAILURES"]);
    for one in &late {
        let task = tasks::get(db, one.task)?;
        if cx.json {
            let object = cx.task_json(db, &task)?;
            cx.print_json(&object)?;
        } else {
            let since = cx.clock(one.since);
            table.row(vec![
                Cell::from(&one.slug),
                Cell::from(&one.expect_by),
                since.into(),
                task.failures.to_string().into(),
            ]);
        }
    }
    if !cx.json && !late.is_empty() {
        table.print(&mut cx.out)?;
    }
    Ok(u8::from(!late.is_empty()))
}

fn list_trash(db: &Db, cx: &mut Context) -> Result<u8> {
    let mut table = Table::new(&["TASK", "ID", "KIND", "DELETED", "REMOVED"]);
    let mut last = None;
    loop {
        let page = trash::page(db, last.as_ref(), PAGE)?;
        for row in &page {
            let task = tasks::get(db, row.id)?;
            let removed_at = row.deleted_at.checked_add(KEPT).ok();
            if cx.json {
                let removed_at = removed_at.map(|at| cx.rfc3339(at));
                let task = cx.task_json_with(&task, None);
                cx.print_json(&TrashedJson { task, deleted_at: cx.rfc3339(row.deleted_at), removed_at })?;
            } else {
                table.row(vec![
                    Cell::from(&row.slug),
                    row.id.to_string().into(),
                    task.definition.work.kind().word().into(),
                    cx.clock(row.deleted_at).into(),
                    cx.clock_or_dash(removed_at).into(),
                ]);
            }
        }
        if !cx.json {
            table.print(&mut cx.out)?;
        }
        if page.len() < PAGE {
            return Ok(0);
        }
        last = page.into_iter().next_back();
    }
}

fn cells(row: &TaskRow, cx: &Context, has_engine: bool) -> Vec<Cell> {
    let next = match (row.next_at, &row.after) {
        (Some(at), _) => cx.coming(at, has_engine),
        (None, _) if row.startup => "startup".to_owned(),
        (None, Some(after)) => format!("after {after}"),
        (None, None) => "-".to_owned(),
    };
    let next = match &row.waits {
        Some(waits) if next == "-" => format!("waits for {waits}"),
        Some(waits) => format!("{next}, waits for {waits}"),
        None => next,
    };
    let next = match (&row.pause_reason, row.late_since) {
        (Some(reason), _) if row.paused => Cell::new(&format!("paused: {reason}"), Tone::Warn),
        _ if row.paused => Cell::new("paused", Tone::Dim),
        _ if row.lacks_environment => Cell::new(&format!("{next}, env failed"), Tone::Bad),
        (_, Some(since)) => Cell::new(&format!("{next}, late since {}", cx.clock(since)), Tone::Warn),
        (_, None) => next.into(),
    };
    let (last, at) = match (&row.last, row.status) {
        (Some(last), _) => (
            Cell::of_run(last.state, last.outcome, last.is_paused()),
            last.finished_at.or(last.started_at).map_or_else(String::new, |at| cx.clock(at)),
        ),
        (None, Some(status)) => {
            (status.word().into(), row.due_at.map_or_else(String::new, |at| format!("due {}", cx.clock(at))))
        }
        (None, None) => ("-".into(), String::new()),
    };
    vec![Cell::from(&row.slug), row.kind.word().into(), next, last, at.into()]
}
