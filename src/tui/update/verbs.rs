//! The verbs: what a person wants changed becomes an intent, or a question first. That they are possible is known by then.

use super::super::action::Action;
use super::super::effect::{Editor, Effect, Intent, Query, RunNow};
use super::super::model::bulk::{Bulk, Target, Verb, counted};
use super::super::model::duties::NextTab;
use super::super::model::extras::ExtrasForm;
use super::super::model::layer::{Choice, Dialog, How, Layer};
use super::super::model::{Model, Pane, Subject};
use super::super::msg::Engine;
use super::super::{Exit, QuitChoice};
use super::bulk::{self, Marked};
use super::{ask, navigate, roster, script, stop as stopping, tags as prompt};
use crate::domain::run::RunState;
use crate::domain::task::Kind;

/// The script, here; what has none, in the form; and what is marked, in one text.
pub(super) fn edit(model: &mut Model, effects: &mut Vec<Effect>) {
    match bulk::marked(model) {
        Marked::Tasks(targets) => return roster::open(model, effects, &targets),
        Marked::Runs(_) | Marked::Beyond => return,
        Marked::Nothing => {}
    }
    let Some(subject) = model.acts_on() else { return };
    match model.kind_of(subject.task) {
        Some(Kind::Script) => script::edit(model, effects, subject.task),
        _ => form(model, effects),
    }
}

/// What the tab shows: the script, or of a to-do its description.
pub(super) fn edit_shown(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.acts_on().and_then(|subject| model.kind_of(subject.task)) {
        Some(Kind::Todo) => describe(model, effects),
        _ => edit(model, effects),
    }
}

/// Its description, in the editor.
pub(super) fn describe(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(subject) = model.acts_on() {
        model.stands_in = false;
        script::edit(model, effects, subject.task);
    }
}

/// The form.
pub(super) fn form(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(subject) = model.acts_on() {
        ask(model, effects, Query::Editable(subject.task, Editor::Form));
    }
}

/// The builder; in the agenda at the schedule under the cursor.
pub(super) fn schedule(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(subject) = model.acts_on() {
        let row = model.agenda.selected().filter(|_| model.focus == Pane::Next && model.next_tab == NextTab::Runs);
        let editor = Editor::Builder(row.map(|row| row.schedule.id));
        ask(model, effects, Query::Editable(subject.task, editor));
    }
}

pub(super) fn run(model: &mut Model, effects: &mut Vec<Effect>) {
    match bulk::marked(model) {
        Marked::Tasks(targets) => return bulk::begin(model, effects, Bulk { verb: Verb::Run, targets }),
        Marked::Runs(_) | Marked::Beyond => return,
        Marked::Nothing => {}
    }
    let Some(Subject { task, slug, .. }) = model.acts_on() else { return };
    effects.push(Effect::Intend(Intent::Run(RunNow { task, slug, anyway: false, saved: None })));
}

/// The form for a run with arguments and variables of its own.
pub(super) fn run_with(model: &mut Model) {
    let Some(Subject { task, slug, .. }) = model.acts_on() else { return };
    let kept = model.extras.take_if(|order| order.task == task).map(|order| *order);
    model.layers.push(Layer::RunWith(Box::new(ExtrasForm::new(task, slug, kept))));
}

/// The prompt for the tags of what is marked, or of the task under the cursor.
pub(super) fn tags(model: &mut Model, effects: &mut Vec<Effect>) {
    match bulk::marked(model) {
        Marked::Tasks(targets) => prompt::open_for(model, targets),
        Marked::Runs(_) | Marked::Beyond => {}
        Marked::Nothing => {
            if let Some(subject) = model.acts_on() {
                ask(model, effects, Query::Tags(subject.task));
            }
        }
    }
}

pub(super) fn duplicate(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Subject { task, slug, .. }) = model.acts_on() {
        effects.push(Effect::Intend(Intent::Duplicate(task, slug)));
    }
}

pub(super) fn stop(model: &mut Model, effects: &mut Vec<Effect>, kill: bool) {
    let verb = if kill { Verb::Kill } else { Verb::Stop };
    match bulk::marked(model) {
        Marked::Tasks(targets) | Marked::Runs(targets) => return bulk::begin(model, effects, Bulk { verb, targets }),
        Marked::Beyond => return,
        Marked::Nothing => {}
    }
    let Some(Subject { slug, run: Some((run, state)), .. }) = model.acts_on() else { return };
    // What was started by hand here is stopped at once; asked again, it is shown how far that is.
    let own = model.started.contains(&run) || matches!(state, RunState::Queued | RunState::WaitingRetry);
    if !kill && own && !model.is_stopping(run, state) {
        effects.push(Effect::Intend(Intent::Stop(run, slug, How::Ask)));
        return;
    }
    stopping::open(model, effects, run, &slug, state, kill);
}

