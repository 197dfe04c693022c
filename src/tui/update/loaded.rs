//! Answers of the workers: taken when they still belong to what is on the screen.

use super::super::effect::{Editor, Effect};
use super::super::model::duties::Entry;
use super::super::model::toast::{Level, Note, Source};
use super::super::model::window::Page;
use super::super::model::{Model, Pane, Stale};
use super::super::msg::Answer;
use super::{
    builder, bulk, calendar, categories, copy, extras, filter, first, form, import, log, marks, messages, outside,
    palette, stop, tags, templates, versions, views, why,
};
use crate::domain::reminder;
use crate::domain::run::{Run, RunState};
use crate::store::overview::Overview;

pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>, answer: Answer) {
    match answer {
        Answer::Tasks(text, page, found) => filter::take_tasks(model, effects, &text, page, found),
        Answer::Strips(strips) => model.strips = strips,
        Answer::Prints(found) => model.prints.take(found),
        Answer::Timeline(span, rows) => {
            model.timeline.span = Some(span);
            model.timeline.rows = rows;
        }
        Answer::Runs(task, page) => {
            if task == model.subject.filter(|_| !model.all_runs) {
                take_runs(model, page);
            }
        }
        Answer::Month(first, days) => calendar::take(model, first, days),
        Answer::Day(day, rows) => calendar::take_day(model, day, rows),
        Answer::Duties(page) => take_duties(model, page),
        Answer::Agenda(rows) => model.agenda.take(rows, model.list == Pane::Next),
        Answer::Overview(overview) => {
            remind(model, &overview);
            model.overview = Some(overview);
        }
        Answer::Offered(text, found) => palette::take(model, &text, found),
        Answer::Details(task, details) => {
            if Some(task) == model.subject {
                model.details = details;
            }
        }
        Answer::Usage(used) => {
            if Some(used.run) == model.usage_of {
                model.usage = Some(used);
            }
        }
        Answer::Why(task, now, page) => {
            if let Some(why) = why::current(model).filter(|why| why.task == task) {
                why.now = now.unwrap_or_else(|| vec!["the task was deleted".to_owned()]);
                why.entries.take(page);
            }
        }
        Answer::Checked(draft, checked) => {
            if let Some(form) = form::current(model)
                && form.sent.as_ref() == Some(&draft)
            {
                form.checked = checked;
            }
        }
        Answer::Compared(run, loosely, compared) => super::compare::compared(model, run, loosely, compared),
        Answer::Foreign(source, offer) => import::take(model, source, offer),
        Answer::Found(found) => first::take(model, found),
        Answer::Templates(entries, problems) => templates::take(model, entries, problems),
        Answer::Editable(editable) => match editable.editor {
            Editor::Copy(part) => copy::take(model, effects, &editable, part),
            Editor::Outside => outside::edit_task(model, effects, *editable),
            Editor::Form | Editor::Builder(_) if !model.layers.is_empty() => {}
            Editor::Form => form::open_edit(model, *editable),
            Editor::Builder(schedule) => builder::open(model, *editable, schedule),
        },
        Answer::Previewed(asked, outlook) => builder::take(model, &asked, outlook),
        Answer::Merge(runs) => log::merged(model, &runs),
        Answer::Bookmarks(run, lines) => log::bookmarked(model, effects, run, lines),
        Answer::Weighed(what, weight) => bulk::weighed(model, effects, what, &weight),
        Answer::Names(wanted, named) => marks::take(model, &wanted, named),
        Answer::Processes(run, found) => stop::take(model, run, *found),
        Answer::DryRun(asking, dry) => extras::take(model, &asking, *dry),
        Answer::Ended(runs) => extras::ended(model, effects, &runs),
        Answer::Tags(task, found) => tags::open(model, task, found),
        Answer::Roster(opened, kept) => super::roster::take(model, effects, opened, kept),
        Answer::RosterChecked(revision, result) => super::roster::checked(model, effects, revision, result),
        Answer::TagsLike(word, found) => tags::take(model, &word, found),
        Answer::ValuesLike(key, word, found) => filter::take(model, &(key, word), found),
        Answer::Matches(text, order, found) => filter::take_count(model, text, order, found),
        Answer::Views(all) => views::take(model, all),
        Answer::Categories(tree) => categories::take(model, tree),
        Answer::Messages(page) => messages::take(model, effects, page),
        Answer::Versions(task, file, page) => versions::take(model, task, file, page),
        Answer::Difference(of, against) => versions::differs(model, of, against),
        Answer::Reported(asked, counted) => super::reports::take(model, asked, *counted),
        Answer::Broke(task, found) => versions::broke(model, task, found),
        Answer::Pulse(version, engine) => {
            // The safety net for a writer that died between its commit and its wake.
            if model.version.is_some_and(|known| known != version) {
                model.stale = Stale::ALL;
            }
            model.version = Some(version);
            model.engine = Some(engine);
        }
        Answer::Unusable(text) => {
            if model.unusable.as_ref() != Some(&text) {
                model.tell(Level::Error, text.clone());
                model.unusable = Some(text);
            }
        }
        // Every query meets what has been said already.
        Answer::Failed(_) if model.unusable.is_some() => {}
        Answer::Failed(text) => model.tell(Level::Error, text),
        Answer::GivenUp => {}
    }
}

/// A page of the runs. While nobody has chosen one, it is the newest.
fn take_runs(model: &mut Model, page: Page<Run>) {
    model.runs.take(page);
    if !model.run_chosen && !model.all_runs {
        model.runs.first();
    }
    let finished = |run: &&Run| run.state == RunState::Finished;
    for run in model.runs.visible().0.iter().filter(finished) {
        model.stop_asked.remove(&run.id);
    }
}

/// Says what was reminded of since the last look: the engine has it in the messages already (A4).
fn remind(model: &mut Model, overview: &Overview) {
    let Some((came, all)) = &overview.reminded else { return };
    let before = model.overview.as_ref().map(|before| before.reminded.as_ref().map(|(at, _)| *at));
    // What had come before the first look is in the messages, unread.
    if before.is_none_or(|before| before.is_some_and(|before| before >= *came)) {
        return;
    }
    for fired in all {
        let text = reminder::told(&fired.slug, fired.due_at, &fired.at, *came, &model.zone);
        let note = Note { at: *came, level: Level::Warn, text, source: Source::task(fired.task) };
        model.messages.show(note, model.now.since);
    }
}

/// A page of the agenda. While nobody is in it, it shows what comes first.
fn take_duties(model: &mut Model, page: Page<Entry>) {
    model.duties.take(page);
    if model.list != Pane::Next {
        model.duties.first();
    }
}
