//! The reports, from the key to the rows, and their charts at the sizes that screens have.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Rig;
use super::stage::{LOOKS, NOW, Stage, UNICODE, at};
use crate::domain::report::{
    By, End, Ended, Fate, Grain, Key, Kind, OverdueTally, Period, Report, RunTally, Source, TodoTally, Wait, Waiting,
};
use crate::domain::run::{Outcome, Trigger};
use crate::domain::{RunId, TaskId};
use crate::store::{runs, tasks};
use crate::tui::effect::{Effect, Kind as Of, Query};
use crate::tui::model::Pane;
use crate::tui::model::layer::Layer;
use crate::tui::model::reports::{Asked, Counted, Reports};
use crate::tui::msg::Answer;

fn reports(rig: &Rig) -> &Reports {
    match rig.model.layers.last() {
        Some(Layer::Reports(reports)) => reports,
        other => panic!("no reports, but {other:?}"),
    }
}

/// A run of this task that ended so, an hour ago.
fn ran(rig: &Rig, slug: &str, outcome: Outcome) {
    let task = tasks::find_exactly(&rig.reader, slug).unwrap().id;
    let now = Timestamp::now() - SignedDuration::from_hours(1);
    let write = move |db: &crate::store::Db| {
        let id = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
        runs::starting(db, id, "boot")?;
        runs::running(db, id, 1, now)?;
        runs::finish(db, id, outcome, None, None, now + SignedDuration::from_secs(30))
    };
    rig.world.store.write(write).unwrap();
}

#[test]
fn reports_are_counted_by_the_store_and_left_for_the_task_of_a_row() {
    let mut rig = Rig::new(&["one", "two"]);
    ran(&rig, "one", Outcome::Succeeded);
    ran(&rig, "two", Outcome::Failed(1));
    ran(&rig, "two", Outcome::Succeeded);
    rig.wake();
    rig.press("% Tab Tab Tab");
    assert_eq!(reports(&rig).kind, Kind::Success);
    let Report::Runs(counted) = &reports(&rig).shown().unwrap().report else { panic!("no runs") };
    assert_eq!((counted.total.ok, counted.total.bad), (2, 1));
    rig.press("b b b");
    assert_eq!((reports(&rig).by, reports(&rig).rows()), (By::Task, 2));
    assert!(rig.screen().contains("66.6%: 2 ok, 1 failed; last 30 days, by task"), "{}", rig.screen());
    // The task with the most runs is the first row.
    rig.press("j k Enter");
    assert!(rig.model.layers.is_empty());
    assert_eq!((rig.selected(), rig.model.focus), ("two", Pane::Tasks));
    // They open where they were left.
    rig.press("%");
    assert_eq!((reports(&rig).kind, reports(&rig).by), (Kind::Success, By::Task));
}

#[test]
fn a5_a_row_of_a_category_an_assignee_or_a_tag_lists_its_tasks_and_one_of_none_those_without() {
    let mut rig = Rig::new(&["one", "two", "three"]);
    for (slug, category, who) in [("one", "my media", Some("ana maria")), ("three", "my media/films", None)] {
        let task = tasks::find_exactly(&rig.reader, slug).unwrap();
        let mut definition = task.definition;
        (definition.category, definition.assignee) = (category.to_owned(), who.map(str::to_owned));
        definition.tags = who.map(|_| "disk".to_owned()).into_iter().collect();
        rig.world.store.write(move |db| tasks::set(db, task.id, &definition, Timestamp::now())).unwrap();
    }
    for slug in ["one", "one", "one", "one", "two", "two", "three"] {
        ran(&rig, slug, Outcome::Succeeded);
    }
    rig.wake();
    let mut leads = |keys: &str| {
        rig.press(keys);
        assert!(rig.model.layers.is_empty(), "the reports are closed");
        let rows: Vec<String> = rig.model.tasks.rows().iter().map(|row| row.slug.clone()).collect();
        (rig.model.filter.clone(), rows.join(" "))
    };
    let led = |filter: &str, slugs: &str| (filter.to_owned(), slugs.to_owned());
    // The category with the most runs is the first row, and what is below it has its own.
    assert_eq!(leads("% Tab Tab Tab Enter"), led("category:=\"my media\"", "one"));
    assert_eq!(leads("% j Enter"), led("category:none", "two"));
    assert_eq!(leads("% j Enter"), led("category:=\"my media/films\"", "three"));
    assert_eq!(leads("% b Enter"), led("assignee:\"ana maria\"", "one"));
    assert_eq!(leads("% b Enter"), led("+disk", "one"));
    assert_eq!(leads("% j Enter"), led("tag:none", "three two"));
}

