//! `tempo report`: tables, JSON and CSV over a past that was written with the times that it is to have.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempo::domain::change::By;
use tempo::domain::run::{Outcome, Trigger};
use tempo::domain::task::{Definition, Status, Work};
use tempo::store::changes::Step;
use tempo::store::{runs, tasks};

use super::Home;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A run of a task that began then and took so many seconds.
fn ran(home: &Home, task: &str, began: &str, seconds: u64, outcome: Outcome) {
    let (task, began) = (task.to_owned(), at(began));
    let write = move |db: &tempo::store::Db| {
        let task = tasks::find(db, &task)?.id;
        let run = runs::queue(db, task, Trigger::Manual, None, &[], began)?;
        runs::starting(db, run, "boot")?;
        runs::running(db, run, 1, began)?;
        runs::finish(db, run, outcome, None, None, began + Duration::from_secs(seconds))
    };
    home.store().write(write).unwrap();
}

/// A to-do that was written down, begun and done then.
fn did(home: &Home, name: &str, assignee: &str, [created, begun, done]: [&str; 3]) {
    let mut definition = Definition::new(name, Work::Todo(Status::Open));
    definition.assignee = Some(assignee.to_owned());
    definition.due_at = Some(at(created));
    let [created, begun, done] = [created, begun, done].map(at);
    let write = move |db: &tempo::store::Db| {
        let task = Step::new(By::Cli, created).add(db, &definition, &[])?.id;
        for (when, status) in [(begun, Status::InProgress), (done, Status::Completed)] {
            definition.work = Work::Todo(status);
            Step::new(By::Cli, when).define(db, task, &definition, &[])?;
        }
        Ok(())
    };
    home.store().write(write).unwrap();
}

/// Three days around that on which the clock of Berlin goes back, 26 October 2025, which has 25 hours.
const PERIOD: [&str; 4] = ["--since", "2025-10-25", "--until", "2025-10-28"];

fn home() -> Home {
    let home = Home::new();
    home.ok(&["add", "backup", "--command", "true", "--category", "home, \"sweet\"", "--tag", "disk"]);
    home.ok(&["add", "sync", "--command", "true"]);
    // At the last second of 25 October in Berlin, at the first and the last one of the 26th, and one on the 27th.
    ran(&home, "backup", "2025-10-25T21:59:49Z", 10, Outcome::Succeeded);
    ran(&home, "backup", "2025-10-25T21:59:49Z", 11, Outcome::Succeeded);
    ran(&home, "sync", "2025-10-26T22:59:29Z", 30, Outcome::Failed(1));
    ran(&home, "sync", "2025-10-27T08:00:00Z", 1, Outcome::Cancelled);
    did(&home, "tidy", "ana", ["2025-10-25T10:00:00Z", "2025-10-26T08:00:00Z", "2025-10-26T10:00:00Z"]);
    home
}

fn report<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["report"], args, &PERIOD].concat()
}

#[test]
fn a_report_is_an_object_a_line_of_each_day_and_a_day_of_25_hours_is_one() {
    let home = home();
    let success = home.json(&report(&["success"]));
    let day = |day: &str, ok: u32, failed: u32, cancelled: u32, rate: Value| json!({ "day": day, "ok": ok, "failed": failed, "cancelled": cancelled, "skipped": 0, "rate": rate });
    let expected = [
        day("2025-10-25", 1, 0, 0, json!(1.0)),
        day("2025-10-26", 1, 1, 0, json!(0.5)),
        day("2025-10-27", 0, 0, 1, Value::Null),
    ];
    assert_eq!(success, expected);
    let durations = home.json(&report(&["durations"]));
    assert_eq!(durations[1], json!({ "day": "2025-10-26", "runs": 2, "p50_s": 11.0, "p95_s": 30.0, "max_s": 30.0 }));
    assert_eq!(durations[2], json!({ "day": "2025-10-27", "runs": 0, "p50_s": null, "p95_s": null, "max_s": null }));
    let cycle = home.json(&report(&["cycle"]));
    let (begun, written) = (7200.0, 86_400.0);
    assert_eq!((&cycle[1]["cycle_p50_s"], &cycle[1]["lead_p95_s"]), (&json!(begun), &json!(written)));
    let overdue: Vec<_> = home.json(&report(&["overdue"])).iter().map(|day| day["overdue"].clone()).collect();
    assert_eq!(overdue, [1, 0, 0].map(|count| json!(count)));
    let weeks = home.json(&report(&["done", "--per", "week"]));
    assert_eq!(weeks.len(), 2);
    assert_eq!(weeks[0], json!({ "week": "2025-10-25", "done": 1, "given_up": 0 }));
    let hours = home.json(&report(&["hours"]));
    assert_eq!(hours.len(), 7 * 24);
    assert_eq!(hours[5 * 24 + 23], json!({ "weekday": "saturday", "hour": 23, "runs": 2 }));
}

#[test]
fn groups_are_by_category_assignee_tag_or_task_and_csv_has_quotes_where_it_needs_them() {
    let home = home();
    let csv = home.ok(&report(&["success", "--by", "category", "--csv"]));
    let expected =
        "category,ok,failed,cancelled,skipped,rate\r\n,0,1,1,0,0.0\r\n\"home, \"\"sweet\"\"\",2,0,0,0,1.0\r\n";
    assert_eq!(csv, expected);
    let names = |by: &str| {
        let groups = home.json(&report(&["durations", "--by", by]));
        groups.iter().map(|group| (group[by].clone(), group["runs"].clone())).collect::<Vec<_>>()
    };
    // Two runs each, of which one was cancelled: what has no tag is the first of them.
    assert_eq!(names("tag"), [(Value::Null, json!(1)), (json!("disk"), json!(2))]);
    assert_eq!(names("task"), [(json!("backup"), json!(2)), (json!("sync"), json!(1))]);
    let done = home.json(&report(&["done", "--by", "assignee"]));
    assert_eq!(done, [json!({ "assignee": "ana", "done": 1, "given_up": 0 })]);
    let busiest = home.json(&report(&["hours", "--by", "tag"]));
    let expected = json!({ "tag": "disk", "runs": 2, "weekday": "saturday", "hour": 23, "runs_in_hour": 2 });
    assert_eq!(busiest[1], expected);
}

