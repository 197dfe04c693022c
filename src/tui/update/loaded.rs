//! Answers of the workers: taken when they still belong to what is on the screen.

use super::super::effect::{Editor, Effect};
use super::super::model::layer::Choice;
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, Stale};
use super::super::msg::{Answer, Consequences};
use super::{builder, copy, first, form, import, layers, log, outside, palette, templates, why};
use crate::domain::after;
use crate::domain::run::RunState;

pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>, answer: Answer) {
    match answer {
        Answer::Tasks(text, page) => {
            if text == model.filter && page.rows.iter().all(|row| row.order == model.order) {
                model.searching = None;
                model.tasks.take(page);
            }
        }
        Answer::Strips(strips) => model.strips = strips,
        Answer::Timeline(span, rows) => {
            model.timeline.span = Some(span);
            model.timeline.rows = rows;
        }
        Answer::Runs(task, page) => {
            if task == model.subject.filter(|_| !model.all_runs) {
                model.runs.take(page);
                if !model.run_chosen && !model.all_runs {
                    model.runs.first();
                }
                let finished = |run: &&crate::domain::run::Run| run.state == RunState::Finished;
                for run in model.runs.visible().0.iter().filter(finished) {
                    model.stop_asked.remove(&run.id);
                }
            }
        }
        Answer::Agenda(rows) => model.agenda.take(rows, model.list == Pane::Next),
        Answer::Overview(overview) => model.overview = Some(overview),
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
        Answer::Consequences(consequences) => {
            if model.layers.is_empty() {
                ask_to_delete(model, consequences);
            }
        }
        Answer::Merge(runs) => log::merged(model, &runs),
        Answer::Bookmarks(run, lines) => {
            if model.log.shown().is_some_and(|shown| shown.run == run) {
                model.log.set_bookmarks(lines);
            }
        }
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

fn ask_to_delete(model: &mut Model, consequences: Consequences) {
    let Consequences { task, slug, schedules, runs, live, downstream } = consequences;
    let mut lines = Vec::new();
    if !schedules.is_empty() {
        lines.push(format!("Its {} will not come due any more.", counted(schedules.len(), "schedule")));
    }
    if let Some(downstream) = after::bereaved(&downstream) {
        lines.push(format!("{downstream}."));
    }
    if live > 0 {
        let goes = if live == 1 { "goes" } else { "go" };
        lines.push(format!("{} of it {goes} on: stop it first if it should not.", counted(live, "run")));
    }
    if runs > 0 {
        let runs = if runs > 1000 { "more than 1000 runs".to_owned() } else { counted(runs, "run") };
        lines.push(format!("The history of {runs} is kept."));
    }
    lines.push("u brings it back.".to_owned());
    let choices = vec![('y', "delete", Choice::Delete(task, slug.clone())), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, format!("Delete {slug}?"), lines, choices);
}

/// `1 run`, `2 runs`.
pub(in crate::tui) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