#[test]
fn reports_of_one_source_are_counted_once_and_a_longer_period_is_another_count() {
    let mut stage = Stage::full((80, 24));
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Ask(_, Query::Report(asked)) => Some(*asked),
            _ => None,
        })
    };
    let first = asked(&stage.effects("%")).unwrap();
    assert_eq!(first, Asked { source: Source::Todos, days: 30, by: By::Category });
    assert!(stage.text(UNICODE).contains("counting the last 30 days…"), "{}", stage.text(UNICODE));
    // What was counted for something else is not shown.
    let other = Asked { days: 7, ..first };
    stage.answer(Of::Report, Answer::Reported(other, Box::new(counted(other))));
    assert!(stage.text(UNICODE).contains("counting"), "{}", stage.text(UNICODE));
    stage.answer(Of::Report, Answer::Reported(first, Box::new(counted(first))));
    assert!(!stage.text(UNICODE).contains("counting"), "{}", stage.text(UNICODE));
    assert_eq!(asked(&stage.effects("Tab")), None);
    assert_eq!(asked(&stage.effects("-")), Some(Asked { days: 90, ..first }));
    assert_eq!(asked(&stage.effects("-")), Some(Asked { days: 365, ..first }));
    assert_eq!(asked(&stage.effects("b")), Some(Asked { days: 365, by: By::Assignee, ..first }));
    assert_eq!(asked(&stage.effects("r")), Some(Asked { days: 365, by: By::Assignee, ..first }));
}

fn key(name: &str) -> Key {
    Key { name: (!name.is_empty()).then(|| name.to_owned()), task: None }
}

