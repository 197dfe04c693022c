//! Moving around: panes, lists, filter, layers.

use jiff::Timestamp;
use ratatui::layout::Size;

use super::{A_WHILE, Rig};
use crate::domain::run::Trigger;
use crate::domain::task::{Definition, Work};
use crate::store::{runs, tasks};
use crate::tui::action::{self, Scope};
use crate::tui::chord;
use crate::tui::effect::{Effect, Kind};
use crate::tui::model::layer::Layer;
use crate::tui::model::window::Page;
use crate::tui::model::{Model, Pane, Tab};
use crate::tui::msg::{Answer, Msg};
use crate::tui::update::update;

#[test]
fn every_key_of_the_table_has_the_name_of_a_key() {
    for spec in action::all() {
        for name in spec.keys {
            assert_eq!(chord::name(super::key(name)), *name, "{}", spec.id);
        }
    }
}

#[test]
fn panes_are_reached_by_number_and_by_tab_and_4_again_shows_the_other_tab() {
    use Scope::{Details, Log, Next, Runs, Script, Tasks, Timeline};
    let mut rig = Rig::new(&["a"]);
    let mut scopes = Vec::new();
    for key in ["2", "3", "4", "4", "4", "4", "1", "Tab", "Tab", "Shift-Tab", "Shift-Tab", "Shift-Tab"] {
        rig.press(key);
        scopes.push(rig.model.scope());
    }
    assert_eq!(scopes, [Next, Runs, Log, Script, Details, Log, Tasks, Next, Runs, Next, Tasks, Timeline]);
    // Where the timeline has no place it is opened by its number only.
    rig.press("1");
    rig.send(Msg::Resize(Size::new(80, 24)));
    rig.press("Shift-Tab");
    assert_eq!(rig.model.scope(), Log);
    rig.press("Tab 5");
    assert_eq!((rig.model.scope(), rig.model.shows(Pane::Tasks)), (Timeline, false));
    rig.press("Esc");
    assert_eq!((rig.model.scope(), rig.model.shows(Pane::Tasks)), (Tasks, true));
}

#[test]
fn enter_goes_deeper_and_esc_one_step_back_at_every_size() {
    for size in [Size::new(120, 40), Size::new(80, 24), Size::new(60, 20), Size::new(40, 12), Size::new(80, 50)] {
        let mut rig = Rig::new(&["a"]);
        rig.send(Msg::Resize(size));
        rig.press("r Enter Enter");
        assert_eq!(rig.model.scope(), Scope::Log, "{size}");
        rig.press("Esc");
        assert_eq!(rig.model.scope(), Scope::Runs, "{size}");
        rig.press("Esc");
        assert_eq!(rig.model.scope(), Scope::Tasks, "{size}");
    }
}

#[test]
fn enter_on_a_next_run_opens_the_builder_at_its_schedule() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    let task = tasks::find(&rig.reader, "c").unwrap().id;
    rig.plan(task, "every 2h");
    rig.plan(task, "every 1h");
    rig.wake();
    rig.press("2 j Enter");
    let Some(Layer::Builder(builder)) = rig.model.layers.last() else { panic!("{:?}", rig.model.layers) };
    assert!(builder.text("when").contains("2h"), "{}", builder.text("when"));
}

#[test]
fn the_selection_in_next_runs_is_what_runs_log_and_details_show() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    let (b, c) = (tasks::find(&rig.reader, "b").unwrap().id, tasks::find(&rig.reader, "c").unwrap().id);
    rig.plan(b, "every 1h");
    rig.plan(c, "every 2h");
    rig.wake();
    rig.press("2");
    assert_eq!(rig.model.subject, Some(b));
    rig.press("j r");
    assert_eq!(rig.model.subject, Some(c));
    let run = rig.model.runs.selected().unwrap();
    assert_eq!((run.slug.as_str(), rig.model.log.shown().unwrap().run), ("c", run.id), "r shows the run");
    rig.press("3");
    assert_eq!((rig.model.subject, rig.model.runs.selected().unwrap().slug.as_str()), (Some(c), "c"));
    rig.press("4");
    assert_eq!(rig.model.subject, Some(c));
    rig.press("4 4");
    assert_eq!(rig.model.details.as_ref().unwrap().task.id, c);
    assert_eq!(rig.model.acts_on().unwrap().slug, "c");
    rig.press("4 3 Esc");
    assert_eq!(rig.model.focus, Pane::Next, "back to where it came from");
    rig.press("x");
    assert!(rig.said().contains("of c out of the queue"), "{}", rig.said());
    rig.press("1");
    assert_eq!((rig.selected(), rig.model.subject), ("a", tasks::find(&rig.reader, "a").map(|task| task.id).ok()));
    rig.press("Tab Tab");
    assert_eq!((rig.model.focus, rig.model.runs.is_empty()), (Pane::Runs, true), "past Next runs to the runs of a");
}

