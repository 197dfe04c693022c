//! The verbs: run, stop, pause, delete, undo, quit.

use super::{A_WHILE, Rig};
use crate::domain::change::By;
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::lock::{Holder, Lock, Role};
use crate::store::changes::Step;
use crate::store::{runs, tasks};
use crate::tui::model::layer::Layer;
use crate::tui::msg::Msg;
use crate::tui::{Exit, QuitChoice};

fn dialog(rig: &Rig) -> Option<&str> {
    match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => Some(dialog.title.as_str()),
        _ => None,
    }
}

#[test]
fn r_queues_a_run_and_asks_when_one_is_unfinished() {
    let mut rig = Rig::new(&["a"]);
    rig.press("r");
    assert_eq!(rig.model.runs.total(), Some(1));
    assert!(rig.said().contains("no engine"), "{}", rig.said());
    rig.press("r");
    assert_eq!(dialog(&rig), Some("a has 1 unfinished run. Queue another?"));
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert_eq!(rig.model.runs.total(), Some(1));
    rig.press("r");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(rig.model.runs.total(), Some(2));
}

#[test]
fn x_needs_no_question_for_a_run_of_this_dashboard_and_one_for_another() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.press("r x");
    assert_eq!(rig.model.runs.selected().unwrap().outcome, Some(Outcome::Cancelled));
    let run = rig
        .world
        .store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::Schedule, None, &[], jiff::Timestamp::now())?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, jiff::Timestamp::now())?;
            Ok(run)
        })
        .unwrap();
    rig.wake();
    rig.press("x");
    assert_eq!(dialog(&rig), Some(format!("Stop run #{run} of a?").as_str()));
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), []);
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), [(run, false)]);
    assert!(rig.model.is_stopping(run, RunState::Running));
    rig.press("X");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), [(run, true)]);
}

#[test]
fn ux_42_a_verb_that_does_not_apply_says_why() {
    let mut rig = Rig::new(&["a"]);
    for (keys, reason) in
        [("x", "nothing to stop"), ("X", "nothing to kill"), ("u", "nothing to undo"), ("2 r", "nothing is planned")]
    {
        rig.press(keys);
        assert!(rig.said().contains(reason), "{keys}: {}", rig.said());
    }
    let mut empty = Rig::new(&[]);
    for keys in ["r", "x", "e", "p", "D"] {
        empty.press(keys);
        assert!(empty.said().contains("a adds one"), "{keys}: {}", empty.said());
    }
}

#[test]
fn p_pauses_and_resumes_and_u_takes_it_back() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    let paused = |rig: &Rig| tasks::get(&rig.reader, task).unwrap().definition.paused;
    rig.press("p");
    assert_eq!((paused(&rig), rig.said()), (false, "a has no schedule: there is nothing to pause"));
    rig.plan(task, "every 1h");
    rig.press("p");
    assert!(paused(&rig) && rig.said().contains("u undoes"));
    rig.press("p");
    assert!(!paused(&rig));
    rig.press("u");
    assert!(paused(&rig));
    rig.press("u");
    assert!(!paused(&rig));
    rig.press("Ctrl-r");
    assert!(paused(&rig) && rig.said().starts_with("redid: pause a ("), "{}", rig.said());
    rig.press("U");
    assert!(!paused(&rig));
    rig.press("U");
    assert!(rig.said().contains("nothing to redo"), "{}", rig.said());
    rig.press("u u");
    assert!(!paused(&rig));
}

#[test]
fn r4_p_in_the_runs_pane_pauses_the_run_that_is_selected_and_not_the_schedules() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("3 p");
    assert!(rig.said().contains("no run here"), "{}", rig.said());
    rig.press("r");
    let run = tasks::get(&rig.reader, task).unwrap().last_run.unwrap();
    rig.press("p");
    assert!(rig.said().contains("is queued: only a running one"), "{}", rig.said());
    let store = rig.world.store.clone();
    store
        .write(move |db| {
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, jiff::Timestamp::now())
        })
        .unwrap();
    rig.wake();
    rig.press("p");
    assert!(rig.said().starts_with(&format!("pausing #{run} of a")), "{}", rig.said());
    assert_eq!(runs::pause_requests(&rig.reader).unwrap(), [(run, true)]);
    store
        .write(move |db| {
            let now = jiff::Timestamp::now();
            runs::paused(db, run, Some(now), now)
        })
        .unwrap();
    rig.wake();
    assert!(rig.model.runs.selected().unwrap().is_paused());
    rig.press("p");
    assert!(rig.said().starts_with(&format!("resuming #{run} of a")), "{}", rig.said());
    assert_eq!(runs::pause_requests(&rig.reader).unwrap(), [(run, false)]);
    assert!(!tasks::get(&rig.reader, task).unwrap().definition.paused);
    rig.press("1 p");
    assert!(tasks::get(&rig.reader, task).unwrap().definition.paused);
}

