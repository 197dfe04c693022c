//! Reports over a store whose past was written with the times that it is to have.

use std::time::Duration;

use jiff::tz::TimeZone;
use rusqlite::StatementStatus;

use super::*;
use crate::domain::change::By as Who;
use crate::domain::report::{Grain, OverdueFigures};
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Status, Work};
use crate::store::changes::Step;
use crate::store::tests::store;
use crate::store::{Store, runs as store_runs, tasks};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period(from: &str, until: &str) -> Period {
    Period::new(at(from), at(until), Grain::Day, &TimeZone::UTC).unwrap()
}

fn command(store: &Store, name: &str, category: &str, tags: &[&str]) -> TaskId {
    let mut definition = Definition::new(name, Work::Command("true".to_owned()));
    definition.category = category.to_owned();
    definition.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    store.write(move |db| tasks::add(db, &definition, at("2026-01-01T00:00:00Z"))).unwrap().id
}

/// A run that began then and ended so many seconds later.
fn run(store: &Store, task: TaskId, began: &str, seconds: u64, outcome: Outcome) -> RunId {
    let began = at(began);
    let write = move |db: &Db| {
        let run = store_runs::queue(db, task, Trigger::Manual, None, &[], began)?;
        store_runs::starting(db, run, "boot")?;
        store_runs::running(db, run, 1, began)?;
        store_runs::finish(db, run, outcome, None, None, began + Duration::from_secs(seconds))?;
        Ok(run)
    };
    store.write(write).unwrap()
}

/// A to-do with what becomes of it and when.
fn todo(store: &Store, name: &str, due: Option<&str>, created: &str, then: &[(&str, Status)]) -> TaskId {
    let mut definition = Definition::new(name, Work::Todo(Status::Open));
    (definition.due_at, definition.assignee) = (due.map(at), Some("ana".to_owned()));
    let created = at(created);
    let then: Vec<_> = then.iter().map(|(when, status)| (at(when), *status)).collect();
    let write = move |db: &Db| {
        let task = Step::new(Who::Cli, created).add(db, &definition, &[])?.id;
        for (when, status) in then {
            definition.work = Work::Todo(status);
            Step::new(Who::Cli, when).define(db, task, &definition, &[])?;
        }
        Ok(task)
    };
    store.write(write).unwrap()
}

