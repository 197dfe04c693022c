//! Marking: Space, `v`, `*`, and taking the marks away again.

use super::super::effect::{Effect, Query};
use super::super::model::marks::{MOST, Markable, Marks, Named, Wanted};
use super::super::model::toast::Level;
use super::super::model::window::Window;
use super::super::model::{Model, Pane};
use super::ask;

/// Said when something cannot be marked in a pane.
const NOT_HERE: &str = "only tasks and runs can be marked";

/// Marks the row under the cursor, or takes its mark away, and goes down one; a range becomes marks.
pub(super) fn mark(model: &mut Model, effects: &mut Vec<Effect>) {
    let marked = match model.focus {
        Pane::Tasks => step(&mut model.marks.tasks, &mut model.tasks),
        Pane::Runs => {
            model.run_chosen = true;
            step(&mut model.marks.runs, &mut model.runs)
        }
        Pane::Next | Pane::Main | Pane::Timeline => return model.tell(Level::Info, NOT_HERE),
    };
    match marked {
        Step::Marked => {}
        Step::Nothing => model.tell(Level::Info, "there is nothing here to mark"),
        Step::TooMany => too_many(model),
        Step::Beyond => ask_for(model, effects, false),
    }
}

enum Step {
    Marked,
    Nothing,
    TooMany,
    /// The range goes on beyond what is loaded.
    Beyond,
}

fn step<I: Markable>(marks: &mut Marks<I>, window: &mut Window<I>) -> Step {
    if marks.has_range() {
        return if marks.fold_range(window) { Step::Marked } else { Step::Beyond };
    }
    let Some(row) = window.selected() else { return Step::Nothing };
    if !marks.toggle(row) {
        return Step::TooMany;
    }
    window.move_by(1);
    Step::Marked
}

fn too_many(model: &mut Model) {
    model.tell(Level::Warn, format!("no more than {MOST} can be marked"));
}

/// Begins a range, or ends it without marking.
pub(super) fn range(model: &mut Model) {
    fn toggle<I: Markable>(marks: &mut Marks<I>, window: &Window<I>) {
        if !marks.end_range() {
            marks.begin_range(window);
        }
    }
    match model.focus {
        Pane::Tasks => toggle(&mut model.marks.tasks, &model.tasks),
        Pane::Runs => toggle(&mut model.marks.runs, &model.runs),
        Pane::Next | Pane::Main | Pane::Timeline => model.tell(Level::Info, NOT_HERE),
    }
}

/// Marks all that the list holds, loaded or not.
pub(super) fn all(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.focus, Pane::Tasks | Pane::Runs) {
        ask_for(model, effects, true);
    } else {
        model.tell(Level::Info, NOT_HERE);
    }
}

/// Asks the store who belongs to the range, or to the whole list.
fn ask_for(model: &mut Model, effects: &mut Vec<Effect>, whole: bool) {
    let wanted = if model.focus == Pane::Runs {
        let range = model.marks.runs.range(&model.runs).filter(|_| !whole);
        Wanted::Runs(model.subject.filter(|_| !model.all_runs), range.map(|(from, to)| (from.0, to.0)))
    } else {
        let range = model.marks.tasks.range(&model.tasks).filter(|_| !whole);
        Wanted::Tasks(model.filter.clone(), model.order, range)
    };
    ask(model, effects, Query::Names(wanted));
}

/// Marks what was found, when the list is still the one that was asked about.
pub(super) fn take(model: &mut Model, wanted: &Wanted, named: Named) {
    let subject = model.subject.filter(|_| !model.all_runs);
    let (whole, fits) = match (wanted, named) {
        (Wanted::Tasks(text, _, range), Named::Tasks(found)) if *text == model.filter => {
            model.marks.tasks.end_range();
            (range.is_none(), (found.len(), model.marks.tasks.add(found)))
        }
        (Wanted::Runs(task, range), Named::Runs(found)) if *task == subject => {
            model.marks.runs.end_range();
            (range.is_none(), (found.len(), model.marks.runs.add(found)))
        }
        _ => return,
    };
    match fits {
        (found, fits) if !fits || found > MOST => {
            model.tell(Level::Warn, format!("marked the first {MOST}: there are more"));
        }
        (0, _) => model.tell(Level::Info, "there is nothing to mark"),
        (found, _) if whole => model.tell(Level::Info, format!("{found} marked (Esc: none)")),
        _ => {}
    }
}

/// Esc: the range ends, or the marks of the pane go. False: there were none.
pub(super) fn back(model: &mut Model) -> bool {
    match model.focus {
        Pane::Tasks => model.marks.tasks.end_range() || model.marks.tasks.clear(),
        Pane::Runs => model.marks.runs.end_range() || model.marks.runs.clear(),
        Pane::Next | Pane::Main | Pane::Timeline => false,
    }
}
