//! What became of the intents: said in a toast, with the key that takes it back.

use super::super::action::Action;
use super::super::effect::{Effect, RunNow};
use super::super::model::bulk::counted;
use super::super::model::draft::Checked;
use super::super::model::form::{Form, overtaken};
use super::super::model::layer::{Choice, How, Layer};
use super::super::model::toast::{Level, Source};
use super::super::model::{Model, Pane, Stale, Tab};
use super::super::msg::{Done, Engine};
use super::super::view::text::clock;
use super::{builder, bulk, extras, form, import, layers, navigate, outside, roster, script, views};
use crate::domain::change::Title;
use crate::domain::run::RunState;
use crate::domain::{RunId, TaskId};
use crate::store::changes::Applied;
use crate::store::runs::{PauseRequest, StopRequest};

pub(super) fn done(model: &mut Model, effects: &mut Vec<Effect>, done: Done) {
    // The commit wakes us too, but the next frame should already show it.
    model.stale = Stale::ALL;
    model.progress = None;
    model.of_many &= !matches!(done, Done::Bulk(_) | Done::Failed(_));
    match done {
        Done::Added(task, slug, passed) => {
            select_new(model, task, &slug);
            tell_written(model, "added", &slug, passed);
        }
        Done::Created { task, slug, script: path } => {
            select_new(model, task, &slug);
            // The editor opens over it, where letters are text.
            let text = format!("added {slug} with {} (Esc, then {}; the files stay)", path.display(), undoes(model));
            model.tell_of(Level::Ok, text, Source::task(task));
            // What it is to do is written next; Esc leads back.
            script::write(model, effects, task);
        }
        Done::Restored { slug, version, now } => {
            let text = match now {
                Some(now) => format!("{slug} is as in version {version} again, which is now version {now}"),
                None => format!("{slug} is as in version {version} already"),
            };
            model.tell(Level::Ok, text);
        }
        Done::Saved(slug, passed) => {
            outside::stored(model, effects);
            close_form(model);
            tell_written(model, "saved", &slug, passed);
        }
        Done::DraftRefused(checked) => draft_refused(model, checked),
        Done::Overtaken(theirs) => {
            if let Some(builder) = builder::saving(model) {
                let what = theirs.first().map(|(key, text)| (*key, overtaken(text)));
                builder.overtake(theirs);
                if let Some((key, what)) = what {
                    builder.go_to(key);
                    model.tell(Level::Error, format!("not saved: {key}: {what}"));
                }
            } else if let Some(form) = saving(model) {
                let others = theirs.len().saturating_sub(1);
                form.overtake(theirs);
                say_first(model, others);
            } else {
                outside::refused(model, "the command was changed meanwhile");
            }
        }
        Done::DraftGone(slug) => {
            let undo = model.key_of(Action::Undo);
            refuse(model, format!("{slug} was deleted meanwhile; {undo} brings it back"));
        }
        Done::DraftFailed(text) => refuse(model, text),
        Done::Queued(run, RunNow { slug, saved, .. }) => {
            model.started.insert(run);
            model.run_chosen = false;
            // Who runs what was just written looks for what it prints.
            if model.tab == Tab::Script && model.focus == Pane::Main {
                model.tab = Tab::Log;
            }
            let before = saved.map(|version| format!("saved version {version}; ")).unwrap_or_default();
            tell_queued(model, run, &before, &slug, "");
        }
        Done::RunWith(run, what) => extras::ordered(model, run, &what),
        Done::RunWithBusy(what, runs) => {
            extras::refused(model);
            let slug = what.slug.clone();
            ask_for_another(model, &slug, Choice::RunWithAnyway(what), &runs);
        }
        Done::Busy(wanted, runs) => {
            let slug = wanted.slug.clone();
            ask_for_another(model, &slug, Choice::Run(RunNow { anyway: true, ..wanted }), &runs);
        }
        Done::StopAsked(run, slug, how, request) => tell_stop(model, run, &slug, how, request),
        Done::PauseAsked(run, slug, pause, request) => tell_pause(model, run, &slug, pause, request),
        Done::Paused(task, slug, paused) => {
            let verb = if paused { "paused" } else { "resumed" };
            model.tell_of(Level::Ok, format!("{verb} {slug} ({})", undoes(model)), Source::task(task));
        }
        Done::Duplicated(task, slug, from, paused) => tell_copied(model, task, slug, &from, paused),
        Done::Imported(count) => import::created(model, count),
        Done::ExampleLoaded(count, folder) => import::example_loaded(model, count, &folder),
        Done::Bulk(report) => bulk::done(model, &report),
        Done::Roster(applied) => roster::done(model, effects, &applied),
        Done::Undone(applied) => tell_applied(model, &applied, "undid", (Action::Redo, "redoes")),
        Done::Redone(applied) => tell_applied(model, &applied, "redid", (Action::Undo, "undoes")),
        Done::Written | Done::Bookmarked => {}
        Done::ViewKept(name) => views::kept(model, &name),
        Done::ViewGone(name) => model.tell(Level::Ok, format!("the view {name} is forgotten")),
        Done::Nothing(text) => model.tell(Level::Info, text),
        Done::Failed(text) => {
            import::failed(model);
            model.tell(Level::Error, text);
        }
    }
}