#[test]
fn runs_of_the_period_are_counted_by_what_their_tasks_say_and_builds_are_not() {
    let (_folder, store) = store();
    let backup = command(&store, "backup", "home", &["disk", "night"]);
    let sync = command(&store, "sync", "", &[]);
    run(&store, backup, "2026-11-19T23:59:00Z", 59, Outcome::Succeeded);
    run(&store, backup, "2026-11-19T23:59:00Z", 60, Outcome::Succeeded);
    run(&store, backup, "2026-11-20T02:00:00Z", 10, Outcome::Failed(1));
    run(&store, sync, "2026-11-21T02:00:00Z", 30, Outcome::Succeeded);
    run(&store, sync, "2026-11-21T23:59:30Z", 30, Outcome::Succeeded);
    let build = run(&store, sync, "2026-11-21T03:00:00Z", 999, Outcome::Succeeded);
    store
        .write(move |db| {
            db.execute("UPDATE runs SET purpose = 'environment' WHERE id = ?1", [build.0])?;
            // What ran has run, also when its task is in the trash.
            tasks::delete(db, sync, at("2026-11-22T00:00:00Z"))
        })
        .unwrap();
    let db = store.reader().unwrap();
    let period = period("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
    let of = |by| {
        let runs = runs(&db, &period, by).unwrap();
        assert_eq!((runs.units[0].ok, runs.units[0].bad, runs.units[1].ok, runs.total.ended()), (1, 1, 1, 3));
        let took = runs.total.took.unwrap();
        assert_eq!((took.count, took.p50.as_secs(), took.p95.as_secs()), (3, 30, 60));
        let group = |group: crate::domain::report::Group<_>| {
            let figures: crate::domain::report::RunFigures = group.figures;
            (group.key.name, group.key.task, figures.ended())
        };
        runs.groups.into_iter().map(group).collect::<Vec<_>>()
    };
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(of(None), []);
    assert_eq!(of(Some(By::Category)), [(name("home"), None, 2), (None, None, 1)]);
    assert_eq!(of(Some(By::Tag)), [(name("disk"), None, 2), (name("night"), None, 2), (None, None, 1)]);
    assert_eq!(of(Some(By::Task)), [(name("backup"), Some(backup), 2), (name("sync"), None, 1)]);
    assert_eq!(of(Some(By::Assignee)), [(None, None, 3)]);
}

#[test]
fn to_dos_are_counted_when_they_were_done_also_from_the_trash_and_one_that_was_opened_again_is_not() {
    use Status::{Cancelled, Completed, InProgress, Open};
    let (_folder, store) = store();
    let (begun, done) = (("2026-11-20T10:00:00Z", InProgress), ("2026-11-20T12:00:00Z", Completed));
    let first = todo(&store, "first", None, "2026-11-18T12:00:00Z", &[begun, done]);
    todo(&store, "second", None, "2026-11-20T08:00:00Z", &[done]);
    todo(&store, "given up", None, "2026-11-20T08:00:00Z", &[("2026-11-21T12:00:00Z", Cancelled)]);
    todo(&store, "again", None, "2026-11-20T08:00:00Z", &[done, ("2026-11-20T13:00:00Z", Open)]);
    todo(&store, "before", None, "2026-11-01T08:00:00Z", &[("2026-11-19T23:59:59Z", Completed)]);
    store.write(move |db| tasks::delete(db, first, at("2026-11-21T00:00:00Z"))).unwrap();
    let db = store.reader().unwrap();
    let todos = todos(&db, &period("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"), Some(By::Assignee)).unwrap();
    assert_eq!((todos.units[0].done, todos.units[1].given_up, todos.total.done), (2, 1, 2));
    let hours = |took: crate::domain::report::Took| (took.count, took.p50.as_secs() / 3600, took.p95.as_secs() / 3600);
    assert_eq!((hours(todos.total.cycle.unwrap()), hours(todos.total.lead.unwrap())), ((1, 2, 2), (2, 4, 48)));
    assert_eq!(todos.groups.len(), 1);
    assert_eq!((todos.groups[0].key.name.as_deref(), todos.groups[0].figures), (Some("ana"), todos.total));
}

#[test]
fn overdue_is_what_was_due_and_open_at_the_end_of_a_day() {
    let (_folder, store) = store();
    let late = "2026-11-10T12:00:00Z";
    let done = |when| [(when, Status::Completed)];
    todo(&store, "still", Some("2026-11-20T12:00:00Z"), "2026-11-01T00:00:00Z", &[]);
    todo(&store, "done", Some(late), "2026-11-01T00:00:00Z", &done("2026-11-21T12:00:00Z"));
    todo(&store, "in time", Some("2026-11-21T12:00:00Z"), "2026-11-01T00:00:00Z", &done("2026-11-21T11:00:00Z"));
    todo(&store, "before", Some(late), "2026-11-01T00:00:00Z", &done("2026-11-19T12:00:00Z"));
    todo(&store, "written late", Some(late), "2026-11-21T08:00:00Z", &[]);
    let deleted = todo(&store, "deleted", Some(late), "2026-11-01T00:00:00Z", &[]);
    todo(&store, "no due", None, "2026-11-01T00:00:00Z", &[]);
    store.write(move |db| tasks::delete(db, deleted, at("2026-11-21T06:00:00Z"))).unwrap();
    let db = store.reader().unwrap();
    let overdue = overdue(&db, &period("2026-11-19T00:00:00Z", "2026-11-22T00:00:00Z"), Some(By::Assignee)).unwrap();
    assert_eq!(overdue.units, [2, 3, 2]);
    assert_eq!(overdue.groups[0].figures, OverdueFigures { last: 2, most: 3 });
}

#[test]
fn what_is_due_on_a_day_is_overdue_in_reports_when_that_day_is_over_where_it_was_asked() {
    let (_folder, store) = store();
    let created = "2026-11-01T00:00:00Z";
    let done = |when| [(when, Status::Completed)];
    // The beginnings of 20 and of 21 November in Berlin, and an hour that is none.
    todo(&store, "friday", Some("2026-11-19T23:00:00Z"), created, &[]);
    todo(&store, "saturday", Some("2026-11-20T23:00:00Z"), created, &[]);
    todo(&store, "at one", Some("2026-11-21T00:00:00Z"), created, &[]);
    todo(&store, "done on its day", Some("2026-11-19T23:00:00Z"), created, &done("2026-11-20T12:00:00Z"));
    todo(&store, "done late", Some("2026-11-18T23:00:00Z"), created, &done("2026-11-20T12:00:00Z"));
    let db = store.reader().unwrap();
    let (now, berlin) = (at("2026-11-21T14:00:00Z"), TimeZone::get("Europe/Berlin").unwrap());
    // The 20th, and the 21st as far as it has come.
    let units = |zone: &TimeZone| {
        let period = Period::new(at("2026-11-19T23:00:00Z"), now, Grain::Day, zone).unwrap();
        overdue(&db, &period, None).unwrap().units
    };
    assert_eq!(units(&berlin), [0, 2]);
    let late = |now: Timestamp, zone: &TimeZone| {
        let found = waiting(&db, now, 9, zone).unwrap().into_iter();
        found.filter(|found| found.wait == Wait::Overdue).map(|found| found.slug).collect::<Vec<_>>()
    };
    assert_eq!(late(now, &berlin), ["friday", "at-one"]);
    assert_eq!(late(at("2026-11-21T23:00:00Z"), &berlin), ["friday", "saturday", "at-one"]);
    // By UTC the other one is a day.
    assert_eq!(late(now, &TimeZone::UTC), ["friday", "saturday"]);
    assert_eq!(units(&TimeZone::UTC), [3, 2, 2]);
}

#[test]
fn what_waits_is_told_once_with_the_longest_first() {
    let (_folder, store) = store();
    let now = at("2026-11-22T00:00:00Z");
    todo(&store, "new", None, "2026-11-20T00:00:00Z", &[]);
    let due = Some("2026-11-19T00:00:00Z");
    todo(&store, "old", due, "2026-11-01T00:00:00Z", &[("2026-11-02T00:00:00Z", Status::InProgress)]);
    todo(&store, "done", due, "2026-11-01T00:00:00Z", &[("2026-11-19T12:00:00Z", Status::Completed)]);
    let job = command(&store, "job", "", &[]);
    let queued = store
        .write(move |db| store_runs::queue(db, job, Trigger::Manual, None, &[], at("2026-11-21T00:00:00Z")))
        .unwrap();
    let db = store.reader().unwrap();
    let found = waiting(&db, now, 10, &TimeZone::UTC).unwrap();
    let told: Vec<_> =
        found.iter().map(|found| (found.wait, found.slug.as_str(), found.run, found.reason.as_deref())).collect();
    let progress = Some("in progress");
    let expected = [
        (Wait::Overdue, "old", None, progress),
        (Wait::Open, "new", None, Some("open")),
        (Wait::Run, "job", Some(queued), None),
    ];
    assert_eq!(told, expected);
    assert_eq!(found[0].since, at("2026-11-19T00:00:00Z"));
    // The oldest to-do is the one that is overdue.
    assert_eq!(waiting(&db, now, 1, &TimeZone::UTC).unwrap().len(), 2);
}

#[test]
fn a3_what_is_blocked_is_told_by_how_long_it_has_been_and_with_what_it_waits_for() {
    let (_folder, store) = store();
    let paint = todo(&store, "paint", None, "2026-11-01T00:00:00Z", &[]);
    command(&store, "job", "", &[]);
    let waits = |name: &str, on: &str, since: &str| {
        let work = if name == "deploy" { Work::Command("true".into()) } else { Work::Todo(Status::Open) };
        let depends_on = crate::domain::dependency::parse(on).unwrap();
        let definition = Definition { depends_on, ..Definition::new(name, work) };
        let (created, since) = (at("2026-11-02T00:00:00Z"), at(since));
        let write = move |db: &Db| {
            let id = Step::new(Who::Cli, created).add(db, &definition, &[])?.id;
            db.execute("UPDATE tasks SET blocked_since = ?2 WHERE id = ?1", params![id.0, micros(since)])?;
            Ok(id)
        };
        store.write(write).unwrap()
    };
    waits("hang", "paint", "2026-11-05T00:00:00Z");
    waits("deploy", "job; paint", "2026-11-03T00:00:00Z");
    let gone = waits("gone", "paint", "2026-11-01T00:00:00Z");
    store.write(move |db| tasks::delete(db, gone, at("2026-11-05T00:00:00Z"))).unwrap();
    let told = |limit| {
        let found = waiting(&store.reader().unwrap(), at("2026-11-22T00:00:00Z"), limit, &TimeZone::UTC).unwrap();
        let blocked = found.into_iter().filter(|one| one.wait == Wait::Blocked);
        blocked.map(|one| (one.slug, one.since, one.reason.unwrap())).collect::<Vec<_>>()
    };
    let one = |slug: &str, since: &str, reason: &str| (slug.to_owned(), at(since), reason.to_owned());
    let deploy = one("deploy", "2026-11-03T00:00:00Z", "paint to be done and job to succeed");
    assert_eq!(told(9), [deploy.clone(), one("hang", "2026-11-05T00:00:00Z", "paint to be done")]);
    assert_eq!(told(1), [deploy]);
    // One that is late as well stands there once, and its run with it.
    let run = store
        .write(move |db| {
            db.execute("UPDATE tasks SET due_at = ?1 WHERE slug = 'hang'", [micros(at("2026-11-10T00:00:00Z"))])?;
            let deploy = tasks::find(db, "deploy")?.id;
            store_runs::queue(db, deploy, Trigger::Manual, None, &[], at("2026-11-20T00:00:00Z"))
        })
        .unwrap();
    let found = waiting(&store.reader().unwrap(), at("2026-11-22T00:00:00Z"), 9, &TimeZone::UTC).unwrap();
    let all: Vec<_> = found.iter().map(|one| (one.wait, one.slug.as_str(), one.run)).collect();
    let expected = [(Wait::Open, "paint", None), (Wait::Blocked, "deploy", Some(run)), (Wait::Blocked, "hang", None)];
    assert_eq!(all, expected);
    assert_eq!(found[2].reason.as_deref(), Some("paint to be done; overdue"));
    store.write(|db| Ok(db.execute("UPDATE tasks SET due_at = NULL WHERE slug = 'hang'", [])?)).unwrap();
    let mut definition = tasks::get(&store.reader().unwrap(), paint).unwrap().definition;
    definition.work = Work::Todo(Status::Completed);
    let write = move |db: &Db| Step::new(Who::Cli, at("2026-11-21T00:00:00Z")).define(db, paint, &definition, &[]);
    store.write(write).unwrap();
    assert_eq!(told(9), [one("deploy", "2026-11-03T00:00:00Z", "job to succeed")]);
}

#[test]
fn a6_every_query_of_a_report_reads_along_an_index_of_its_period() {
    let (_folder, store) = store();
    let db = store.reader().unwrap();
    let plans = [
        (RUNS, "runs_ended"),
        (TODOS, "tasks_done"),
        (OVERDUE[0], "tasks_open_due"),
        (OVERDUE[1], "tasks_done"),
        (OVERDUE[2], "tasks_trash"),
    ];
    for (sql, index) in plans {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = plan.parameter_count();
        for parameter in 1..=count {
            plan.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut rows = plan.raw_query();
        let row = rows.next().unwrap().unwrap();
        let step: String = row.get("detail").unwrap();
        assert!(step.starts_with("SEARCH") && step.contains(&format!(" {index} ")), "{step}\n{sql}");
        assert!(rows.next().unwrap().is_none(), "more than one step, such as a sort: {sql}");
    }
    // What the first few wait for is looked up for each of them; only they are looked at.
    for (sql, index) in [(BLOCKED, "tasks_blocked_since"), (OVERDUE_NOW, "tasks_open_due"), (OPEN, "tasks_open_since")]
    {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = plan.query([1, 1, 1]).unwrap();
        let mut steps: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        assert!(steps[0].starts_with(&format!("SEARCH t USING INDEX {index}")), "{steps:#?}");
        assert!(steps.iter().all(|step| !step.contains("ORDER BY")), "{steps:#?}");
        assert!(steps.iter().all(|step| !step.starts_with("SCAN ") || step.contains("subquery")), "{steps:#?}");
    }
    // What waits is a few of many: those that are not finished, which may be sorted.
    for sql in [QUEUED, RETRYING] {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        plan.raw_bind_parameter(1, 1).unwrap();
        plan.raw_bind_parameter(2, 1).unwrap();
        let mut rows = plan.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let live = ["runs_queue", "runs_retry", "PRIMARY KEY", "TEMP B-TREE FOR ORDER BY"];
            assert!(live.iter().any(|live| step.contains(live)), "{step}\n{sql}");
        }
    }
}

#[test]
fn a6_a_short_period_costs_as_much_after_a_long_history_as_after_none() {
    let (_folder, store) = store();
    let job = command(&store, "job", "home", &["a"]);
    let fill = move |from: i64, runs: i64| {
        move |db: &Db| {
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?3 - 1)
                 INSERT INTO runs (task_id, state, outcome, exit_code, \"trigger\", priority, queued_at, started_at, finished_at)
                 SELECT ?1, 'finished', 'succeeded', 0, 'manual', 5, ?2 + i, ?2 + i, ?2 + i + 1000000 FROM n",
                params![job.0, from, runs],
            )?;
            Ok(())
        }
    };
    let period = period("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
    // Steps of the machine of SQLite: a row that it looks at and leaves out costs some, too.
    let cost = || {
        let db = store.reader().unwrap();
        assert_eq!(runs(&db, &period, Some(By::Tag)).unwrap().total.ok, 100);
        let mut query = db.prepare(RUNS).unwrap();
        let mut rows = query.query(bounds(&period)).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        query.get_status(StatementStatus::VmStep)
    };
    store.write(fill(period.from().as_microsecond(), 100)).unwrap();
    let alone = cost();
    store.write(fill(0, 20_000)).unwrap();
    store.write(fill(period.until().as_microsecond() + 1, 20_000)).unwrap();
    assert!(alone > 100, "{alone}");
    assert!(cost() <= alone + 10, "{} {alone}", cost());
}