pub(super) fn pause(model: &mut Model, effects: &mut Vec<Effect>) {
    match bulk::marked(model) {
        Marked::Tasks(targets) => return bulk::begin(model, effects, Bulk { verb: Verb::TogglePaused, targets }),
        Marked::Runs(_) | Marked::Beyond => return,
        Marked::Nothing => {}
    }
    let Some(Subject { task, slug, .. }) = model.acts_on() else { return };
    effects.push(Effect::Intend(Intent::TogglePaused(task, slug)));
}

/// Pauses the run under the cursor of the Runs pane, or resumes it. The schedules of its task go on.
pub(super) fn pause_run(model: &mut Model, effects: &mut Vec<Effect>) {
    match bulk::marked(model) {
        Marked::Runs(targets) => return bulk::begin(model, effects, Bulk { verb: Verb::TogglePausedRuns, targets }),
        Marked::Tasks(_) | Marked::Beyond => return,
        Marked::Nothing => {}
    }
    let Some(run) = model.runs.selected() else { return };
    let (id, slug, wanted) = (run.id, run.slug.clone(), !run.pause_requested);
    effects.push(Effect::Intend(Intent::PauseRun(id, slug, wanted)));
}

pub(super) fn delete(model: &mut Model, effects: &mut Vec<Effect>) {
    let bulk = match bulk::marked(model) {
        Marked::Tasks(targets) => Bulk { verb: Verb::Delete, targets },
        Marked::Runs(_) | Marked::Beyond => return,
        Marked::Nothing => match model.acts_on() {
            Some(Subject { task, slug, .. }) => Bulk::one(Verb::Delete, Target::Task(task), slug),
            None => return,
        },
    };
    bulk::begin(model, effects, bulk);
}

/// Whether the engine is in this process and has something to do.
pub(super) fn leaving_ends_something(model: &Model) -> bool {
    let busy = model.overview.as_ref().is_some_and(|o| o.running > 0 || o.queued > 0 || o.next.is_some());
    model.engine == Some(Engine::Here) && busy
}

/// One step back; at the top it quits, with a question when the engine goes too.
pub(super) fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if !navigate::back(model) {
        leave(model, effects);
    }
}

/// Leaves, from wherever; with a question when the engine goes too.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if leaving_ends_something(model) || model.applying || model.editor.roster.is_some() {
        ask_to_quit(model);
    } else {
        effects.push(Effect::Exit(Exit::Quit(QuitChoice::Leave)));
    }
}

/// The question before the end, and what becomes of the engine.
pub(super) fn ask_to_quit(model: &mut Model) {
    let mut lines = Vec::new();
    if model.layers.iter().any(|layer| matches!(layer, Layer::Form(_) | Layer::Builder(_))) {
        lines.push("What was typed here is not saved.".to_owned());
    }
    if model.editor.roster.is_some() {
        let key = model.key_of(Action::Edit);
        lines.push(format!(
            "What was written of the marked tasks is not applied; {key} on marked tasks offers it again."
        ));
    }
    if model.applying {
        lines.push("A bulk edit is being applied: what is done of it stays, and one undo takes it back.".to_owned());
    }
    if !leaving_ends_something(model) {
        let choices = vec![('q', "quit", Choice::Quit(QuitChoice::Leave)), ('n', "stay", Choice::Stay)];
        model.layers.push(Layer::Dialog(Dialog::new("Quit?".to_owned(), lines, choices, model.now.since)));
        return;
    }
    let overview = model.overview.clone().unwrap_or_default();
    match (overview.running, overview.queued) {
        (0, 0) => {}
        (running, 0) => lines.push(format!("{running} running.")),
        (running, queued) => lines.push(format!("{running} running, {queued} waiting in the queue.")),
    }
    if let Some((at, slug)) = &overview.next {
        let at = super::super::view::text::clock(*at, model);
        lines.push(format!("Next: {slug} at {at}."));
    }
    lines.push(
        "The scheduler is in this window: without it, or another tempo that is open, nothing new starts.".to_owned(),
    );
    let stop = match overview.running {
        0 => "stop what runs and quit".to_owned(),
        running => format!("stop {} and quit", counted(running, "run")),
    };
    let choices = vec![
        ('b', "keep going in the background", Choice::Quit(QuitChoice::Background)),
        ('f', "quit; what runs still finishes", Choice::Quit(QuitChoice::Finish)),
        ('s', stop.as_str(), Choice::Quit(QuitChoice::Stop)),
        ('n', "stay", Choice::Stay),
    ];
    model.layers.push(Layer::Dialog(Dialog::new("Quit?".to_owned(), lines, choices, model.now.since)));
}