/// What was to be saved is not right.
fn draft_refused(model: &mut Model, checked: Checked) {
    if let Some(builder) = builder::saving(model) {
        if let Some((key, text)) = checked.errors.first() {
            builder.go_to(key);
            let text = format!("not saved: {key}: {text}");
            model.tell(Level::Error, text);
        }
    } else if let Some(form) = saving(model) {
        let others = checked.errors.len().saturating_sub(1);
        let Checked { slug, sees, .. } = std::mem::take(&mut form.checked);
        form.checked = Checked { slug, sees, ..checked };
        say_first(model, others);
    } else if let Some((key, text)) = checked.errors.first() {
        outside::refused(model, &format!("{key}: {text}"));
    }
}

/// Closes the form of a task that is there now, and selects it: so the filter may not hide it.
fn select_new(model: &mut Model, task: TaskId, slug: &str) {
    close_form(model);
    navigate::set_filter(model, String::new());
    navigate::focus(model, Pane::Tasks);
    model.tasks.select(task, slug.to_owned());
}

/// Says that a task is there as it was written, and which of its reminders do not come any more (A4).
fn tell_written(model: &mut Model, verb: &str, slug: &str, passed: Option<String>) {
    let text = format!("{verb} {slug} ({})", undoes(model));
    match passed {
        None => model.tell(Level::Ok, text),
        Some(passed) => model.tell(Level::Warn, format!("{text}; {passed}")),
    }
}

/// `u undoes`, with whatever key does.
pub(super) fn undoes(model: &Model) -> String {
    format!("{} undoes", model.key_of(Action::Undo))
}

/// What was to be saved was not.
fn refuse(model: &mut Model, text: String) {
    let _ = saving(model);
    let _ = builder::saving(model);
    if model.sheet.is_some() {
        outside::refused(model, text.trim_start_matches("not saved: "));
    } else {
        model.tell(Level::Error, text);
    }
}

/// Says that a run was queued, what was done before that, and what else holds for it.
pub(super) fn tell_queued(model: &mut Model, run: RunId, before: &str, slug: &str, also: &str) {
    let (level, text) = if model.engine == Some(Engine::Nowhere) {
        (Level::Warn, format!("{before}queued #{run} of {slug}{also}; no engine runs, so it waits"))
    } else {
        (Level::Ok, format!("{before}queued #{run} of {slug}{also} ({} stops it)", model.key_of(Action::Stop)))
    };
    model.tell_of(level, text, Source::run(run));
}

/// A run by hand of a task that has unfinished ones asks (R2).
fn ask_for_another(model: &mut Model, slug: &str, anyway: Choice, runs: &[(RunId, RunState)]) {
    let sentence = |(run, state): &(RunId, RunState)| match state {
        RunState::WaitingRetry => format!("#{run} waits for its retry, and will have it."),
        state => format!("#{run} is {state}."),
    };
    let mut lines: Vec<String> = runs.iter().take(5).map(sentence).collect();
    if runs.len() > 5 {
        lines.push(format!("{} more.", runs.len() - 5));
    }
    // One that waits for its retry is in nobody's way that a person sends.
    if runs.iter().any(|(_, state)| *state != RunState::WaitingRetry) {
        lines.push("Another one waits until the overlap policy lets it start.".to_owned());
    }
    let title = format!("{slug} has {}. Queue another?", counted(runs.len(), "unfinished run"));
    let choices = vec![('y', "run another", anyway), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, title, lines, choices);
}

