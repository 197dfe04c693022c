//! The frame around everything: orders of the list, strips, the timeline, the side column.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::stage::{LOOKS, Stage};
use super::{A_WHILE, Rig};
use crate::domain::run::{Attempt, Outcome, Trigger};
use crate::domain::task::{Definition, Status, Work};
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::store::history::{Ended, Past};
use crate::store::order::Order;
use crate::store::{runs, tasks};
use crate::tui::effect::{Effect, Kind};
use crate::tui::layout::{Frame, Layout};
use crate::tui::model::layer::Layer;
use crate::tui::model::timeline::{Cell, Plan, Start, Timeline};
use crate::tui::model::{Pane, Tab};
use crate::tui::msg::{Answer, Msg};
use crate::tui::update::update;
use crate::tui::view::{self, timeline};

fn id(rig: &Rig, slug: &str) -> TaskId {
    tasks::find(&rig.reader, slug).unwrap().id
}

/// A run that began so many minutes ago and took so many seconds.
fn ran(rig: &Rig, slug: &str, minutes: i64, seconds: i64, outcome: Outcome) {
    let task = id(rig, slug);
    let from = Timestamp::now() - SignedDuration::from_mins(minutes);
    let to = from + SignedDuration::from_secs(seconds);
    rig.world
        .store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::Manual, None, &[], from)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, from)?;
            let mut attempt = Attempt::unknown(1, outcome, "");
            (attempt.started_at, attempt.ended_at) = (Some(from), Some(to));
            attempt.exit_code = outcome.exit_code();
            runs::finish(db, run, outcome, Some(&attempt), None, to)
        })
        .unwrap();
}

fn slugs(rig: &Rig) -> Vec<&str> {
    rig.model.tasks.rows().iter().map(|row| row.slug.as_str()).collect()
}

#[test]
fn ux_46_the_cursor_follows_its_task_through_orders_filter_refresh_and_insertion() {
    let mut rig = Rig::new(&["a", "b", "c", "d", "e"]);
    ran(&rig, "d", 30, 5, Outcome::Succeeded);
    ran(&rig, "b", 20, 5, Outcome::Failed(3));
    rig.wake();
    rig.press("j j j");
    assert_eq!(rig.selected(), "d");
    for (key, expected) in [
        ("s", vec!["b", "d", "a", "c", "e"]),
        ("l", vec!["b", "d", "a", "c", "e"]),
        ("c", vec!["a", "b", "c", "d", "e"]),
        ("x", vec!["a", "b", "c", "d", "e"]),
        ("s", vec!["b", "d", "a", "c", "e"]),
    ] {
        rig.press(&format!(", {key}"));
        assert_eq!((slugs(&rig), rig.selected()), (expected, "d"), "{key}");
        assert!(rig.model.layers.is_empty());
    }
    // Its state changes, and with that its place.
    ran(&rig, "d", 1, 5, Outcome::Failed(1));
    ran(&rig, "b", 1, 5, Outcome::Succeeded);
    rig.add("a0");
    rig.wake();
    assert_eq!((slugs(&rig), rig.selected()), (vec!["d", "b", "a", "a0", "c", "e"], "d"));
    rig.press("j");
    assert_eq!(rig.selected(), "b");
    rig.press("/");
    rig.type_text("b");
    rig.press("Enter");
    assert_eq!((slugs(&rig), rig.selected()), (vec!["b"], "b"));
    rig.press("Esc");
    assert_eq!(rig.selected(), "b");
    rig.press(", n");
    assert_eq!((rig.model.order, rig.selected()), (Order::Name, "b"));
    // What it is on is deleted: the next one.
    rig.press(", s");
    let task = id(&rig, "b");
    rig.world.store.write(move |db| tasks::delete(db, task, Timestamp::now())).unwrap();
    rig.wake();
    assert_eq!(slugs(&rig), ["d", "a", "a0", "c", "e"]);
    assert_eq!(rig.selected(), "a");
}