#[test]
fn who_looks_at_the_first_of_the_next_runs_stays_with_it_when_it_comes_due() {
    let mut rig = Rig::new(&["a", "b"]);
    let (a, b) = (tasks::find(&rig.reader, "a").unwrap().id, tasks::find(&rig.reader, "b").unwrap().id);
    rig.plan(a, "every 1h");
    rig.plan(b, "every 2h");
    rig.wake();
    rig.press("2");
    rig.model.agenda.rows.swap(0, 1);
    rig.model.agenda.cursor = 1;
    let rows: Vec<_> = rig.model.agenda.rows.iter().rev().cloned().collect();
    rig.model.agenda.take(rows.clone(), true);
    assert_eq!((rig.model.agenda.cursor, rig.model.agenda.selected().unwrap().schedule.task), (0, a));
    rig.model.agenda.take(rows.iter().rev().cloned().collect(), true);
    assert_eq!((rig.model.agenda.cursor, rig.model.agenda.selected().unwrap().schedule.task), (1, a));
    rig.model.agenda.go(0);
    rig.model.agenda.take(rows, false);
    assert_eq!((rig.model.agenda.cursor, rig.model.agenda.selected().unwrap().schedule.task), (0, a), "what is next");
}

#[test]
fn ux_44_esc_from_any_state_reaches_the_top_and_never_quits() {
    for keys in [
        "j",
        "2",
        "3",
        "4",
        "4 4 4",
        "z",
        "3 z",
        "4 z",
        "/",
        "/ x",
        "/ x Enter",
        "a",
        "a x Tab y",
        "?",
        "? j",
        "!",
        "D",
        "e",
        "A 3",
        "r r",
        "X",
        "q",
        "/ b Enter 3 z ?",
        "4 /",
        "4 / x",
        "4 / x Enter",
        "4 / x Enter z",
    ] {
        let mut rig = Rig::new(&["a", "b", "c"]);
        rig.press("r");
        rig.press(keys);
        // `q` at the top has quit already: what follows must not do it again.
        rig.exit = None;
        for _ in 0..8 {
            rig.press("Esc");
        }
        assert_eq!(rig.exit, None, "{keys}");
        let Model { focus, zoom, layers, filter, .. } = &rig.model;
        assert_eq!((*focus, *zoom, layers.len(), filter.as_str()), (Pane::Tasks, false, 0, ""), "{keys}");
    }
}

#[test]
fn ux_46_the_cursor_follows_its_task_through_insertion_and_filter() {
    let mut rig = Rig::new(&["b", "d", "f"]);
    rig.press("j");
    assert_eq!(rig.selected(), "d");
    for name in ["a", "c", "e"] {
        rig.add(name);
    }
    rig.wake();
    assert_eq!((rig.selected(), rig.model.tasks.place()), ("d", Some(4)));
    rig.press("/ d Enter");
    assert_eq!((rig.selected(), rig.model.tasks.total()), ("d", Some(1)));
    rig.press("Esc");
    assert_eq!((rig.selected(), rig.model.tasks.total()), ("d", Some(6)));
}

#[test]
fn the_filter_follows_each_key_and_esc_in_the_prompt_brings_the_one_before_back() {
    let mut rig = Rig::new(&["backup-db", "backup-home", "cert-renew"]);
    rig.press("/");
    rig.type_text("backup");
    assert_eq!(rig.model.tasks.total(), Some(2));
    rig.type_text("-h");
    assert_eq!((rig.model.tasks.total(), rig.selected()), (Some(1), "backup-home"));
    rig.press("Esc");
    assert_eq!((rig.model.tasks.total(), rig.model.filter.as_str()), (Some(3), ""));
}

#[test]
fn an_answer_for_an_older_filter_is_not_shown() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("/ b");
    let page = Page { rows: Vec::new(), at_start: true, at_end: true };
    rig.send(Msg::Answer(1, Kind::Tasks, Box::new(Answer::Tasks("old".to_owned(), page, None))));
    assert_eq!(rig.selected(), "b");
}

