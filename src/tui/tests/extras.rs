//! Runs with arguments and variables of their own, seen before they are executed.

use super::{A_WHILE, Rig};
use crate::domain::run::{Outcome, RunState};
use crate::store::{runs, tasks};
use crate::tui::model::extras::ExtrasForm;
use crate::tui::model::layer::Layer;

fn form(rig: &Rig) -> &ExtrasForm {
    match rig.model.layers.last() {
        Some(Layer::RunWith(form)) => form,
        other => panic!("{other:?}"),
    }
}

/// The texts of one part of the dry run.
fn part(rig: &Rig, name: &str) -> String {
    let Some(Ok(dry)) = &form(rig).dry else { panic!("{:?}", form(rig).dry) };
    let parts: Vec<&str> = dry.parts.iter().filter(|(n, _)| n == name).map(|(_, text)| text.as_str()).collect();
    parts.join("\n")
}

#[test]
fn ux_4_run_with_shows_exactly_what_would_be_executed_and_nothing_runs_until_it_is_told_to() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap();
    let mut definition = task.definition;
    definition.execution.env.insert("LEVEL".to_owned(), "3".to_owned());
    definition.execution.cwd = Some("/tmp".into());
    rig.world.store.write(move |db| tasks::set(db, task.id, &definition, jiff::Timestamp::now())).unwrap();
    rig.press("R");
    rig.type_text("--full 'my db'");
    assert_eq!(part(&rig, "executes"), "/bin/sh -c 'echo a' a --full 'my db'");
    assert_eq!(part(&rig, "in"), "/tmp");
    assert!(part(&rig, "as").contains("uid"));
    assert!(part(&rig, "with").contains("LEVEL=3  (of the task)"), "{}", part(&rig, "with"));
    rig.press("Tab");
    rig.type_text("LEVEL=9");
    rig.press("Alt-Enter");
    rig.type_text("MORE='x");
    assert!(part(&rig, "with").contains("LEVEL=9  (the task has 3)"), "{}", part(&rig, "with"));
    assert!(part(&rig, "with").contains("(this run alone)"), "{}", part(&rig, "with"));
    assert_eq!(runs::count(&rig.reader, None, 9).unwrap(), 0, "nothing has run");
    assert!(rig.screen().contains("Dry run: nothing is executed yet"), "{}", rig.screen());
    rig.press("Tab Space Enter");
    let run = tasks::find(&rig.reader, "a").unwrap().last_run.unwrap();
    assert_eq!(runs::args(&rig.reader, run).unwrap(), ["--full", "my db"]);
    let env = runs::env(&rig.reader, run).unwrap();
    assert_eq!((env["LEVEL"].as_str(), env["MORE"].as_str()), ("9", "'x"));
    assert!(rig.model.layers.is_empty() && rig.said().contains("its end is told"), "{}", rig.said());
    let end = move |db: &crate::store::Db| {
        let now = jiff::Timestamp::now();
        runs::starting(db, run, "boot")?;
        runs::running(db, run, 1, now)?;
        runs::finish(db, run, Outcome::Failed(7), None, None, now)
    };
    rig.world.store.write(end).unwrap();
    rig.wake();
    assert!(rig.said().starts_with(&format!("#{run} of a: exit 7 after")), "{}", rig.said());
    rig.wake();
    assert_eq!(rig.rang, 1, "once");
}

#[test]
fn ux_4_what_cannot_be_read_is_said_beside_it_and_not_run() {
    let mut rig = Rig::new(&["a"]);
    rig.press("R");
    rig.type_text("'open");
    assert_eq!(form(&rig).dry, Some(Err("arguments: a ' is not closed".to_owned())));
    rig.press("Ctrl-s");
    assert!(rig.said().contains("not run: arguments"), "{}", rig.said());
    rig.press("Ctrl-u Tab");
    rig.type_text("TEMPO_TASK=x");
    rig.press("Ctrl-s");
    assert!(rig.said().contains("given by Tempo itself"), "{}", rig.said());
    assert_eq!(runs::count(&rig.reader, None, 9).unwrap(), 0);
    // No input is lost: the text is there when it is opened again.
    rig.press("Esc R");
    assert_eq!(form(&rig).order().env, "TEMPO_TASK=x");
}

#[test]
fn ux_3_a_run_with_arguments_asks_when_one_is_unfinished_and_keeps_what_was_typed() {
    let mut rig = Rig::new(&["a"]);
    rig.press("r R");
    rig.type_text("again");
    rig.press("Ctrl-s");
    let Some(Layer::Dialog(dialog)) = rig.model.layers.last() else { panic!("{:?}", rig.model.layers) };
    assert_eq!(dialog.title, "a has 1 unfinished run. Queue another?");
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert_eq!(form(&rig).order().args, "again", "no: the form is as it was");
    rig.press("Ctrl-s");
    rig.wait(A_WHILE);
    rig.press("y");
    assert!(rig.model.layers.is_empty());
    let queued = runs::in_state(&rig.reader, None, RunState::Queued, 9).unwrap();
    assert_eq!(runs::args(&rig.reader, queued[0].id).unwrap(), ["again"]);
}