#[test]
fn ux_46_a_task_that_is_pages_away_is_followed_in_every_order() {
    let names: Vec<String> = (0..700).map(|n| format!("task-{n:03}")).collect();
    let mut rig = Rig::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.press("G");
    assert_eq!(rig.selected(), "task-699");
    ran(&rig, "task-699", 1, 1, Outcome::Failed(1));
    rig.wake();
    rig.press(", s");
    assert_eq!((rig.selected(), rig.model.tasks.place()), ("task-699", Some(1)));
    ran(&rig, "task-000", 1, 1, Outcome::Succeeded);
    ran(&rig, "task-699", 1, 1, Outcome::Cancelled);
    rig.wake();
    assert_eq!(slugs(&rig)[..2], ["task-000", "task-699"]);
    assert_eq!(rig.selected(), "task-699");
    rig.press(", n");
    assert_eq!((rig.selected(), rig.model.tasks.place()), ("task-699", None));
    rig.press("g , c G");
    assert_eq!(rig.selected(), "task-699");
}

#[test]
fn ux_46_a_task_that_moves_and_is_filtered_out_at_once_leaves_the_cursor_near() {
    let names: Vec<String> = (0..600).map(|n| format!("task-{n:03}")).collect();
    let mut rig = Rig::new(&names.iter().map(String::as_str).chain(["other"]).collect::<Vec<_>>());
    rig.press(", s g");
    assert_eq!(rig.selected(), "other");
    ran(&rig, "other", 1, 1, Outcome::Failed(1));
    rig.press("G");
    ran(&rig, "task-599", 1, 1, Outcome::Failed(1));
    rig.press("/");
    rig.type_text("task-5");
    rig.press("Enter");
    assert_eq!(rig.model.tasks.rows()[0].slug, "task-599", "it is the first by now");
    assert_eq!((rig.selected(), rig.model.searching), ("task-599", None));
    ran(&rig, "task-599", 1, 1, Outcome::Succeeded);
    rig.press("/ Ctrl-u");
    rig.type_text("task-1");
    rig.press("Enter");
    assert_eq!((rig.model.tasks.total(), rig.model.searching), (Some(100), None));
    assert!(rig.selected().starts_with("task-1"), "{}", rig.selected());
}

#[test]
fn the_order_is_chosen_in_a_menu_and_a_page_in_the_old_one_is_left() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press(",");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Menu(_))));
    rig.press("Esc");
    let moment = rig.moment();
    let late = rig.model.tasks.rows().to_vec();
    rig.press(", s");
    let page = crate::tui::model::window::Page { rows: late, at_start: true, at_end: true };
    let answer = Answer::Tasks(String::new(), page, None);
    let before = rig.model.tasks.rows().to_vec();
    let _ = update(&mut rig.model, moment, Msg::Answer(0, Kind::Tasks, Box::new(answer)));
    assert_eq!(rig.model.tasks.rows(), before);
    assert!(before.iter().all(|row| row.order == Order::State));
}

#[test]
fn strips_are_asked_for_once_for_the_tasks_on_the_screen_and_those_near_it() {
    let names: Vec<String> = (0..300).map(|n| format!("task-{n:03}")).collect();
    let mut rig = Rig::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    ran(&rig, "task-001", 60, 10, Outcome::Succeeded);
    ran(&rig, "task-001", 50, 5, Outcome::Failed(1));
    rig.wake();
    let outcomes: Vec<Outcome> = rig.model.strips[&id(&rig, "task-001")].iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Failed(1)]);
    assert!(rig.model.strips.len() <= 60, "{}", rig.model.strips.len());
    let asks = |rig: &mut Rig, key: &str| {
        let moment = rig.moment();
        let effects = update(&mut rig.model, moment, Msg::Key(super::key(key)));
        let strips =
            effects.iter().filter(|e| matches!(e, Effect::Ask(_, query) if query.kind() == Kind::Strips)).count();
        rig.carry_out(effects);
        strips
    };
    let asked: usize = (0..100).map(|_| asks(&mut rig, "j")).sum();
    assert!((2..=10).contains(&asked), "{asked} in 100 rows");
    rig.send(Msg::Resize(Size::new(80, 24)));
    let asked: usize = (0..100).map(|_| asks(&mut rig, "j")).sum();
    assert_eq!(asked, 0, "where there is no room for them");
}