#[test]
fn searching_is_shown_when_it_takes_longer_than_50_ms() {
    let mut rig = Rig::new(&["a"]);
    rig.press("/");
    let moment = rig.moment();
    // The worker does not answer.
    let effects = update(&mut rig.model, moment, Msg::Key(super::key("x")));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(..))));
    assert!(!rig.model.shows_searching());
    let wakes = rig.model.wakes_at().unwrap();
    assert!(wakes <= rig.model.now.since + std::time::Duration::from_millis(50));
    rig.model.now.since = wakes;
    assert!(rig.model.shows_searching());
    rig.carry_out(effects);
    assert!(!rig.model.shows_searching());
}

#[test]
fn a_long_list_is_walked_to_both_ends_and_through_all_pages() {
    let mut rig = Rig::new(&[]);
    rig.world
        .store
        .write(|db| {
            for n in 0..1500 {
                let definition = Definition::new(format!("task {n:04}"), Work::Command("true".to_owned()));
                tasks::add(db, &definition, jiff::Timestamp::now())?;
            }
            Ok(())
        })
        .unwrap();
    rig.wake();
    rig.press("G");
    assert_eq!(rig.selected(), "task-1499");
    rig.press("k k");
    assert_eq!(rig.selected(), "task-1497");
    rig.press("g");
    assert_eq!(rig.selected(), "task-0000");
    let page = rig.model.tasks.height() - 1;
    for pages in 1..=60 {
        rig.press("PgDn");
        assert_eq!(rig.selected(), format!("task-{:04}", pages * page));
    }
}

#[test]
fn runs_details_and_log_follow_the_selected_task() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("j r k");
    assert!(rig.model.runs.is_empty() && rig.model.log.shown().is_none());
    rig.press("j");
    let run = rig.model.runs.selected().unwrap().id;
    assert_eq!(rig.model.log.shown().map(|shown| shown.run), Some(run));
    rig.press("4 4 4");
    assert_eq!(rig.model.tab, Tab::Details);
    assert_eq!(rig.model.details.as_ref().map(|details| details.task.slug.as_str()), Some("b"));
    rig.press("1 k");
    assert_eq!(rig.model.details.as_ref().map(|details| details.task.slug.as_str()), Some("a"));
}

#[test]
fn the_newest_run_is_followed_until_another_one_is_chosen_and_again_after_leaving_the_newest() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    let run = |rig: &mut Rig| {
        let id = rig
            .world
            .store
            .write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now()))
            .unwrap();
        rig.wake();
        id
    };
    let first = run(&mut rig);
    let shown = |rig: &Rig| rig.model.runs.selected().map(|run| run.id);
    assert_eq!(shown(&rig), Some(first));
    let second = run(&mut rig);
    assert_eq!(shown(&rig), Some(second));
    rig.press("3");
    let third = run(&mut rig);
    assert_eq!(shown(&rig), Some(second), "the keys must not act on a run that has just come");
    rig.press("Esc");
    run(&mut rig);
    assert_eq!(shown(&rig), Some(second), "it was not the newest one when the list was left");
    rig.press("3 g Esc");
    let last = run(&mut rig);
    assert_eq!(shown(&rig), Some(last));
    assert!(third < last);
}

#[test]
fn the_runs_of_all_tasks_are_shown_and_acted_on_with_a_key() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("r j r k A 3");
    assert_eq!(rig.model.runs.total(), Some(2));
    assert_eq!(rig.model.acts_on().map(|subject| subject.slug), Some("b".to_owned()));
    rig.press("j");
    assert_eq!(rig.model.acts_on().map(|subject| subject.slug), Some("a".to_owned()));
    rig.press("A");
    assert_eq!(rig.model.runs.total(), Some(1));
}

#[test]
fn the_help_is_filtered_by_typing_and_does_what_is_chosen() {
    let mut rig = Rig::new(&["a"]);
    rig.plan(tasks::find(&rig.reader, "a").unwrap().id, "every 1h");
    rig.press("?");
    rig.type_text("pause or resume");
    rig.press("Enter");
    assert!(rig.model.layers.is_empty());
    assert!(tasks::find(&rig.reader, "a").unwrap().definition.paused);
}