#[test]
fn r11_what_runs_after_a_task_is_shown_can_be_paused_and_is_named_before_a_deletion() {
    let mut rig = Rig::new(&["backup", "mirror"]);
    rig.press("Down e");
    while !matches!(rig.model.layers.last(), Some(Layer::Form(form)) if form.fields[form.focus].key == "after") {
        rig.press("Tab");
    }
    rig.type_text("backup:any");
    rig.press("Ctrl-s");
    let mirror = tasks::find(&rig.reader, "mirror").unwrap();
    assert_eq!(crate::domain::after::format(&mirror.definition.execution.after), "backup:any", "{}", rig.said());
    assert_eq!(rig.model.tasks.selected().unwrap().after.as_deref(), Some("backup"));
    rig.press("p");
    assert!(tasks::get(&rig.reader, mirror.id).unwrap().definition.paused, "{}", rig.said());
    rig.press("p Up D");
    let Some(Layer::Dialog(question)) = rig.model.layers.last() else { panic!("no question") };
    assert_eq!(question.lines[0], "mirror runs after it, and will not any more.");
}

#[test]
fn s5_what_another_window_or_a_shell_changed_is_undone_here_also_after_a_restart() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    let paused = |rig: &Rig| tasks::find(&rig.reader, "a").unwrap().definition.paused;
    let other = crate::store::Store::open(rig.world.store.path()).unwrap();
    other.write(move |db| Step::new(By::Cli, jiff::Timestamp::now()).set_paused(db, task, true)).unwrap();
    rig.press("u");
    assert!(!paused(&rig) && rig.said().starts_with("undid: pause a ("), "{}", rig.said());
    rig.press("D");
    rig.wait(A_WHILE);
    rig.press("y");
    let mut restarted = rig.restarted();
    restarted.press("u");
    assert_eq!((restarted.selected(), restarted.slugs()), ("a", vec!["a".to_owned()]));
    restarted.press("Ctrl-r");
    assert_eq!(restarted.slugs(), Vec::<String>::new());
    assert!(restarted.said().ends_with("; u undoes)"), "{}", restarted.said());
}

#[test]
fn s5_what_was_changed_since_is_not_undone_and_who_changed_it_is_said() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("p");
    let now = jiff::Timestamp::now();
    rig.world.store.write(move |db| Step::new(By::Cli, now).set_paused(db, task, false)).unwrap();
    rig.press("u u");
    rig.world.store.write(move |db| Step::new(By::Cli, now).set_paused(db, task, true)).unwrap();
    rig.press("Ctrl-r Ctrl-r");
    assert!(!tasks::find(&rig.reader, "a").unwrap().definition.paused, "the resumption is what was undone first");
    let mut definition = tasks::get(&rig.reader, task).unwrap().definition;
    rig.press("e");
    rig.type_text("b");
    rig.press("Ctrl-s");
    definition.name = "other".to_owned();
    rig.world.store.write(move |db| tasks::set(db, task, &definition, now)).unwrap();
    rig.press("u");
    assert_eq!(rig.said(), "not undone: a was changed since, by Tempo itself: its name");
}

#[test]
fn ux_38_ux_39_deleting_takes_two_deliberate_keys() {
    for keys in ["D Enter", "D Space", "D n", "D Esc", "D D"] {
        let mut rig = Rig::new(&["a"]);
        let (first, second) = keys.split_once(' ').unwrap();
        rig.press(first);
        rig.wait(A_WHILE);
        rig.press(second);
        assert_eq!(rig.slugs(), ["a"], "{keys}");
    }
    let mut rig = Rig::new(&["a"]);
    rig.press("D y");
    assert_eq!(rig.slugs(), ["a"], "a key within 150 ms was typed ahead");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(rig.slugs(), Vec::<String>::new());
}

