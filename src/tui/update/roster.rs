//! The marked tasks in one text: opened, looked through when it is saved, asked about once, and done in batches (A6).

use std::fmt::Write as _;
use std::sync::Arc;

use super::super::action::Action;
use super::super::editor::check::{Finding, Severity};
use super::super::editor::doc::Doc;
use super::super::editor::keys::EditorAction;
use super::super::editor::message::Disk;
use super::super::editor::place::Pos;
use super::super::editor::vim::Vim;
use super::super::editor::{EditorRequest, Shown, roster, text};
use super::super::effect::{Effect, Query};
use super::super::model::bulk::{Target, counted};
use super::super::model::layer::{Choice, Then};
use super::super::model::roster::Tally;
use super::super::model::toast::{Level, Source};
use super::super::model::{Model, Pane, Tab};
use super::{ask, layers, navigate};
use crate::domain::TaskId;
use crate::domain::quantity::format_bytes;
use crate::domain::roster::Wrong;
use crate::store::roster::{Checked, Opened};

/// Refusals that are said one by one; of more the number is.
const SAID: usize = 100;

/// Looking through the lines of so many takes a moment.
const MANY: usize = 500;

/// Opens what is marked; or the text that waits.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>, targets: &[(Target, String)]) {
    if let Some(opened) = model.editor.roster.clone() {
        show(model, effects, &opened);
        let save = model.key_of(Action::Text(EditorAction::Save));
        return model.tell(Level::Info, format!("this text was not applied yet: {save} does, Esc leaves it"));
    }
    let tasks =
        targets.iter().filter_map(|(target, _)| if let Target::Task(task) = target { Some(*task) } else { None });
    model.editor.opening = true;
    ask(model, effects, Query::Roster(tasks.collect()));
}

/// The text is here.
pub(super) fn take(model: &mut Model, effects: &mut Vec<Effect>, opened: &Opened) {
    // Esc was faster, or something else was opened meanwhile.
    if !std::mem::take(&mut model.editor.opening) || !model.layers.is_empty() {
        return;
    }
    if opened.tasks == 0 {
        return model.tell(Level::Info, "they are gone: there is nothing to edit");
    }
    if opened.text.len() > text::MOST {
        let (tasks, size) = (counted(opened.tasks, "task"), format_bytes(opened.text.len() as u64));
        let most = format_bytes(text::MOST as u64);
        let text = format!(
            "{tasks} are {size} of text, and {most} can be edited here: `tempo edit --all FILTER` takes any number"
        );
        return model.tell(Level::Warn, text);
    }
    let disk = Disk { bytes: Ok(Some(opened.text.as_bytes().to_vec())), locked: None, draft: None };
    let mut doc = Doc::new(&roster::path(), disk);
    // Where there is something to change.
    let first = doc.buffer.lines().iter().position(|line| !line.starts_with('#')).unwrap_or_default();
    doc.buffer.go(Pos { row: first, col: 0 });
    model.editor.docs.insert(roster::path(), doc);
    model.editor.roster = Some(opened.clone());
    show(model, effects, opened);
}

fn show(model: &mut Model, effects: &mut Vec<Effect>, opened: &Opened) {
    let slug = counted(opened.tasks, "task");
    // No task has this number.
    let shown = Shown { task: TaskId(0), slug, files: vec![roster::path()], environment: None, note: None };
    model.editor.shown = Some(shown);
    model.editor.file = 0;
    model.editor.pattern = None;
    model.editor.changes = None;
    model.editor.prompt = None;
    if model.editor.asked.take().is_some() {
        effects.push(Effect::Editor(EditorRequest::Show(None)));
    }
    model.tab_before.get_or_insert((model.tab, model.stands_in));
    model.tab = Tab::Script;
    model.stands_in = false;
    navigate::focus(model, Pane::Main);
    model.editor.editing = true;
    model.editor.vim = Vim::default();
    model.editor.follows = true;
}

/// Has the text looked through.
pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let (Some(opened), Some(doc)) = (model.editor.roster.clone(), model.editor.docs.get_mut(&roster::path())) else {
        return;
    };
    doc.buffer.rest();
    let (bytes, revision) = (doc.bytes(), doc.buffer.revision());
    let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
    if opened.tasks > MANY {
        model.tell(Level::Info, format!("the lines of {} are looked through", counted(opened.tasks, "task")));
    }
    ask(model, effects, Query::RosterCheck(opened, text, revision));
}

/// It was looked through: what is wrong is shown in it, else it is asked whether to do it.
pub(super) fn checked(
    model: &mut Model,
    effects: &mut Vec<Effect>,
    revision: u64,
    result: Result<Checked, Vec<Wrong>>,
) {
    let leaves = std::mem::take(&mut model.editor.leaves);
    let Some(doc) = model.editor.docs.get_mut(&roster::path()) else { return };
    if doc.buffer.revision() != revision {
        // Somebody types on.
        return save(model, effects);
    }
    let checked = match result {
        Ok(checked) => checked,
        Err(wrong) => return point_at(model, &wrong),
    };
    doc.found(Vec::new());
    if checked.edits.is_empty() {
        if leaves {
            close(model, effects);
        }
        return model.tell(Level::Info, "nothing was changed");
    }
    if !model.layers.is_empty() {
        return;
    }
    let label = label(&checked);
    let mut lines = match checked.same {
        0 => Vec::new(),
        1 => vec!["1 task stays as it is.".to_owned()],
        same => vec![format!("{same} tasks stay as they are.")],
    };
    if checked.overtaken > 0 {
        lines.push(format!("{} changed or deleted by somebody else meanwhile: left out.", checked.overtaken));
    }
    lines.push(format!("One {} takes all of it back.", model.key_of(Action::Undo)));
    let choices = vec![('y', label.as_str(), Choice::Roster(checked.clone())), ('n', "Go on editing", Choice::Stay)];
    layers::open_dialog(model, format!("{label}?"), lines, choices);
}

