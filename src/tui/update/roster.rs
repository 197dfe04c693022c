//! The marked tasks in one text: opened, looked through when it is saved, asked about once, and done in batches (A6).

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::action::Action;
use super::super::editor::check::{Finding, Severity};
use super::super::editor::doc::Doc;
use super::super::editor::keys::EditorAction;
use super::super::editor::message::{Disk, Draft};
use super::super::editor::place::Pos;
use super::super::editor::roster::Kept;
use super::super::editor::vim::Vim;
use super::super::editor::{EditorRequest, Shown, roster, text};
use super::super::effect::{Effect, Query};
use super::super::model::bulk::{Target, counted};
use super::super::model::layer::{Choice, Then};
use super::super::model::roster::{Before, BrokenOff, Tally, Wanted};
use super::super::model::toast::{Level, Source};
use super::super::model::{Model, Pane, Tab};
use super::super::view::text::{clock, wrap};
use super::{ask, layers, navigate};
use crate::domain::TaskId;
use crate::domain::quantity::format_bytes;
use crate::domain::roster::Wrong;
use crate::store::roster::{Checked, Opened};

/// Refusals that are said one by one; of more the number is.
const SAID: usize = 100;

/// Columns of a line that are not its text: its number, and what says that it is a remark.
const GUTTER: u16 = 8;

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
    ask(model, effects, Query::Roster(tasks.collect(), model.order));
}

/// The text is here, and what was written before and not applied, if anything was.
pub(super) fn take(model: &mut Model, effects: &mut Vec<Effect>, opened: Opened, kept: Option<Kept>) {
    // Esc was faster, or something else was opened meanwhile.
    if !std::mem::take(&mut model.editor.opening) || !model.layers.is_empty() {
        return;
    }
    // What is being applied waits for nothing.
    match kept.filter(|_| !model.applying) {
        Some(kept) => offer(model, kept, opened),
        None => begin(model, effects, &opened),
    }
}

/// Asks what becomes of a text of before, instead of which another one is wanted now.
fn offer(model: &mut Model, kept: Kept, opened: Opened) {
    let title = format!("A text of {} waits", counted(kept.opened.tasks, "task"));
    let lines = vec![
        "It was written before, and not applied, or not to its end.".to_owned(),
        "Applying it does what is not done yet.".to_owned(),
    ];
    let choices = vec![
        ('g', "Go on with it", Choice::RosterKept(kept)),
        ('x', "Throw it away", Choice::RosterAnew(opened)),
        ('l', "Later", Choice::Stay),
    ];
    layers::open_dialog(model, title, lines, choices);
}

/// Goes on with a text of before.
pub(super) fn restore(model: &mut Model, effects: &mut Vec<Effect>, kept: &Kept) {
    let mut doc = doc(model, &kept.opened);
    doc.restore(&Draft { bytes: kept.text.as_bytes().to_vec(), at: model.now.at });
    go_to_first(&mut doc);
    model.editor.docs.insert(roster::path(), doc);
    model.editor.roster = Some(kept.opened.clone());
    show(model, effects, &kept.opened);
}

/// Opens a text in the place of one that is thrown away.
pub(super) fn anew(model: &mut Model, effects: &mut Vec<Effect>, opened: &Opened) {
    effects.push(Effect::Editor(EditorRequest::Forget(roster::path())));
    begin(model, effects, opened);
}

fn begin(model: &mut Model, effects: &mut Vec<Effect>, opened: &Opened) {
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
    let mut doc = doc(model, opened);
    go_to_first(&mut doc);
    model.editor.docs.insert(roster::path(), doc);
    model.editor.roster = Some(opened.clone());
    show(model, effects, opened);
}

/// The text as a file of the editor: what stands above its lines is broken where the screen ends.
fn doc(model: &Model, opened: &Opened) -> Doc {
    let columns = usize::from(model.size.width.saturating_sub(GUTTER));
    let mut text = String::new();
    for line in opened.text.split_inclusive('\n') {
        match line.strip_prefix("# ") {
            Some(said) => text.extend(wrap(said.trim_end(), columns).iter().flat_map(|part| ["# ", part, "\n"])),
            None => text += line,
        }
    }
    let disk = Disk { bytes: Ok(Some(text.into_bytes())), locked: None, draft: None };
    Doc::new(&roster::path(), disk)
}

/// To the first line in which there is something to change.
fn go_to_first(doc: &mut Doc) {
    let first = doc.buffer.lines().iter().position(|line| !line.starts_with('#')).unwrap_or_default();
    doc.buffer.go(Pos { row: first, col: 0 });
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
    let before = Before { tab: model.tab, stands_in: model.stands_in, zoom: model.zoom };
    model.before_roster.get_or_insert(before);
    // Its lines are long.
    model.zoom = true;
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
    let (text, revision) = (doc.text(), doc.buffer.revision());
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
    let (Some(opened), Some(doc)) = (model.editor.roster.clone(), model.editor.docs.get(&roster::path())) else {
        return;
    };
    let kept = Kept { opened, text: doc.text() };
    model.applying = true;
    effects.push(Effect::Roster(Wanted { edits: Arc::clone(&checked.edits), kept }));
    // Who stays as he is has come to his end here.
    let wished: HashSet<TaskId> = checked.edits.iter().map(|edit| edit.task).collect();
    model.marks.tasks.retain(|task| wished.contains(&task));
    lay_down(model, effects);
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
    if let Some(before) = model.before_roster.take() {
        model.zoom = before.zoom;
    }
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

/// The text goes for good, and the list has the keys again.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Editor(EditorRequest::Forget(roster::path())));
    lay_down(model, effects);
}

/// The list has the keys again.
fn lay_down(model: &mut Model, effects: &mut Vec<Effect>) {
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
    if let Some(before) = model.before_roster.take() {
        (model.tab, model.stands_in, model.zoom) = (before.tab, before.stands_in, before.zoom);
    }
    navigate::focus(model, Pane::Tasks);
}

/// What became of it: what was done is not marked any more, and what was not stays so.
pub(super) fn done(model: &mut Model, effects: &mut Vec<Effect>, applied: &Tally) {
    model.applying = false;
    if model.editor.roster.is_none() {
        // It was the draft of this one.
        effects.push(Effect::Editor(EditorRequest::Forget(roster::path())));
    }
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

/// One of before that ended with its process.
pub(super) fn broken_off(model: &mut Model, found: &BrokenOff) {
    let (undo, edit) = (model.key_of(Action::Undo), model.key_of(Action::Edit));
    let began = format!("a bulk edit of {} was broken off", clock(found.at, model));
    let text = match found.tasks {
        Some((done, 0)) => {
            format!("{began} at its end: {} done, all of them; {undo} takes it back", counted(done, "task"))
        }
        Some((0, left)) => {
            let left = counted(left, "task");
            format!("{began} before its first of {left}; {edit} on marked tasks offers its text again")
        }
        Some((done, left)) => format!(
            "{began}: {} done, {left} not; {undo} takes back what is done, {edit} on marked tasks offers the rest",
            counted(done, "task")
        ),
        None => format!("{began}; {undo} takes back what is done of it, {edit} on marked tasks offers its text again"),
    };
    model.tell(Level::Warn, text);
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
