//! The question before a run is stopped or killed: its processes, looked at again every second, and with what it is asked.

use super::super::effect::{Effect, Kind, Query};
use super::super::model::Model;
use super::super::model::layer::{Choice, Dialog, How, Layer, Stoppable, Tree};
use super::ask;
use crate::domain::RunId;
use crate::domain::quantity::format_duration;
use crate::domain::run::RunState;
use crate::domain::signal::StopSignal;

/// The signals that are offered beside that of the task: key and number.
const OTHERS: [(char, i32); 3] = [('t', 15), ('i', 2), ('h', 1)];

/// Opens it.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>, run: RunId, slug: &str, state: RunState, kill: bool) {
    let stopping = model.is_stopping(run, state);
    let choose = |how| Choice::Stop(run, slug.to_owned(), how);
    let (title, line, choices) = if kill {
        let line = "KILL goes to all of its processes at once: it cannot clean up.";
        (format!("Kill run #{run} of {slug}?"), line, vec![('y', "kill".to_owned(), choose(How::Kill))])
    } else if stopping {
        let line = "It was asked to stop, and has time to end cleanly.";
        (
            format!("Run #{run} of {slug} is being stopped"),
            line,
            vec![('k', "kill it now".to_owned(), choose(How::Kill))],
        )
    } else {
        let line = "It gets its stop signal, and KILL when its grace is over.";
        let mut choices = vec![('y', "stop".to_owned(), choose(How::Ask))];
        let others = OTHERS.iter().filter_map(|(key, number)| Some((*key, StopSignal::new(*number)?)));
        choices.extend(others.map(|(key, signal)| (key, format!("stop with {signal}"), choose(How::With(signal)))));
        choices.push(('k', "kill: no time to clean up".to_owned(), choose(How::Kill)));
        (format!("Stop run #{run} of {slug}?"), line, choices)
    };
    let no = if stopping && !kill { "wait" } else { "no" };
    let mut choices: Vec<(char, &str, Choice)> =
        choices.iter().map(|(key, label, choice)| (*key, label.as_str(), choice.clone())).collect();
    choices.push(('n', no, Choice::Stay));
    let dialog = Dialog::new(title, vec![line.to_owned()], choices, model.now.since);
    model.layers.push(Layer::Dialog(Dialog { tree: Some(Tree { run, found: None }), ..dialog }));
    ask(model, effects, Query::Processes(run));
}

/// The dialog on top, when it is about this run.
fn current(model: &mut Model, of: RunId) -> Option<&mut Dialog> {
    match model.layers.last_mut() {
        Some(Layer::Dialog(dialog)) if dialog.tree.as_ref().is_some_and(|tree| tree.run == of) => Some(dialog),
        _ => None,
    }
}

/// Takes what was found. The task's own signal is named, and not offered twice.
pub(super) fn take(model: &mut Model, run: RunId, found: Stoppable) {
    let Some(dialog) = current(model, run) else { return };
    let focused = dialog.buttons.get(dialog.focus).map(|button| button.choice.clone());
    let grace = format_duration(found.grace);
    for button in &mut dialog.buttons {
        if matches!(button.choice, Choice::Stop(_, _, How::Ask)) {
            button.label = format!("stop with {}, KILL after {grace}", found.signal);
        }
    }
    dialog
        .buttons
        .retain(|button| !matches!(button.choice, Choice::Stop(_, _, How::With(signal)) if signal == found.signal));
    dialog.focus = dialog.buttons.iter().position(|button| Some(&button.choice) == focused.as_ref()).unwrap_or(0);
    if let Some(tree) = &mut dialog.tree {
        tree.found = Some(found);
    }
}

/// A second has passed: some processes may have ended. One look at a time.
pub(super) fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let run = match model.layers.last() {
        Some(Layer::Dialog(Dialog { tree: Some(tree), .. })) => tree.run,
        _ => return,
    };
    if !model.awaited.contains_key(&Kind::Processes) {
        ask(model, effects, Query::Processes(run));
    }
}