/// Figures that look like those of a home server, by a fixed rule.
fn counted(asked: Asked) -> Counted {
    let now = at(NOW);
    let grain = if asked.days > 30 { Grain::Week } else { Grain::Day };
    let period = Period::last(asked.days, now, grain, &TimeZone::UTC).unwrap();
    let keys = vec![key("backup"), key("media"), key("")];
    let before = |hours: i64| now - SignedDuration::from_hours(hours);
    let days = i64::from(asked.days);
    let report = match asked.source {
        Source::Runs => {
            let mut tally = RunTally::new(&period);
            for n in 0..days * 6 {
                let ended = before(n * 4);
                let seconds = 20 + n * 37 % 90 + if n % 29 == 0 { 1500 } else { 0 };
                let began = Some(ended - Duration::from_secs(seconds.unsigned_abs()));
                let fate = match n {
                    n if n % 31 == 3 => Fate::Bad,
                    n if n % 53 == 5 => Fate::Cancelled,
                    _ => Fate::Ok,
                };
                let group = usize::from(n % 3 == 1) + 2 * usize::from(n % 7 == 2);
                tally.add(&[group.min(2)], &End { began, ended, fate });
            }
            Report::Runs(Box::new(tally.close(keys)))
        }
        Source::Todos => {
            let mut tally = TodoTally::new(&period);
            for n in 0..days * 2 {
                let ended = before(n * 12 + n * n % 7);
                let (created, begun) =
                    (before(n * 13 + 40), (n % 2 == 0).then(|| ended - SignedDuration::from_hours(3 + n % 5)));
                tally.add(&[(n % 3).unsigned_abs() as usize], &Ended { created, begun, ended, done: n % 9 != 4 });
            }
            Report::Todos(tally.close(keys))
        }
        Source::Overdue => {
            let mut tally = OverdueTally::new(&period);
            for n in 0..20 {
                let ended = (n % 4 != 0).then(|| before(n * 30 - 20));
                tally.add(&[(n % 3).unsigned_abs() as usize], before(n * 50 + 10), ended);
            }
            Report::Overdue(tally.close(keys))
        }
        Source::Waiting => {
            let waits = |wait, slug: &str, run, since, reason: Option<&str>| Waiting {
                wait,
                task: TaskId(1),
                slug: slug.to_owned(),
                run,
                since: at(since),
                reason: reason.map(str::to_owned),
            };
            Report::Waiting(vec![
                waits(Wait::Blocked, "deploy", None, "2026-11-01T09:00:00Z", Some("approve to be done")),
                waits(Wait::Overdue, "buy-disks", None, "2026-11-20T09:00:00Z", Some("open")),
                waits(Wait::Open, "renew-domain", None, "2026-10-02T09:00:00Z", Some("in progress")),
                waits(
                    Wait::Run,
                    "vm-snapshot",
                    Some(RunId(1290)),
                    "2026-11-21T14:10:00Z",
                    Some("waits for group disk\u{1b}[2J"),
                ),
            ])
        }
    };
    Counted { period, at: now, report }
}

/// The reports at a screen of this size, after these keys.
fn shown(size: (u16, u16), keys: &str) -> Stage {
    let mut stage = Stage::full(size);
    for name in format!("% {keys}").split_whitespace() {
        for effect in stage.effects(name) {
            if let Effect::Ask(_, Query::Report(asked)) = effect {
                stage.answer(Of::Report, Answer::Reported(asked, Box::new(counted(asked))));
            }
        }
    }
    stage
}

#[test]
fn the_reports_at_several_sizes() {
    for (name, size, keys) in [
        ("done-120x40", (120, 40), ""),
        ("cycle-80x24", (80, 24), "Tab"),
        ("overdue-60x20", (60, 20), "Tab Tab"),
        ("success-120x40", (120, 40), "Tab Tab Tab"),
        ("durations-80x24", (80, 24), "Tab Tab Tab Tab +"),
        ("durations-of-a-year-60x20", (60, 20), "Tab Tab Tab Tab - -"),
        ("hours-80x24", (80, 24), "Shift-Tab Shift-Tab"),
        ("hours-60x20", (60, 20), "Shift-Tab Shift-Tab"),
        ("waiting-80x24", (80, 24), "Shift-Tab"),
        ("waiting-40x12", (40, 12), "Shift-Tab"),
    ] {
        insta::assert_snapshot!(format!("report-{name}"), shown(size, keys).text(UNICODE));
    }
    insta::assert_snapshot!("report-success-ascii-80x24", shown((80, 24), "Tab Tab Tab").text(LOOKS[2].1));
}

#[test]
fn a_report_that_has_not_changed_draws_the_same_and_no_size_breaks_it() {
    let mut stage = shown((120, 40), "Tab Tab Tab");
    let before = stage.buffer(UNICODE);
    stage.press("r");
    let asked = Asked { source: Source::Runs, days: 30, by: By::Category };
    stage.answer(Of::Report, Answer::Reported(asked, Box::new(counted(asked))));
    assert_eq!(before, stage.buffer(UNICODE));
    for width in [20, 33, 47, 61, 200] {
        for height in [4, 8, 11, 13, 17, 60] {
            for keys in ["", "Tab Tab Tab Tab - -", "Shift-Tab", "Shift-Tab Shift-Tab"] {
                shown((width, height), keys).text(UNICODE);
            }
        }
    }
}