#[test]
fn the_timeline_shows_what_ran_and_what_is_planned_and_enter_goes_there() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.plan(id(&rig, "a"), "every 2h");
    ran(&rig, "a", 90, 5, Outcome::Failed(9));
    ran(&rig, "b", 300, 3 * 3600, Outcome::Succeeded);
    rig.wake();
    let present = timeline::shown(&rig.model).unwrap().present as usize;
    let row = |rig: &Rig, slug: &str| rig.model.timeline.rows[&id(rig, slug)].clone();
    let failed = row(&rig, "a")[present - 3].past;
    assert!(matches!(failed, Some(Past::Failed(_))), "{failed:?}");
    let spans = row(&rig, "b").iter().filter(|cell| matches!(cell.past, Some(Past::Ran(_)))).count();
    assert!((6..=7).contains(&spans), "{spans} cells of half an hour");
    assert!(row(&rig, "a")[present + 4].plan.is_some());

    rig.press("5 h h h Enter");
    assert_eq!((rig.model.focus, rig.model.tab, rig.model.run_chosen), (Pane::Main, Tab::Log, true));
    assert_eq!(rig.model.runs.selected().unwrap().outcome, Some(Outcome::Failed(9)));
    rig.press("5 0 l l l l l Enter");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Builder(_))), "{}", rig.said());
    rig.press("Esc h Enter");
    assert_eq!(rig.said(), "nothing is planned here");
    // The selection is that of the list; what acts on a task acts on it.
    rig.press("j");
    assert_eq!(rig.selected(), "b");
    rig.press("k p");
    rig.wake();
    assert!(rig.model.tasks.rows()[0].paused, "{}", rig.said());
    // Time has its own keys here, and its own end.
    for _ in 0..10 {
        rig.press("-");
    }
    assert_eq!(rig.model.timeline.reach(), SignedDuration::from_hours(7 * 24));
    assert!(rig.said().contains("7 days"), "{}", rig.said());
    for _ in 0..10 {
        rig.press("+");
    }
    assert_eq!((rig.model.timeline.reach(), rig.model.wider), (SignedDuration::from_hours(3), 0));
}

#[test]
fn the_timeline_has_rows_for_what_runs_and_its_keys_go_over_the_others() {
    let mut rig = Rig::new(&["a", "b", "d"]);
    for name in ["aa", "c", "e"] {
        let todo = Definition::new(name, Work::Todo(Status::Open));
        rig.world.store.write(move |db| tasks::add(db, &todo, Timestamp::now())).unwrap();
    }
    let rows = |rig: &Rig| timeline::rows(&rig.model).0.iter().map(|row| row.slug.clone()).collect::<Vec<_>>();
    rig.wake();
    assert_eq!(rows(&rig), Vec::<String>::new());
    assert!(rig.screen().contains("Nothing has run, and nothing is planned."), "{}", rig.screen());
    rig.plan(id(&rig, "a"), "every 2h");
    ran(&rig, "d", 90, 5, Outcome::Succeeded);
    rig.wake();
    assert_eq!(rows(&rig), ["a", "d"]);
    assert!(rig.model.timeline.rows.contains_key(&id(&rig, "d")));
    rig.press("5 j");
    assert_eq!((rig.selected(), timeline::rows(&rig.model).1), ("d", Some(1)));
    rig.press("j");
    assert_eq!(rig.selected(), "d");
    rig.press("g j G");
    assert_eq!(rig.selected(), "d");
    rig.press("k");
    assert_eq!(rig.selected(), "a");
    // On the way from the list the selection may be on one that has no row.
    rig.press("1 G");
    assert_eq!((rig.selected(), timeline::rows(&rig.model).1), ("e", None));
    rig.press("5 k");
    assert_eq!(rig.selected(), "d");
}

#[test]
fn the_side_column_grows_and_shrinks_by_plus_and_minus() {
    let mut rig = Rig::new(&["a"]);
    let width = |rig: &Rig| rig.model.layout().and_then(|layout| layout.inside(Pane::Tasks)).unwrap().width;
    assert_eq!(width(&rig), 42);
    rig.press("+ + 4 +");
    assert_eq!(width(&rig), 54);
    rig.press("- - - -");
    assert_eq!(width(&rig), 38);
}