#[test]
fn every_action_of_every_pane_is_in_its_help() {
    let mut rig = Rig::new(&["a"]);
    for (key, scope) in [
        ("1", Scope::Tasks),
        ("2", Scope::Next),
        ("3", Scope::Runs),
        ("4", Scope::Log),
        ("4", Scope::Script),
        ("4", Scope::Details),
    ] {
        rig.press(key);
        rig.press("?");
        let Some(Layer::Help(help)) = rig.model.layers.last() else { panic!("no help in {scope:?}") };
        let lines = help.matching(&rig.model);
        let ids: Vec<&str> = lines.iter().map(|line| line.id).collect();
        let first: Vec<&str> = action::within(scope).map(|spec| spec.id).collect();
        assert_eq!(ids[..first.len()], first, "this pane and everywhere come first");
        for spec in action::all() {
            assert_eq!(ids.iter().filter(|id| **id == spec.id).count(), 1, "{} in the help of {scope:?}", spec.id);
        }
        rig.press("Esc");
    }
}

#[test]
fn a_menu_runs_the_row_of_a_key_on_what_is_below_and_closes() {
    let mut rig = Rig::new(&["a", "b"]);
    let task = tasks::find(&rig.reader, "b").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("j");
    let paused = |rig: &Rig| tasks::get(&rig.reader, task).unwrap().definition.paused;
    rig.model.layers.push(Layer::Menu(Scope::Details));
    rig.press("~ F11");
    assert!(
        matches!(rig.model.layers.last(), Some(Layer::Menu(Scope::Details))),
        "a key that is not in it does nothing"
    );
    rig.press("p");
    assert!(rig.model.layers.is_empty() && paused(&rig));
    for close in ["Esc", "Ctrl-c"] {
        rig.model.layers.push(Layer::Menu(Scope::Messages));
        rig.press(close);
        assert!(rig.model.layers.is_empty() && rig.exit.is_none(), "{close}");
    }
}

#[test]
fn ux_1_nothing_wakes_a_still_screen_before_a_cell_of_the_timeline_is_over_but_a_running_duration_does_each_second() {
    let sleeps = |rig: &Rig| rig.model.wakes_at().unwrap().checked_sub(rig.model.now.since).unwrap();
    let mut rig = Rig::new(&["a"]);
    rig.wait(A_WHILE);
    let midnight = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).tomorrow().unwrap().start_of_day().unwrap();
    let left =
        |rig: &Rig| std::time::Duration::try_from(midnight.timestamp().duration_since(rig.model.now.at)).unwrap();
    // A cell of the timeline is half an hour, counted from midnight.
    let cell = std::time::Duration::from_secs(30 * 60);
    assert_eq!(sleeps(&rig).as_nanos(), left(&rig).as_nanos() % cell.as_nanos());
    rig.send(Msg::Resize(Size::new(80, 24)));
    rig.wait(A_WHILE);
    assert_eq!(sleeps(&rig), left(&rig), "where it is not on the screen");
    rig.send(Msg::Resize(Size::new(120, 40)));
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.world
        .store
        .write(move |db| {
            let now = jiff::Timestamp::now();
            let run = crate::store::runs::queue(db, task, crate::domain::run::Trigger::Manual, None, &[], now)?;
            crate::store::runs::starting(db, run, "boot")?;
            crate::store::runs::running(db, run, 1, now)
        })
        .unwrap();
    rig.wake();
    assert!(sleeps(&rig) <= A_WHILE);
    rig.model.reduced_motion = true;
    assert!(sleeps(&rig) > A_WHILE);
}

#[test]
fn a_commit_whose_wake_was_lost_is_found_by_the_pulse() {
    let mut rig = Rig::new(&["a"]);
    rig.pulse();
    rig.add("b");
    rig.pulse();
    assert_eq!(rig.model.tasks.total(), Some(2));
}

#[test]
fn only_what_is_visible_is_asked_for() {
    let mut rig = Rig::new(&["a"]);
    rig.send(Msg::Resize(Size::new(40, 12)));
    rig.press("3");
    let moment = rig.moment();
    let effects = update(&mut rig.model, moment, Msg::StoreChanged);
    let kinds: Vec<Kind> = effects
        .iter()
        .filter_map(|effect| if let Effect::Ask(_, query) = effect { Some(query.kind()) } else { None })
        .collect();
    assert_eq!(kinds, [Kind::Overview, Kind::Runs]);
}

#[test]
fn on_a_screen_that_is_too_small_only_leaving_works() {
    let mut rig = Rig::new(&["a"]);
    rig.send(Msg::Resize(Size::new(20, 5)));
    rig.press("D y a r");
    assert!(rig.model.layers.is_empty());
    rig.press("q");
    assert!(rig.exit.is_some());
}
