//! The log pane among the others: its prompts, what it copies and saves, the runs beside the one that is shown, its bookmarks.

use std::path::Path;

use super::super::action::Action;
use super::super::effect::{Effect, Intent, Query};
use super::super::log::message::{LogAnswer, Saved};
use super::super::log::shown::Part;
use super::super::log::{LogAction, LogRequest, Saving};
use super::super::model::bulk::counted;
use super::super::model::layer::{Choice, Layer, LogPrompt, Prompt, Purpose};
use super::super::model::marks::{Markable, Marks};
use super::super::model::toast::Level;
use super::super::model::window::{Item, Window};
use super::super::model::{Model, Pane, Tab, edit};
use super::{ask, layers, navigate};
use crate::domain::quantity::format_bytes;
use crate::domain::run::{Run, RunState};
use crate::domain::{RunId, TaskId};

/// So many outputs are shown as one.
const MOST_MERGED: usize = 16;

/// Does an action of the log pane.
pub(super) fn act(model: &mut Model, effects: &mut Vec<Effect>, action: LogAction) {
    match action {
        LogAction::Filter => {
            let text = model.log.filter_text().to_owned();
            open(model, LogPrompt::Filter, &text);
            // From here on Esc leads back.
            effects.extend(model.log.filter(&text).into_iter().map(Effect::Log));
        }
        LogAction::GoToTime => open(model, LogPrompt::Time, ""),
        LogAction::Save => {
            let name = model.log.file_name(&slug(model));
            open(model, LogPrompt::Save, &name);
        }
        LogAction::Alert => open(model, LogPrompt::Alert, ""),
        LogAction::Bookmark => bookmark(model, effects),
        LogAction::NextRun => other_run(model, -1),
        LogAction::PreviousRun => other_run(model, 1),
        action => effects.extend(model.log.handle(action).into_iter().map(Effect::Log)),
    }
    say(model);
}

/// The bookmarks of a run came.
pub(super) fn bookmarked(model: &mut Model, effects: &mut Vec<Effect>, run: RunId, lines: Vec<u64>) {
    if model.log.shown().is_some_and(|shown| shown.run == run) {
        model.log.set_bookmarks(lines);
        pay(model, effects);
    }
}

/// Does what a key asked for before what it needs was here.
fn pay(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(action) = model.log.owed() {
        act(model, effects, action);
    }
}

/// What the pane has to say.
fn say(model: &mut Model) {
    if let Some(notice) = model.log.notice() {
        let keys: Vec<String> =
            notice.keys.iter().map(|(action, does)| format!("{} {does}", model.key_of(Action::Log(*action)))).collect();
        let keys = if keys.is_empty() { String::new() } else { format!(" ({})", keys.join(", ")) };
        model.tell(Level::Info, notice.text + &keys);
    }
}

/// The slug of the task of the run that is shown.
fn slug(model: &Model) -> String {
    model.runs.selected().map_or_else(String::new, |run| run.slug.clone())
}

fn open(model: &mut Model, prompt: LogPrompt, text: &str) {
    model.log.prompt_problem = None;
    model.layers.push(Layer::Prompt(Prompt { text: edit::editor(text), purpose: Purpose::Log(prompt) }));
}

/// The text of a prompt has changed.
pub(super) fn typed(model: &mut Model, effects: &mut Vec<Effect>, prompt: LogPrompt, text: &str) {
    model.log.prompt_problem = None;
    if prompt == LogPrompt::Filter {
        effects.extend(model.log.filter(text).into_iter().map(Effect::Log));
    }
}

/// Enter in a prompt; false when it stays open, because what was typed is not right.
pub(super) fn accept(model: &mut Model, effects: &mut Vec<Effect>, prompt: LogPrompt, text: &str) -> bool {
    let done = match prompt {
        LogPrompt::Filter => {
            model.log.accept_filter();
            Ok(Vec::new())
        }
        LogPrompt::Time => model.log.go_to_time(text),
        LogPrompt::Save => {
            let home = model.home.clone();
            model.log.save(text, home.as_deref())
        }
        LogPrompt::Alert => {
            let slug = slug(model);
            Ok(model.log.alert(text, &slug))
        }
    };
    match done {
        Ok(requests) => {
            effects.extend(requests.into_iter().map(Effect::Log));
            say(model);
            true
        }
        Err(problem) => {
            model.log.prompt_problem = Some(problem);
            false
        }
    }
}

/// Esc in a prompt.
pub(super) fn cancel(model: &mut Model, effects: &mut Vec<Effect>, prompt: LogPrompt) {
    if prompt == LogPrompt::Filter {
        effects.extend(model.log.cancel_filter().into_iter().map(Effect::Log));
    }
}

/// Esc in the pane: one step back inside it; false when there is none.
pub(super) fn back(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    if !model.merged.is_empty() && !model.log.is_selecting() && !model.zoom {
        model.merged.clear();
        return true;
    }
    let requests = model.log.back();
    let inside = requests.is_some();
    effects.extend(requests.into_iter().flatten().map(Effect::Log));
    inside
}