#[test]
fn ux_1_the_timeline_wakes_nothing_before_a_cell_of_it_is_over_and_then_asks_once() {
    let mut rig = Rig::new(&["a"]);
    rig.plan(id(&rig, "a"), "every 1h");
    rig.wake();
    rig.wait(A_WHILE);
    let left = timeline::until_next(&rig.model).unwrap();
    assert_eq!(rig.model.wakes_at(), Some(rig.model.now.since + left));
    assert!(left > Duration::ZERO && left <= Duration::from_secs(30 * 60));
    let at = |rig: &mut Rig, later: Duration| {
        let moment = crate::tui::msg::Moment { at: rig.model.now.at + later, since: rig.model.now.since + later };
        let effects = update(&mut rig.model, moment, Msg::Tick);
        effects.iter().filter(|e| matches!(e, Effect::Ask(_, query) if query.kind() == Kind::Timeline)).count()
    };
    assert_eq!(at(&mut rig, left.saturating_sub(Duration::from_millis(1))), 0);
    assert_eq!(at(&mut rig, Duration::from_millis(1)), 1);
    assert_eq!(at(&mut rig, Duration::from_millis(1)), 0);
}

#[test]
fn the_cells_of_the_timeline_begin_at_midnight_of_the_zone_and_now_is_in_the_middle() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    for (now, zone) in [
        ("2026-11-21T14:12:43Z", TimeZone::UTC),
        ("2026-10-25T00:30:00Z", berlin.clone()),
        ("2026-10-25T01:30:00Z", berlin.clone()),
        ("2027-03-28T00:59:59Z", berlin),
        ("2026-11-21T23:59:59Z", TimeZone::get("Asia/Kathmandu").unwrap()),
    ] {
        let now: Timestamp = now.parse().unwrap();
        let mut timeline = Timeline::default();
        while timeline.zoom(true) {}
        loop {
            for columns in [3, 20, 56, 70, 118, 200] {
                let view = timeline.view(columns, now, &zone);
                let cell = view.span.cell;
                assert_eq!(view.span.cell_of(now), Some(view.present as usize), "{columns} {cell}");
                assert_eq!(view.columns.1, 1 - view.columns.0, "as much before as behind");
                assert!((view.columns.1 - view.columns.0 + 2) as usize <= columns.max(3));
                let start = view.span.start(view.present as usize).to_zoned(zone.clone()).datetime();
                let midnight = start.duration_since(start.date().at(0, 0, 0, 0));
                assert_eq!(midnight.as_secs() % cell.as_secs().min(3600), 0, "{start}");
                if columns >= 56 {
                    let reach = cell * view.columns.1;
                    assert!(reach >= timeline.reach() && reach < timeline.reach() + cell, "{reach}");
                }
                let left = timeline.until_next(columns, now, &zone);
                assert_eq!(now + left, view.span.start(view.present as usize + 1));
            }
            if !timeline.zoom(false) {
                break;
            }
        }
    }
}

#[test]
fn the_cursor_of_time_takes_the_view_along_and_comes_back() {
    let now: Timestamp = "2026-11-21T14:12:43Z".parse().unwrap();
    let mut timeline = Timeline::default();
    let of = |timeline: &Timeline| timeline.view(56, now, &TimeZone::UTC);
    for (by, steps) in [(-1, 200), (1, 700), (-1, 30)] {
        for _ in 0..steps {
            timeline.move_by(by, 24);
            let view = of(&timeline);
            assert!((view.columns.0..=view.columns.1).contains(&timeline.cursor), "{} {view:?}", timeline.cursor);
            let cell = view.cell(timeline.cursor).unwrap();
            let away = SignedDuration::from_mins(30) * (timeline.cursor - i32::from(timeline.cursor > 0));
            let present: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
            assert_eq!(view.span.start(cell), present + away);
        }
    }
    assert!(!timeline.is_centred());
    timeline.to_now();
    assert!(timeline.is_centred() && of(&timeline).columns == (-23, 24));
    timeline.move_by(10, 24);
    timeline.zoom(true);
    assert_eq!(timeline.cursor, 5, "at the same time, in cells that are twice as long");
}