#[test]
fn people_get_tables_with_bars_and_a_page_about_everything() {
    let home = home();
    let table = home.ok(&report(&["success"]));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "How runs ended: 3 days from 2025-10-25 00:00:00 to 2025-10-28 00:00:00 (Europe/Berlin)");
    assert_eq!(lines[1], "DAY         OK  FAILED  CANCELLED  SKIPPED  RATE");
    assert_eq!(lines[2], "2025-10-25  1   0       0          0        100%   ########################");
    assert_eq!(lines[3], "2025-10-26  1   1       0          0        50.0%  ############");
    assert_eq!(lines[4], "2025-10-27  0   0       1          0        -");
    let page = home.ok(&report(&["--by", "task"]));
    for words in [
        "to-dos done   1",
        "cycle time    p50 2:00:00  p95 2:00:00",
        "overdue       0",
        "runs          4",
        "success       66.6%, 1 failed",
        "durations     p50 0:11  p95 0:30",
        "busiest hour  Sat 23:00, 2 runs",
        "TASK    DONE  LEAD P50    OVERDUE  RUNS  SUCCESS  P50   P95",
        "backup  0     -           0        2     100%     0:10  0:11",
        "tidy    1     1d 0:00:00  0        0     -        -     -",
    ] {
        assert!(page.lines().any(|line| line.starts_with(words)), "{words}\n{page}");
    }
    let everything = &home.json(&report(&[]))[0];
    assert_eq!((&everything["done"]["done"], &everything["success"]["failed"]), (&json!(1), &json!(1)));
    assert_eq!(everything["hours"], json!({ "weekday": "saturday", "hour": 23, "runs": 2 }));
    let heat = home.ok(&report(&["hours"]));
    assert!(heat.lines().any(|line| line.starts_with("Sat") && line.ends_with("#        2")), "{heat}");
}

#[test]
fn what_waits_is_as_of_now_and_an_empty_store_has_reports_too() {
    let home = Home::new();
    assert_eq!(home.ok(&["report", "waiting"]), "nothing waits\n");
    assert_eq!(home.json(&["report", "done"]).len(), 30);
    let said = |args: &[&str]| home.ok(args).lines().skip(1).collect::<Vec<_>>().join("\n");
    assert_eq!(said(&["report", "done"]), "nothing was done in these 30 days");
    assert_eq!(said(&["report", "overdue"]), "nothing was overdue in these 30 days");
    assert_eq!(said(&["report", "success", "--since", "1d"]), "nothing ran on this day");
    assert_eq!(said(&["report", "hours"]), "nothing ran in these 30 days");
    assert_eq!(said(&["report"]), "\nnothing was done and nothing ran in these 30 days\n\nnothing waits");
    assert_eq!(home.ok(&["report", "done", "--csv"]).lines().count(), 31, "for programs all days are there");
    home.ok(&["add", "shelf", "--todo", "--due", "2025-01-01 12:00"]);
    let waiting = home.json(&["report", "waiting"]);
    let told: Vec<_> =
        waiting.iter().map(|one| (one["wait"].as_str().unwrap(), one["task"].as_str().unwrap())).collect();
    assert_eq!(told, [("overdue", "shelf")]);
    assert_eq!(waiting[0]["since"], json!("2025-01-01T12:00:00+01:00"));
    assert!(home.ok(&["report", "waiting"]).contains("overdue  shelf"), "{}", home.ok(&["report", "waiting"]));
    home.ok(&["add", "books", "--todo", "--depends-on", "shelf"]);
    let blocked = &home.json(&["report", "waiting"])[1];
    assert_eq!((&blocked["wait"], &blocked["task"]), (&json!("blocked"), &json!("books")));
    assert_eq!(blocked["reason"], json!("shelf to be done"));
    let csv = home.ok(&["report", "waiting", "--csv"]);
    assert!(csv.lines().nth(2).is_some_and(|line| line.starts_with("blocked,books,,")), "{csv}");
    let page = home.ok(&["report"]);
    assert!(page.lines().any(|line| line.starts_with("blocked") && line.ends_with("shelf to be done")), "{page}");
}

#[test]
fn what_cannot_be_reported_is_refused_with_what_would_be_right() {
    let home = Home::new();
    home.refuses(&["report", "done", "--since", "soon"], 4, &["since", "tomorrow 9:00"]);
    home.refuses(&["report", "done", "--since", "2025-02-01", "--until", "2025-01-01"], 4, &["empty"]);
    home.refuses(&["report", "done", "--since", "1970-01-01"], 4, &["3660 days", "longer ones"]);
    home.refuses(&["report", "waiting", "--by", "tag"], 4, &["single things"]);
    for args in [&["report", "--csv"][..], &["report", "weather"], &["report", "done", "--by", "colour"]] {
        assert_eq!(home.tempo(args).code, 2, "{args:?}");
    }
    assert_eq!(home.tempo(&["report", "done", "--csv", "--json"]).code, 2);
}