/// An answer of the worker of the log.
pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>, answer: LogAnswer) {
    match &answer {
        LogAnswer::Copied(Ok(copied)) => {
            let what = counted(usize::try_from(copied.lines).unwrap_or(usize::MAX), "line");
            effects.push(Effect::Copy { text: copied.text.clone(), what });
        }
        LogAnswer::Copied(Err(why)) => model.tell(Level::Warn, why.clone()),
        LogAnswer::Saved(Saved::Done(path, bytes)) => {
            let size = format_bytes(*bytes);
            model.tell(Level::Ok, format!("saved {size} to {}", place(model, path)));
        }
        LogAnswer::Saved(Saved::Exists(saving)) => ask_to_overwrite(model, saving.clone()),
        LogAnswer::Saved(Saved::Failed(why)) => model.tell(Level::Error, why.clone()),
        LogAnswer::Alerted { slug, run, text } => {
            model.tell(Level::Warn, format!("#{run} of {slug}: {text}"));
            effects.push(Effect::Bell);
        }
        _ => {}
    }
    effects.extend(model.log.answer(answer).into_iter().map(Effect::Log));
    say(model);
    pay(model, effects);
}

/// A whole path, as a shell has it: what is in the home folder begins with `~`.
fn place(model: &Model, path: &Path) -> String {
    let below = model.home.as_deref().filter(|home| Path::new(home).parent().is_some());
    match below.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

fn ask_to_overwrite(model: &mut Model, saving: Saving) {
    let title = format!("Overwrite {}?", place(model, &saving.path));
    let lines = vec!["There is a file of this name. What is in it is lost.".to_owned()];
    let saving = Saving { overwrite: true, ..saving };
    let choices = vec![('y', "overwrite", Choice::Overwrite(saving)), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, title, lines, choices);
}

/// Saves over a file.
pub(super) fn overwrite(effects: &mut Vec<Effect>, saving: Saving) {
    effects.push(Effect::Log(LogRequest::Save(saving)));
}

/// Asks for the runs whose outputs are to be shown as one: those of the list, or the newest ones of its tasks.
pub(super) fn merge(model: &mut Model, effects: &mut Vec<Effect>) {
    let (tasks, runs): (Vec<TaskId>, Vec<RunId>) = if model.focus == Pane::Runs {
        (Vec::new(), chosen(&mut model.marks.runs, &model.runs))
    } else {
        (chosen(&mut model.marks.tasks, &model.tasks), Vec::new())
    };
    if tasks.is_empty() && runs.is_empty() {
        let most = MOST_MERGED;
        return model
            .tell(Level::Info, format!("nothing to show as one: mark 2 to {most}, or go where there is a list"));
    }
    ask(model, effects, Query::Merge(tasks, runs));
}

/// The rows that are marked, else those of the list; so many as can be shown.
fn chosen<I: Markable>(marks: &mut Marks<I>, window: &Window<I>) -> Vec<I::Id> {
    marks.fold_range(window);
    let marked: Vec<I::Id> = marks.all().map(|(id, _)| id).take(MOST_MERGED).collect();
    if marked.is_empty() { window.rows().iter().map(Item::id).take(MOST_MERGED).collect() } else { marked }
}

/// Looks how the runs are whose outputs are shown as one.
pub(super) fn look_again(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.merged.is_empty() {
        let runs = model.merged.iter().map(|part| part.run).collect();
        ask(model, effects, Query::Merge(Vec::new(), runs));
    }
}

/// Shows the outputs of runs as one.
pub(super) fn merged(model: &mut Model, runs: &[Run]) {
    let kept = runs.iter().filter(|run| run.removed.is_none());
    let parts: Vec<Part> = kept
        .map(|run| Part {
            run: run.id,
            slug: run.slug.clone(),
            folder: model.runs_folder.join(run.id.to_string()),
            started_at: run.started_at,
            live: run.state != RunState::Finished,
        })
        .collect();
    if parts.is_empty() {
        return model.tell(Level::Info, "none of them has an output");
    }
    if model.merged.is_empty() {
        navigate::focus(model, Pane::Main);
        model.tab = Tab::Log;
    }
    model.merged = parts;
}

/// Another run of the list, at the same time since its start; runs are listed from the newest on.
fn other_run(model: &mut Model, by: isize) {
    model.log.carry_time();
    let before = model.runs.selected().map(|run| run.id);
    model.run_chosen = true;
    model.runs.move_by(by);
    if model.runs.selected().map(|run| run.id) == before {
        let which = if by < 0 { "this is the newest run" } else { "there is no run before this one" };
        model.tell(Level::Info, which);
    }
}

/// Sets a bookmark at the line under the cursor, or takes it away.
fn bookmark(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(run) = model.log.shown().map(|shown| shown.run) else { return };
    if !model.log.can_toggle_bookmark() {
        return;
    }
    match model.log.toggle_bookmark() {
        Some((line, set)) => effects.push(Effect::Intend(Intent::Bookmark(run, line, set))),
        None => model.tell(Level::Info, "there is no line to set a bookmark at"),
    }
}

/// Asks for the bookmarks of the run that is shown since now.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let run = model.log.shown().map(|shown| shown.run);
    if run != model.bookmarks_of {
        model.bookmarks_of = run;
        if let Some(run) = run {
            ask(model, effects, Query::Bookmarks(run));
        }
    }
}