#[test]
fn ux_22_every_pane_of_every_size_can_be_zoomed_and_left() {
    for (width, height) in [(120, 40), (80, 24), (60, 20), (40, 12), (84, 50), (30, 8)] {
        let mut rig = Rig::new(&["a"]);
        let size = Size::new(width, height);
        rig.send(Msg::Resize(size));
        for key in ["1", "2", "3", "4", "5"] {
            rig.press(key);
            let focus = rig.model.focus;
            rig.press("z");
            let panes = rig.model.layout().map(|layout: Layout| layout.panes).unwrap();
            let whole = ratatui::layout::Rect::new(0, 0, width, height);
            let boxed = Frame::Boxed(ratatui::layout::Rect { height: height - 1, ..whole });
            let zoomed = if focus == Pane::Timeline { boxed } else { Frame::Bare(whole) };
            assert_eq!(panes, [(focus, zoomed)], "{size} {key}");
            rig.press("Esc");
            assert_eq!((rig.model.focus, rig.model.zoom), (focus, false));
        }
    }
}

#[test]
fn the_details_are_about_one_run_and_say_which() {
    let mut rig = Rig::new(&["a", "b"]);
    ran(&rig, "a", 60, 5, Outcome::Succeeded);
    ran(&rig, "a", 50, 5, Outcome::Failed(75));
    ran(&rig, "b", 40, 5, Outcome::Succeeded);
    let said = |rig: &Rig| format!("{:?}", view::details::lines(&rig.model));
    rig.press("4 4 4");
    rig.wake();
    let newest = rig.model.runs.selected().unwrap().id;
    assert!(said(&rig).contains(&format!("Run #{newest}, the newest")), "{}", said(&rig));
    assert!(said(&rig).contains("EX_TEMPFAIL"));
    rig.press("3 j");
    let older = rig.model.runs.selected().unwrap().id;
    assert!(said(&rig).contains(&format!("Run #{older}, selected in Runs")), "{}", said(&rig));
    assert!(!said(&rig).contains("EX_TEMPFAIL") && said(&rig).contains("it exited with 0"));
    rig.press("1 j");
    assert!(said(&rig).contains(", the newest") && !said(&rig).contains(&format!("#{older}")), "{}", said(&rig));
}