/// `Change 3 tasks, delete 1`.
fn label(checked: &Checked) -> String {
    match (checked.changed, checked.trashed) {
        (0, 0) => "Change nothing".to_owned(),
        (changed, 0) => format!("Change {}", counted(changed, "task")),
        (0, trashed) => format!("Delete {}", counted(trashed, "task")),
        (changed, trashed) => format!("Change {}, delete {trashed}", counted(changed, "task")),
    }
}

/// Marks what is wrong, and goes to the first of it.
fn point_at(model: &mut Model, wrong: &[Wrong]) {
    let Some(first) = wrong.first() else { return };
    let finding = |wrong: &Wrong| {
        let Wrong { row, col, text } = wrong.clone();
        Finding { row, col, severity: Severity::Error, text }
    };
    if let Some(doc) = model.editor.docs.get_mut(&roster::path()) {
        doc.found(wrong.iter().map(finding).collect());
        doc.buffer.go(Pos { row: first.row, col: first.col });
        model.editor.follows = true;
    }
    let more = match wrong.len() {
        1 => String::new(),
        n => format!(" (+{} more)", n - 1),
    };
    model.tell(Level::Error, format!("nothing is changed: line {}: {}{more}", first.row + 1, first.text));
}

/// Does it.
pub(super) fn apply(model: &mut Model, effects: &mut Vec<Effect>, checked: &Checked) {
    if model.applying {
        return model.tell(Level::Warn, "another text is being applied; this one waits for it");
    }
    model.applying = true;
    effects.push(Effect::Roster(Some(Arc::clone(&checked.edits))));
    close(model, effects);
}

/// No more of it.
pub(super) fn cancel(effects: &mut Vec<Effect>) {
    effects.push(Effect::Roster(None));
}

/// Esc in the text: what is not applied is asked about.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.editor.docs.get(&roster::path()).is_some_and(Doc::is_modified) {
        return close(model, effects);
    }
    let lines = vec!["Nothing of it is done yet.".to_owned()];
    let choices = vec![
        ('a', "Apply", Choice::RosterThen(Then::Save)),
        ('x', "Throw it away", Choice::RosterThen(Then::Discard)),
        ('n', "Go on editing", Choice::Stay),
    ];
    layers::open_dialog(model, "The text was changed".to_owned(), lines, choices);
}

/// The keys went elsewhere: what was written waits, as far as anything was.
pub(super) fn lay_aside(model: &mut Model) {
    model.tab_before = None;
    model.editor.shown = None;
    if model.editor.docs.get(&roster::path()).is_some_and(Doc::is_modified) {
        let key = model.key_of(Action::Edit);
        return model
            .tell(Level::Warn, format!("what was written of the marked tasks is not applied: {key} goes on with it"));
    }
    model.editor.docs.remove(&roster::path());
    model.editor.roster = None;
}

/// An answer to that.
pub(super) fn then(model: &mut Model, effects: &mut Vec<Effect>, then: Then) {
    match then {
        Then::Save => save(model, effects),
        Then::Discard => close(model, effects),
    }
}

/// The text goes, and the list has the keys again.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    let editor = &mut model.editor;
    editor.docs.remove(&roster::path());
    editor.roster = None;
    editor.shown = None;
    (editor.editing, editor.marking, editor.leaves) = (false, false, false);
    editor.prompt = None;
    editor.changes = None;
    if editor.asked.take().is_some() {
        effects.push(Effect::Editor(EditorRequest::Show(None)));
    }
    if let Some(before) = model.tab_before.take() {
        (model.tab, model.stands_in) = before;
    }
    navigate::focus(model, Pane::Tasks);
}

/// What became of it: what was done is not marked any more, and what was not stays so.
pub(super) fn done(model: &mut Model, applied: &Tally) {
    model.applying = false;
    for task in &applied.done {
        model.marks.tasks.remove(*task);
    }
    for refused in applied.refused.iter().take(SAID) {
        let text = format!("{} was not changed: {}", refused.slug, refused.why);
        model.note(Level::Warn, text, Source::task(refused.task));
    }
    if applied.refused.len() > SAID {
        model.note(Level::Warn, format!("{} more were not changed", applied.refused.len() - SAID), Source::NONE);
    }
    let (level, text) = summary(model, applied);
    model.tell(level, text);
}

fn summary(model: &Model, applied: &Tally) -> (Level, String) {
    let Tally { changed, trashed, refused, left, failed, .. } = applied;
    let mut text = match (changed, trashed) {
        (changed, 0) => format!("changed {}", counted(*changed, "task")),
        (0, trashed) => format!("deleted {}", counted(*trashed, "task")),
        (changed, trashed) => format!("changed {}, deleted {trashed}", counted(*changed, "task")),
    };
    if changed + trashed > 0 {
        let _ = write!(text, " ({} takes all of it back)", model.key_of(Action::Undo));
    }
    if !refused.is_empty() {
        let stay = if refused.len() == 1 { "stays" } else { "stay" };
        let _ = write!(text, "; {} refused {stay} marked, {} says why", refused.len(), model.key_of(Action::Messages));
    }
    match (failed, left) {
        (Some(why), _) => (Level::Error, format!("{text}; then it ended: {why}")),
        (None, 0) if refused.is_empty() => (Level::Ok, text),
        (None, 0) => (Level::Warn, text),
        (None, left) => (Level::Warn, format!("{text}; cancelled, {left} not come to")),
    }
}
