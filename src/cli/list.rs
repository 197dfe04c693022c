//! `tempo list`: the tasks that a filter finds; or those in the trash.

use std::io::Write as _;

use serde::Serialize;

use super::json::TaskJson;
use super::table::{Cell, Table, Tone};
use super::{CliError, Context, Result};
use crate::domain::change::KEPT;
use crate::domain::filter::Filter;
use crate::domain::task::Kind;
use crate::store::find::Found;
use crate::store::order::Order;
use crate::store::tasks::TaskRow;
use crate::store::{Db, From, health, tasks, trash, views};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// Which tasks.
#[derive(Debug, clap::Args)]
#[command(after_help = "A filter is words that have to be in a task, and keys with values, side by side:

  tempo list status:open 'priority:<=3' 'due:<3d' category:media @ana text

Keys: status state priority due category tag assignee kind type progress created updated begun done next last name text paused \
late blocked field.NAME.
Numbers and times take : < <= > >=; a list is a,b; what may be missing takes none and any.
Times are 3d (so far from now, or for the past so long ago), +2h, -2h, today, tomorrow, yesterday, 2026-12-24, 2026-12-24T18:00; \
due:overdue.
category:media has media/backup in it, category:=media has not. +home is tag:home. `or`, `not` or -, ( ) and \"two words\".
A filter that begins with - follows --, as in tempo list -- -home.")]
pub struct Args {
    /// Only those that this finds; several words are one filter
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// Only those of this view, and in its order; see `tempo view`
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// In this order
    #[arg(long, value_name = "ORDER", value_parser = order)]
    sort: Option<Order>,
    /// Print only how many there are
    #[arg(long)]
    count: bool,
    /// Only those that have not succeeded when they were expected to (expect-by); exit code 1 when there are any
    #[arg(long, conflicts_with_all = ["filter", "view", "sort", "count"])]
    late: bool,
    /// Those in the trash, the last deleted first; `tempo undo --task TASK` brings one back
    #[arg(long, conflicts_with_all = ["filter", "late", "view", "sort", "count"])]
    trash: bool,
}

/// Reads an order.
pub(super) fn order(text: &str) -> std::result::Result<Order, String> {
    Order::from_word(text).ok_or_else(|| {
        let all: Vec<&str> = Order::ALL.iter().map(|order| order.word()).collect();
        format!("it takes {}", all.join(", "))
    })
}

/// How many there are.
#[derive(Debug, Serialize)]
struct CountJson {
    tasks: usize,
}

/// What was typed, read as a filter.
pub(super) fn filter(text: &str) -> Result<Filter> {
    Filter::parse(text).map_err(|e| CliError::Refused(e.under(text)))
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
    let (mut filter, mut sort) = (filter(&args.filter.join(" "))?, Order::Name);
    if let Some(name) = &args.view {
        let view = views::get(&db, name)?;
        sort = view.order;
        filter = Filter::All(vec![self::filter(&view.filter)?, filter]);
    }
    let sort = args.sort.unwrap_or(sort);
    let asker = cx.asker();
    if args.count {
        let tasks = Found::new(&db, &filter, &asker)?.count(&db)?;
        if cx.json {
            return cx.print_json(&CountJson { tasks }).map(|()| 0);
        }
        writeln!(cx.out, "{tasks}")?;
        return Ok(0);
    }
    let mut table = Table::new(&["TASK", "KIND", "NEXT", "LAST", "LAST RUN"]);
    let witness = cx.witness()?;
    let has_engine = cx.has_engine()?;
    let mut any = false;
    let mut from = From::Start;
    loop {
        let mut page = db.finder().page(&db, (&filter, &asker), sort, &from, PAGE)?;
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
            Some(last) if page.len() == PAGE => from = From::After(last.place(sort)),
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
    let next = match row.due_at.filter(|_| row.kind != Kind::Todo) {
        Some(due) if next == "-" => format!("due {}", cx.due(due)),
        Some(due) => format!("{next}, due {}", cx.due(due)),
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
            (status.word().into(), row.due_at.map_or_else(String::new, |at| format!("due {}", cx.due(at))))
        }
        (None, None) => ("-".into(), String::new()),
    };
    vec![Cell::from(&row.slug), row.kind.word().into(), next, last, at.into()]
}