#[test]
fn the_details_say_what_was_not_as_when_it_succeeded_last() {
    let mut rig = Rig::new(&["a"]);
    ran(&rig, "a", 60, 5, Outcome::Succeeded);
    ran(&rig, "a", 50, 5, Outcome::Failed(1));
    rig.press("4 4 4");
    rig.wake();
    let run = rig.model.runs.selected().unwrap().id.0;
    assert_eq!(rig.model.usage.as_ref().unwrap().differs, None, "nothing is recorded");
    for (run, env, argv) in [(run - 1, "fr", "make"), (run, "de", "make all")] {
        let folder = rig.world.runs.join(run.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let spec = format!(
            r#"{{"run":{run},"attempt":1,"argv":["sh","-c","{argv}"],"env":{{"LC":"{env}","KEPT":"1"}},"env_remove":[],"cwd":"/","timeout_ms":null,"grace_ms":1}}"#
        );
        std::fs::write(folder.join("spec.json"), spec).unwrap();
    }
    rig.wake();
    let (good, differs) = rig.model.usage.as_ref().unwrap().differs.clone().unwrap();
    assert_eq!(good.0, run - 1);
    assert_eq!(differs, ["command: sh -c make all", "before: sh -c make", "LC=de, before fr"]);
    assert!(format!("{:?}", view::details::lines(&rig.model)).contains(&format!("since #{good}, which was ok:")));
}

#[test]
fn next_runs_name_what_does_not_come_and_why() {
    let mut rig = Rig::new(&["backup", "daily", "rests"]);
    rig.plan(id(&rig, "backup"), "every 5m");
    rig.plan(id(&rig, "rests"), "every 1h");
    let daily = id(&rig, "daily");
    let tomorrow = Timestamp::now().to_zoned(TimeZone::UTC).date().tomorrow().unwrap();
    let rule = format!("0 12 * * * except={tomorrow}..{}", tomorrow.tomorrow().unwrap());
    let rule = crate::domain::rule::Rule::parse(&rule, &TimeZone::UTC, Timestamp::now(), std::path::Path::new("/"));
    let rule = rule.unwrap();
    rig.world
        .store
        .write(move |db| crate::store::schedules::add(db, daily, &rule, "UTC", Timestamp::now()).map(drop))
        .unwrap();
    for _ in 0..4 {
        ran(&rig, "backup", 600, 20 * 60, Outcome::Succeeded);
    }
    let backup = id(&rig, "backup");
    rig.world
        .store
        .write(move |db| {
            let run = runs::queue(db, backup, Trigger::Manual, None, &[], Timestamp::now())?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, Timestamp::now())
        })
        .unwrap();
    rig.wake();
    rig.press("j j p");
    rig.wake();
    let of = |rig: &Rig, slug: &str| {
        let rows = rig.model.agenda.rows.iter().filter(|row| row.slug == slug);
        rows.map(|row| row.aside.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert!(of(&rig, "backup")[0].starts_with("skipped: run #5 usually takes 20m"), "{:?}", of(&rig, "backup"));
    assert_eq!(of(&rig, "rests"), ["paused"]);
    let daily = of(&rig, "daily");
    assert!(daily.iter().any(|aside| aside.starts_with(&format!("excluded: {tomorrow}"))), "{daily:?}");
    assert!(rig.model.agenda.rows.is_sorted_by_key(|row| row.at));
    // The bar follows the slot that it is on, not another one of its schedule.
    rig.press("2 G");
    let before = rig.model.agenda.selected().cloned();
    rig.wake();
    assert_eq!(rig.model.agenda.selected(), before.as_ref());
}

/// What the worker would answer: a task of each kind in the cells of the timeline, and a strip of each.
fn with_graphs(size: (u16, u16)) -> Stage {
    let mut stage = Stage::full(size);
    stage.press("5");
    let view = timeline::shown(&stage.model).unwrap();
    let (cells, present) = (view.span.cells, view.present as usize);
    let plan = |cell: usize, collides| {
        let start = Start { schedule: ScheduleId(1), at: view.span.start(cell) };
        Cell { past: None, plan: Some(Plan { start, collides }) }
    };
    let past = |past| Cell { past: Some(past), plan: None };
    let mut backup = vec![Cell::default(); cells];
    for (at, cell) in backup.iter_mut().enumerate() {
        *cell = match at {
            at if at > present => plan(at, at == present + 6),
            at if at == present => past(Past::Runs(RunId(1284))),
            at if at == present - 3 => past(Past::Failed(RunId(1281))),
            at if at == present - 7 => past(Past::Missed(ScheduleId(1))),
            at if at % 2 == 0 => past(Past::Ran(RunId(1283))),
            _ => Cell::default(),
        };
    }
    let mut sync = vec![Cell::default(); cells];
    sync[2..=9].fill(past(Past::Ran(RunId(7))));
    sync[present + 6] = plan(present + 6, true);
    let rows = [(TaskId(1), backup), (TaskId(6), sync)].into();
    stage.answer(Kind::Timeline, Answer::Timeline(view.span, rows));
    let strip = |seconds: &[(u64, Outcome)]| {
        let ended = |(at, (seconds, outcome)): (usize, &(u64, Outcome))| Ended {
            run: RunId(at as i64),
            outcome: *outcome,
            took: (*outcome != Outcome::CouldNotStart).then(|| Duration::from_secs(*seconds)),
        };
        seconds.iter().enumerate().map(ended).collect::<Vec<_>>()
    };
    let ok = |seconds| (seconds, Outcome::Succeeded);
    let strips = [
        (TaskId(1), strip(&[ok(60), ok(70), ok(30), (5, Outcome::Failed(1)), ok(65), ok(200), ok(61)])),
        (TaskId(3), strip(&[ok(0); 10])),
        (TaskId(6), strip(&[ok(100), (3, Outcome::Cancelled), (0, Outcome::CouldNotStart), (9, Outcome::TimedOut)])),
    ];
    stage.answer(Kind::Strips, Answer::Strips(strips.into()));
    stage
}

#[test]
fn ux_2_the_timeline_and_the_strips_in_every_set_of_glyphs() {
    for (name, look) in LOOKS {
        for size in [(120, 40), (80, 24), (60, 20), (40, 12), (84, 50)] {
            let mut stage = with_graphs(size);
            stage.press("h h");
            let text = stage.text(look);
            assert!(name != "ascii" || text.is_ascii(), "{text}");
            insta::assert_snapshot!(format!("timeline-{}x{}-{name}", size.0, size.1), text);
        }
    }
}

#[test]
fn a_strip_shows_a_run_that_took_far_longer_and_one_that_failed() {
    let text = with_graphs((120, 40)).text(LOOKS[0].1);
    for (slug, strip) in [("backup-db", "▃▄▂✗▃█▃"), ("cert-renew", "▁▁▁▁▁▁▁▁▁▁"), ("offsite-sync", "█▁✗✗")]
    {
        let row = text.lines().find(|line| line.starts_with("│") && line.contains(slug)).unwrap_or_default();
        assert!(row.contains(strip), "{slug} {strip}\n{text}");
    }
}

#[test]
fn the_axis_tells_the_times_of_the_zone_also_on_the_day_of_a_clock_change() {
    let axis = |now: &str, zone: &str| {
        let mut stage = Stage::full((120, 40));
        stage.model.now.at = now.parse().unwrap();
        stage.model.zone = TimeZone::get(zone).unwrap();
        let text = stage.text(LOOKS[0].1);
        let lines: Vec<&str> = text.lines().collect();
        let axis = lines[lines.len() - 3].split('│').nth(3).unwrap_or_default();
        axis.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(axis("2026-11-21T14:12:43Z", "UTC"), "06:00 12:00 18:00 Sun");
    // A day of 25 hours, one of 23, and one that is half an hour beside the others.
    assert_eq!(axis("2026-10-25T01:30:00Z", "Europe/Berlin"), "18:00 Sun 06:00 12:00");
    assert_eq!(axis("2027-03-28T01:30:00Z", "Europe/Berlin"), "18:00 Sun 06:00 12:00");
    assert_eq!(axis("2026-11-21T14:12:43Z", "Asia/Kolkata"), "12:00 18:00 Sun 06:00");
}

#[test]
fn ux_28_no_title_is_clipped_and_every_state_has_its_glyph() {
    for (width, height) in [(120, 40), (80, 24), (60, 20), (40, 12), (84, 50)] {
        for key in ["1", "2", "3", "4", "5"] {
            let mut stage = Stage::full((width, height));
            stage.press(key);
            let layout = stage.model.layout().unwrap();
            let text = stage.text(LOOKS[0].1);
            for (pane, frame) in &layout.panes {
                let title = match pane {
                    Pane::Tasks => "1 Tasks",
                    Pane::Next if text.contains("2 [") => "2 [Next runs] Agenda",
                    Pane::Next => "2 Next",
                    Pane::Runs => "3 Runs",
                    Pane::Main => "4 [Log] Script Details",
                    Pane::Timeline => "5 Timeline",
                };
                let title = match (frame, pane) {
                    (Frame::Bare(_), Pane::Main) => "[4 Log]",
                    (Frame::Bare(_), Pane::Timeline) => "[5 Time]",
                    _ => title,
                };
                assert!(text.contains(title), "{width}x{height} {key}: {title}\n{text}");
            }
        }
        let stage = Stage::full((width, height));
        let (rows, text) = (stage.model.tasks.visible().0.len(), stage.text(LOOKS[0].1));
        let glyphs = ["► b", "✓ c", "⊘ d", "✗ o", "! b", "○ v", "· w", "‖ y"];
        let shown = glyphs.iter().filter(|glyph| text.contains(**glyph)).count();
        assert!(shown == glyphs.len() || rows < 15, "{width}x{height}\n{text}");
    }
}
