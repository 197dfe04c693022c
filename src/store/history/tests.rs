//! Strips, cells and hours, of runs that were written with the times that they are to have.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::{Past, instants, past, strip};
use crate::domain::run::{Attempt, Outcome, Trigger};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::timeline::Span;
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::store::tests::{add, at, every, store};
use crate::store::{Store, runs, schedules, slots};

/// A run from then to then, or one that still runs.
fn run(store: &Store, task: TaskId, from: i64, to: Option<(i64, Outcome)>) -> RunId {
    store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::Schedule, None, &[], at(from))?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, at(from))?;
            if let Some((to, outcome)) = to {
                let mut attempt = Attempt::unknown(1, outcome, "");
                (attempt.started_at, attempt.ended_at) = (Some(at(from)), Some(at(to)));
                runs::finish(db, run, outcome, Some(&attempt), None, at(to))?;
            }
            Ok(run)
        })
        .unwrap()
}

const OK: Outcome = Outcome::Succeeded;
const BAD: Outcome = Outcome::TimedOut;

fn minutes(from: i64, cells: usize) -> Span {
    Span { from: at(from), cell: SignedDuration::from_secs(60), cells }
}

#[test]
fn a_strip_is_the_last_runs_that_have_ended_the_oldest_first() {
    let (_folder, store) = store();
    let (job, other) = (add(&store, "job"), add(&store, "other"));
    let all: Vec<RunId> = (0..5).map(|n| run(&store, job, n * 100, Some((n * 100 + n, OK)))).collect();
    run(&store, other, 1, Some((2, BAD)));
    run(&store, job, 900, None);
    let db = store.reader().unwrap();
    let strip = strip(&db, job, 3).unwrap();
    assert_eq!(strip.iter().map(|ended| ended.run).collect::<Vec<_>>(), all[2..]);
    assert_eq!(strip[0].took, Some(Duration::from_secs(2)));
}

#[test]
fn the_cells_of_a_run_are_all_that_it_spans_and_the_worst_of_a_cell_is_seen() {
    let (_folder, store) = store();
    let job = add(&store, "job");
    let before = run(&store, job, -500, Some((90, OK)));
    let short = run(&store, job, 130, Some((135, OK)));
    let long = run(&store, job, 140, Some((310, OK)));
    let bad = run(&store, job, 365, Some((370, BAD)));
    run(&store, job, 375, Some((380, OK)));
    let live = run(&store, job, 485, None);
    let schedule = store
        .write(move |db| {
            let schedule = schedules::add(db, job, &every(60), "UTC", at(0))?.id;
            for (due, decision) in [(430, Decision::Missed), (431, Decision::Missed), (495, Decision::Skipped)] {
                let reason = Some("why".to_owned());
                let (zone, civil) = ("UTC".to_owned(), String::new());
                let slot =
                    Slot { schedule, due_at: at(due), zone, civil, decision, reason, run: None, decided_at: at(due) };
                slots::decide(db, &slot)?;
            }
            Ok(schedule)
        })
        .unwrap();
    let db = store.reader().unwrap();
    let cells = |span| past(&db, job, &[schedule], &span, at(550)).unwrap();
    let ran = |run| Some(Past::Ran(run));
    assert_ne!(short, long);
    assert_eq!(
        cells(minutes(0, 12)),
        [
            ran(before),
            ran(before),
            // Two began in it; the one that reaches further is the last.
            ran(long),
            ran(long),
            ran(long),
            ran(long),
            Some(Past::Failed(bad)),
            Some(Past::Missed(schedule)),
            Some(Past::Runs(live)),
            Some(Past::Runs(live)),
            None,
            None,
        ]
    );
    // What began before the window or ends behind it is cut at its edges.
    assert_eq!(cells(minutes(180, 1)), [ran(long)]);
    assert_eq!(cells(minutes(600, 2)), [None, None]);
    assert_eq!(past(&db, job, &[ScheduleId(99)], &minutes(420, 1), at(550)).unwrap(), [None]);
}

/// Rows that the store gave.
static ROWS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_cell_with_a_thousand_runs_costs_as_little_as_one_with_one() {
    let (_folder, store) = store();
    let (busy, calm) = (add(&store, "busy"), add(&store, "calm"));
    store
        .write(move |db| {
            db.execute_batch(&format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999)
                 INSERT INTO runs (task_id, state, outcome, exit_code, \"trigger\", priority, queued_at, started_at, finished_at)
                 SELECT {busy}, 'finished', 'failed', 1, 'schedule', 5, t, t, t + 1000
                 FROM (SELECT {start} + i * 100000 AS t FROM n);",
                start = at(0).as_microsecond(),
            ))?;
            Ok(())
        })
        .unwrap();
    for n in 0..10 {
        run(&store, calm, n * 60, Some((n * 60 + 1, BAD)));
    }
    let mut counted = rusqlite::Connection::open(store.path()).unwrap();
    counted
        .trace_v2(
            TraceEventCodes::SQLITE_TRACE_ROW,
            Some(|_: TraceEvent<'_>| {
                ROWS.fetch_add(1, Ordering::Relaxed);
            }),
        )
        .unwrap();
    let rows_of = |task| {
        ROWS.store(0, Ordering::Relaxed);
        let cells = past(&counted, task, &[], &minutes(0, 10), at(9999)).unwrap();
        assert!(cells.iter().all(|cell| matches!(cell, Some(Past::Failed(_)))), "{cells:?}");
        ROWS.load(Ordering::Relaxed)
    };
    // At first it reads its schema, too.
    rows_of(calm);
    assert_eq!(rows_of(busy), rows_of(calm), "rows that were read");
    let db = store.reader().unwrap();
    let (began, failed) = instants(&db, busy, at(300), 5000).unwrap();
    assert_eq!((began.len(), failed.len()), (3000, 3000));
    assert!(began.is_sorted_by(|a, b| a >= b));
    assert_eq!(instants(&db, busy, at(0), 50).unwrap().0.len(), 50);
}