#[test]
fn ux_40_a_task_that_u_brought_back_is_selected_and_the_filter_stays() {
    let mut rig = Rig::new(&["alpha", "beta", "gamma"]);
    for (filter, hides) in [("", false), ("et", false), ("name:eta", false), ("zz", true), ("name:alpha", true)] {
        rig.press("1 g j D");
        rig.wait(A_WHILE);
        rig.press("y g /");
        rig.type_text(filter);
        rig.press("Enter u");
        assert_eq!(rig.model.filter, filter);
        let undid = rig.model.messages.all().iter().rev().find(|message| message.text.starts_with("undid")).unwrap();
        assert!(undid.text.starts_with("undid: delete beta (") && undid.text.ends_with("; Ctrl-r redoes)"));
        let hidden = "beta is back, and the filter hides it: Esc shows all tasks";
        assert_eq!(rig.said() == hidden, hides, "{filter}: {}", rig.said());
        assert_eq!(rig.selected() == "beta", !hides, "{filter}");
        rig.press("Esc");
        rig.press("g j");
        assert_eq!((rig.selected(), rig.model.filter.as_str()), ("beta", ""));
    }
}

#[test]
fn ux_40_d_then_u_brings_the_task_its_schedule_and_its_history_back() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("r x D");
    rig.wait(A_WHILE);
    rig.press("y");
    assert!(rig.said().contains("u brings it back"), "{}", rig.said());
    assert!(rig.model.agenda.rows.is_empty());
    rig.press("u");
    assert_eq!(rig.slugs(), ["a"]);
    assert_eq!(rig.model.agenda.rows.len(), 1);
    assert_eq!(runs::count(&rig.reader, Some(task), 10).unwrap(), 1);
}

#[test]
fn ux_20_pasting_where_no_text_is_typed_only_says_so() {
    let mut rig = Rig::new(&["a"]);
    for key in ["1", "3", "4", "!"] {
        rig.press(key);
        rig.send(Msg::Paste("rDy".to_owned()));
        assert!(rig.said().contains("paste ignored"), "{}", rig.said());
    }
    assert_eq!(runs::count(&rig.reader, None, 10).unwrap(), 0);
}

#[test]
fn quitting_asks_only_when_the_engine_here_has_something_to_do() {
    let mut rig = Rig::new(&["a"]);
    rig.press("q");
    assert_eq!(rig.exit, Some(Exit::Quit(QuitChoice::Leave)));

    let me = Holder::this(Role::Dashboard, jiff::Timestamp::now());
    let _lock = Lock::try_take(&rig.world.engine_lock, &me).unwrap().unwrap();
    rig.pulse();
    rig.exit = None;
    rig.press("q");
    assert_eq!(rig.exit, Some(Exit::Quit(QuitChoice::Leave)));

    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.wake();
    for (key, expected) in [
        ("b", Some(QuitChoice::Background)),
        ("f", Some(QuitChoice::Finish)),
        ("s", Some(QuitChoice::Stop)),
        ("Esc", None),
        ("Enter", None),
    ] {
        rig.exit = None;
        rig.press("q");
        assert_eq!(dialog(&rig), Some("Quit?"));
        rig.wait(A_WHILE);
        rig.press(key);
        assert_eq!(rig.exit, expected.map(Exit::Quit), "{key}");
        assert!(rig.model.layers.is_empty());
    }
}

#[test]
fn q_is_one_step_back_and_quits_only_at_the_top() {
    let mut rig = Rig::new(&["a"]);
    rig.press("r Enter Enter z q q q");
    assert_eq!(rig.exit, None);
    rig.press("q");
    assert_eq!(rig.exit, Some(Exit::Quit(QuitChoice::Leave)));
}

#[test]
fn all_messages_of_the_session_are_kept_and_the_newest_goes_from_the_hint_line() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("p p");
    assert_eq!(rig.model.messages.current().map(|(_, hidden)| hidden), Some(1));
    rig.wait(A_WHILE * 3);
    assert!(rig.model.messages.current().is_none());
    assert_eq!(rig.model.messages.all().len(), 2);
}
