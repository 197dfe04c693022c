//! What became of the intents: said in a toast, with the key that takes it back.

use super::super::effect::Effect;
use super::super::model::draft::Checked;
use super::super::model::form::{Form, overtaken};
use super::super::model::layer::{Choice, Layer};
use super::super::model::toast::Level;
use super::super::model::{Model, Stale};
use super::super::msg::{Done, Engine};
use super::super::view::text::clock;
use super::loaded::counted;
use super::{builder, form, import, layers, navigate, outside};
use crate::domain::change::Title;
use crate::domain::run::RunState;
use crate::domain::{RunId, TaskId};
use crate::store::changes::Applied;
use crate::store::runs::{PauseRequest, StopRequest};

pub(super) fn done(model: &mut Model, effects: &mut Vec<Effect>, done: Done) {
    // The commit wakes us too, but the next frame should already show it.
    model.stale = Stale::ALL;
    match done {
        Done::Added(task, slug) => {
            close_form(model);
            // It is selected, so the filter may not hide it.
            navigate::set_filter(model, String::new());
            navigate::focus(model, super::super::model::Pane::Tasks);
            model.tasks.select(task, slug.clone());
            model.tell(Level::Ok, format!("added {slug} (u undoes)"));
        }
        Done::Saved(slug) => {
            outside::stored(model, effects);
            close_form(model);
            model.tell(Level::Ok, format!("saved {slug} (u undoes)"));
        }
        Done::DraftRefused(checked) => {
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
        Done::DraftFailed(text) => {
            let _ = saving(model);
            let _ = builder::saving(model);
            if model.sheet.is_some() {
                outside::refused(model, text.trim_start_matches("not saved: "));
            } else {
                model.tell(Level::Error, text);
            }
        }
        Done::Queued(run, slug) => {
            model.started.insert(run);
            model.run_chosen = false;
            if model.engine == Some(Engine::Nowhere) {
                model.tell(Level::Warn, format!("queued #{run} of {slug}; no engine runs, so it waits"));
            } else {
                model.tell(Level::Ok, format!("queued #{run} of {slug} (x stops it)"));
            }
        }
        Done::Busy(task, slug, runs) => ask_for_another(model, task, slug, &runs),
        Done::StopAsked(run, slug, kill, request) => match request {
            StopRequest::Noted => {
                model.stop_asked.insert(run);
                let text = if kill {
                    format!("killing #{run} of {slug}")
                } else {
                    format!("stopping #{run} of {slug} (X kills it)")
                };
                model.tell(Level::Ok, text);
            }
            StopRequest::Dequeued => model.tell(Level::Ok, format!("took #{run} of {slug} out of the queue")),
            StopRequest::NotRetried => model.tell(Level::Ok, format!("#{run} of {slug} is not tried again")),
            StopRequest::AlreadyFinished => model.tell(Level::Info, format!("#{run} of {slug} had ended already")),
        },
        Done::PauseAsked(run, slug, pause, request) => tell_pause(model, run, &slug, pause, request),
        Done::Paused(slug, paused) => {
            let verb = if paused { "paused" } else { "resumed" };
            model.tell(Level::Ok, format!("{verb} {slug} (u undoes)"));
        }
        Done::Deleted(slug, live) => {
            let also = if live > 0 {
                format!(", {} on", if live == 1 { "1 run goes".to_owned() } else { format!("{live} runs go") })
            } else {
                String::new()
            };
            model.tell(Level::Ok, format!("deleted {slug}{also} (u brings it back)"));
        }
        Done::Written => {}
        Done::Imported(count) => import::created(model, count),
        Done::ExampleLoaded(count, folder) => import::example_loaded(model, count, &folder),
        Done::Undone(applied) => tell_applied(model, &applied, "undid", "Ctrl-r redoes"),
        Done::Redone(applied) => tell_applied(model, &applied, "redid", "u undoes"),
        Done::Bookmarked => {}
        Done::Nothing(text) => model.tell(Level::Info, text),
        Done::Failed(text) => {
            import::failed(model);
            model.tell(Level::Error, text);
        }
    }
}

/// A run by hand of a task that has unfinished ones asks (R2).
fn ask_for_another(model: &mut Model, task: TaskId, slug: String, runs: &[(RunId, RunState)]) {
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
    let choices = vec![('y', "run another", Choice::RunAnyway(task, slug)), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, title, lines, choices);
}

/// Says what became of a request to pause or to resume a run.
fn tell_pause(model: &mut Model, run: RunId, slug: &str, pause: bool, request: PauseRequest) {
    let (level, text) = match (request, pause) {
        (PauseRequest::Noted, true) => (Level::Ok, format!("pausing #{run} of {slug} (p resumes it)")),
        (PauseRequest::Noted, false) => (Level::Ok, format!("resuming #{run} of {slug}")),
        (PauseRequest::Already, true) => (Level::Info, format!("#{run} of {slug} is being paused already")),
        (PauseRequest::Already, false) => (Level::Info, format!("#{run} of {slug} is not paused")),
        (PauseRequest::NotRunning(state), _) => {
            (Level::Info, format!("#{run} of {slug} is {state}: only a running one can be paused"))
        }
    };
    model.tell(level, text);
}

/// Goes to the first field that is wrong and says what is, and how many others are.
fn say_first(model: &mut Model, others: usize) {
    if let Some(what) = form::current(model).and_then(Form::go_to_error) {
        let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
        model.tell(Level::Error, format!("not saved{more}: {what}"));
    }
}

/// Says what was undone or redone, and goes to the task that it brought back.
fn tell_applied(model: &mut Model, applied: &Applied, verb: &str, key: &str) {
    let Some(first) = applied.changes.first() else { return };
    let mut text = format!("{verb}: {} ({}; {key})", Title(&applied.changes), clock(first.at, model));
    if let Some(back) = applied.back.first() {
        if !back.slug.contains(&model.filter.to_lowercase()) {
            navigate::set_filter(model, String::new());
        }
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