/// Says what became of a request to stop a run.
fn tell_stop(model: &mut Model, run: RunId, slug: &str, how: How, request: StopRequest) {
    let keys = format!("({} shows it, {} kills it)", model.key_of(Action::Stop), model.key_of(Action::Kill));
    let (level, text) = match (request, how) {
        (StopRequest::Noted, How::Kill) => (Level::Ok, format!("killing #{run} of {slug}")),
        (StopRequest::Noted, How::Ask) => (Level::Ok, format!("stopping #{run} of {slug} {keys}")),
        (StopRequest::Noted, How::With(signal)) => {
            (Level::Ok, format!("stopping #{run} of {slug} with {signal} {keys}"))
        }
        (StopRequest::Dequeued, _) => (Level::Ok, format!("took #{run} of {slug} out of the queue")),
        (StopRequest::NotRetried, _) => (Level::Ok, format!("#{run} of {slug} is not tried again")),
        (StopRequest::AlreadyFinished, _) => (Level::Info, format!("#{run} of {slug} had ended already")),
    };
    if request == StopRequest::Noted {
        model.stop_asked.insert(run);
    }
    model.tell_of(level, text, Source::run(run));
}

/// Goes to a task that was made like another one.
fn tell_copied(model: &mut Model, task: TaskId, slug: String, from: &str, paused: bool) {
    // It is selected, so the filter may not hide it.
    if !model.surely_lists(&slug) {
        navigate::set_filter(model, String::new());
    }
    navigate::focus(model, Pane::Tasks);
    let wakes = || format!("; its schedules rest, {} wakes them", model.key_of(Action::Pause));
    let rests = if paused { wakes() } else { String::new() };
    let text = format!("copied {from} to {slug}{rests} ({})", undoes(model));
    model.tasks.select(task, slug);
    model.tell_of(Level::Ok, text, Source::task(task));
}

/// Says what became of a request to pause or to resume a run.
fn tell_pause(model: &mut Model, run: RunId, slug: &str, pause: bool, request: PauseRequest) {
    let (level, text) = match (request, pause) {
        (PauseRequest::Noted, true) => {
            let key = model.key_of(Action::PauseRun);
            (Level::Ok, format!("pausing #{run} of {slug} ({key} resumes it)"))
        }
        (PauseRequest::Noted, false) => (Level::Ok, format!("resuming #{run} of {slug}")),
        (PauseRequest::Already, true) => (Level::Info, format!("#{run} of {slug} is being paused already")),
        (PauseRequest::Already, false) => (Level::Info, format!("#{run} of {slug} is not paused")),
        (PauseRequest::NotRunning(state), _) => {
            (Level::Info, format!("#{run} of {slug} is {state}: only a running one can be paused"))
        }
    };
    model.tell_of(level, text, Source::run(run));
}

/// Goes to the first field that is wrong and says what is, and how many others are.
fn say_first(model: &mut Model, others: usize) {
    if let Some(what) = form::current(model).and_then(Form::go_to_error) {
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        model.tell(Level::Error, format!("not saved{more}: {what}"));
    }
}

/// Says what was undone or redone, and goes to the task that it brought back.
fn tell_applied(model: &mut Model, applied: &Applied, verb: &str, (back, does): (Action, &str)) {
    let Some(first) = applied.changes.first() else { return };
    let mut text =
        format!("{verb}: {} ({}; {} {does})", Title(&applied.changes), clock(first.at, model), model.key_of(back));
    if applied.back.len() > 1 {
        text = format!("{text}; {} are back", counted(applied.back.len(), "task"));
    }
    if let Some(back) = applied.back.first() {
        // The filter stays as the person set it.
        model.brought_back = Some((back.task, back.slug.clone()));
        model.tasks.select(back.task, back.slug.clone());
        if back.slug != back.was {
            text = format!("{text}; it is now {}", back.slug);
        }
    }
    model.tell(Level::Ok, text);
}

/// The form that was being saved; it can be typed into again.
fn saving(model: &mut Model) -> Option<&mut Form> {
    let form = form::current(model)?;
    form.saving = false;
    Some(form)
}

/// The form or the builder that was being saved.
fn close_form(model: &mut Model) {
    let saved = match model.layers.last() {
        Some(Layer::Form(form)) => form.saving,
        Some(Layer::Builder(builder)) => builder.saving,
        _ => false,
    };
    if saved {
        model.layers.pop();
    }
}
