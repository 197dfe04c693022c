//! The tab Script of the main pane, and the editor in it.

mod launch;

use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::editor::check::Severity;
use super::super::editor::description;
use super::super::editor::doc::Doc;
use super::super::editor::keys::EditorAction;
use super::super::editor::message::{Executed, Saving};
use super::super::editor::roster as tasks;
use super::super::editor::vim::Vim;
use super::super::editor::{Deed, EditorAnswer, EditorRequest, Question, Shown, Wish, environment, header, view};
use super::super::effect::Effect;
use super::super::model::layer::Choice;
use super::super::model::toast::{Level, Source};
use super::super::model::{Model, Pane, Tab};
use super::super::view::text::clock;
use super::{layers, palette, roster};
use crate::domain::TaskId;
use crate::domain::version::File;

/// The script of a task, to be edited as soon as it is here.
pub(super) fn edit(model: &mut Model, effects: &mut Vec<Effect>, task: TaskId) {
    model.tab = Tab::Script;
    super::navigate::focus(model, Pane::Main);
    model.editor.wanted = Some(task);
    if model.editor.shown.as_ref().is_some_and(|shown| shown.task == task) && model.editor.asked == Some(task) {
        begin(model, effects);
    }
}

/// A script that was just made, to be written.
pub(super) fn write(model: &mut Model, effects: &mut Vec<Effect>, task: TaskId) {
    model.editor.fresh = Some(task);
    edit(model, effects, task);
}

/// Opens what is shown for editing, or says why not.
fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    model.editor.wanted = None;
    model.editor.changes = None;
    // The environment is only looked at.
    if model.editor.shown.as_ref().is_some_and(|shown| model.editor.file >= shown.files.len()) {
        model.editor.file = 0;
    }
    let height = model.editor.size.0;
    let task = model.editor.shown.as_ref().map(|shown| shown.task);
    let fresh = model.editor.fresh.take_if(|fresh| Some(*fresh) == task).is_some();
    let Some(doc) = model.editor.doc_mut() else { return };
    if let Some(why) = &doc.locked {
        let why = why.clone();
        return model.tell(Level::Info, why);
    }
    // The cursor is where the person looks.
    let at = doc.buffer.cursor();
    if at.row < doc.top || at.row >= doc.top + height {
        let row = doc.top;
        doc.buffer.go(super::super::editor::place::Pos { row, col: 0 });
    }
    if fresh {
        let begin = header::behind(doc.buffer.lines(), doc.colours.language());
        doc.buffer.go(begin);
    }
    let (path, modified, draft) = (doc.path.clone(), doc.is_modified(), doc.draft.is_some());
    let bytes = (!modified).then(|| doc.bytes());
    model.editor.editing = true;
    model.editor.vim = Vim::default();
    effects.extend(bytes.map(|bytes| Effect::Editor(EditorRequest::Check { path: path.clone(), bytes })));
    if draft && !modified {
        return ask(model, Question::Draft);
    }
    // Nobody looks for what was not saved in a file that is not shown.
    let others =
        model.editor.shown.iter().flat_map(|shown| &shown.files).filter_map(|file| model.editor.docs.get(file));
    if let Some(waits) = others.filter(|doc| doc.path != path && doc.draft.is_some()).map(Doc::name).next() {
        model.tell(Level::Warn, format!("a draft of {waits} waits, which was not saved"));
    }
}

/// Asks about the file that is shown.
fn ask(model: &mut Model, question: Question) {
    let Some(doc) = model.editor.doc() else { return };
    let name = doc.name();
    let (title, lines, choices) = match question {
        Question::Draft => {
            let at = doc.draft.as_ref().map(|draft| clock(draft.at, model)).unwrap_or_default();
            (
                format!("A draft of {name}"),
                vec![format!("It was not saved: its text is of {at}."), "Nothing of it was ever executed.".to_owned()],
                vec![
                    ('r', "Restore", Choice::Script(Deed::Restore)),
                    ('x', "Discard", Choice::Script(Deed::Discard)),
                    ('d', "Diff", Choice::Script(Deed::Compare(question))),
                    ('l', "Later", Choice::Stay),
                ],
            )
        }
        Question::Conflict => (
            match description::task(&doc.path) {
                Some(_) => "The description was changed".to_owned(),
                None => format!("{name} was changed on disk"),
            },
            vec!["Somebody else has written it since it was read.".to_owned(), "Nothing is saved yet.".to_owned()],
            vec![
                ('m', "Keep mine", Choice::Script(Deed::Mine)),
                ('t', "Take theirs", Choice::Script(Deed::Theirs)),
                ('d', "Diff", Choice::Script(Deed::Compare(question))),
                ('e', "Go on editing", Choice::Stay),
            ],
        ),
    };
    layers::open_dialog(model, title, lines, choices);
}

/// An answer to such a question.
pub(super) fn choose(model: &mut Model, effects: &mut Vec<Effect>, deed: Deed) {
    match deed {
        Deed::Compare(question) => {
            model.editor.compare(question);
            return;
        }
        Deed::Mine => save_shown(model, effects, true),
        Deed::Theirs => {
            if let Some(doc) = model.editor.doc_mut()
                && let Some(theirs) = doc.theirs.clone()
            {
                doc.take(Some(&theirs));
                let path = doc.path.clone();
                effects.push(Effect::Editor(EditorRequest::Forget(path)));
                model.tell(Level::Ok, format!("the text is that of the disk; {} brings yours back", undo(model)));
            }
        }
        Deed::Restore => {
            if let Some(doc) = model.editor.doc_mut()
                && let Some(draft) = doc.draft.take()
            {
                doc.restore(&draft);
                model.tell(Level::Ok, format!("the draft is back, not saved; {} takes that back", undo(model)));
            }
        }
        Deed::Discard => {
            if let Some(doc) = model.editor.doc_mut()
                && doc.draft.take().is_some()
            {
                let path = doc.path.clone();
                effects.push(Effect::Editor(EditorRequest::Forget(path)));
                model.tell(Level::Info, "the draft is gone");
            }
        }
    }
    edited(model);
}

/// What is said of drafts that wait at the start.
fn waiting(model: &Model, files: &[PathBuf]) -> String {
    if let [only] = files
        && tasks::is(only)
    {
        let key = model.key_of(Action::Edit);
        return format!("a text of marked tasks waits: {key} on marked tasks offers it");
    }
    // The folder of a script is called as its task.
    let name = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = file.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy().into_owned());
        folder.map_or_else(|| name.clone(), |folder| format!("{folder}/{name}"))
    };
    let names = files.iter().take(3).map(name).collect::<Vec<_>>().join(", ");
    match files.len() {
        1 => format!("a draft waits that was not saved: {names}; editing offers it"),
        n => format!(
            "{n} drafts wait that were not saved: {names}{}; editing offers them",
            if n > 3 { ", ..." } else { "" }
        ),
    }
}

/// A file as messages call it: with its task, for most scripts have one name.
fn named(model: &Model, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shown = model.editor.shown.as_ref().filter(|shown| shown.files.iter().any(|file| file == path));
    shown.map_or_else(|| name.clone(), |shown| format!("{name} of {}", shown.slug))
}

fn undo(model: &Model) -> String {
    if model.editor.is_vim() { "u".to_owned() } else { model.key_of(Action::Text(EditorAction::Undo)) }
}

/// A key in the editor.
pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let row = model.keymap.find(Scope::Editor, name).map(|row| row.action);
    let action = match row {
        Some(Action::Text(_)) if model.editor.prompt.is_some() => None,
        Some(Action::Text(action)) => match model.reason(Action::Text(action)) {
            Some(why) => return model.tell(Level::Info, why),
            None => Some(action),
        },
        // What is not about the text is the dashboard's: the editor outside, the help.
        Some(other) if model.editor.prompt.is_none() || other == Action::Help => {
            return super::keys::act(model, effects, other);
        }
        _ => None,
    };
    let wishes = model.editor.key(key, name, action);
    grant(model, effects, wishes);
    edited(model);
}

/// An action of the table, from a key, the help or the palette.
pub(super) fn act(model: &mut Model, effects: &mut Vec<Effect>, action: EditorAction) {
    let wishes = model.editor.act(action);
    grant(model, effects, wishes);
    edited(model);
}

/// Text that was pasted. False when nothing here takes it.
pub(super) fn paste(model: &mut Model, text: &str) -> bool {
    if model.scope() != Scope::Editor {
        return false;
    }
    model.editor.paste(text);
    edited(model);
    true
}

fn edited(model: &mut Model) {
    let now = model.now.since;
    model.editor.follows = true;
    if let Some(doc) = model.editor.doc_mut() {
        doc.edited(now);
    }
}

/// Does what a key wants beyond the text.
fn grant(model: &mut Model, effects: &mut Vec<Effect>, wishes: Vec<Wish>) {
    for wish in wishes {
        match wish {
            Wish::Save => save_shown(model, effects, false),
            Wish::Run => launch::begin(model, effects),
            Wish::SaveAndLeave => {
                if model.editor.doc().is_some_and(Doc::is_modified) {
                    model.editor.leaves = true;
                    save_shown(model, effects, false);
                } else if model.editor.shows_roster() {
                    roster::close(model, effects);
                } else {
                    leave(model, effects);
                }
            }
            Wish::Leave if model.editor.shows_roster() => roster::leave(model, effects),
            Wish::Leave => leave(model, effects),
            Wish::Abandon if model.editor.shows_roster() => roster::close(model, effects),
            Wish::Abandon => {
                if let Some(path) = model.editor.doc().map(|doc| doc.path.clone()) {
                    // It is read anew.
                    model.editor.docs.remove(&path);
                    model.editor.asked = None;
                    effects.push(Effect::Editor(EditorRequest::Forget(path)));
                    effects.push(Effect::Editor(EditorRequest::Show(None)));
                }
                model.editor.editing = false;
            }
            Wish::Copy(text, what) => effects.push(Effect::Copy { text, what }),
            Wish::Tell(text) => model.tell(Level::Info, text),
            Wish::Warn(text) => model.tell(Level::Warn, text),
            Wish::Palette => palette::open(model),
        }
    }
}

/// Out of the text, which stays as a draft when it is not saved.
fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    model.editor.editing = false;
    model.editor.marking = false;
    model.editor.leaves = false;
    let kept = model.editor.drafts(|_| true);
    effects.extend(kept.into_iter().map(Effect::Editor));
    if model.editor.shows_roster() {
        return roster::lay_aside(model);
    }
    if let Some(doc) = model.editor.doc().filter(|doc| doc.is_modified()) {
        let text = format!("{} is not saved: its text is kept as a draft", doc.name());
        model.tell(Level::Warn, text);
    }
}

/// Writes the file that is shown; with `over` also when it is another one on the disk by now.
fn save_shown(model: &mut Model, effects: &mut Vec<Effect>, over: bool) {
    if model.editor.shows_roster() {
        return roster::save(model, effects);
    }
    if let Some(why) = model.editor.doc().and_then(|doc| doc.locked.clone()) {
        return model.tell(Level::Warn, why);
    }
    save(model, effects, model.editor.file, over);
}

/// Writes one of the files of the task that is shown.
fn save(model: &mut Model, effects: &mut Vec<Effect>, at: usize, over: bool) {
    let Some(shown) = &model.editor.shown else { return };
    let task = (shown.task, shown.slug.clone());
    let kind = if at == 0 { File::Script } else { File::Requirements };
    let Some(doc) = shown.files.get(at).and_then(|path| model.editor.docs.get_mut(path)) else { return };
    doc.buffer.rest();
    let (path, bytes, revision) = (doc.path.clone(), doc.bytes(), doc.buffer.revision());
    let over = (!over).then_some(doc.disk);
    effects.push(Effect::Editor(EditorRequest::Save(Saving { task, file: kind, path, bytes, revision, over })));
}

/// An answer of the worker.
pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>, answer: EditorAnswer) {
    match answer {
        EditorAnswer::Shown(task, slug, executed) => shown(model, effects, task, slug, executed),
        EditorAnswer::Saved { path, revision, hash, version } => {
            let runs = launch::saved(model, &path, hash, version);
            let Some(doc) = model.editor.docs.get_mut(&path) else { return };
            doc.saved(revision, hash);
            doc.draft = None;
            doc.told = (!runs).then_some(hash);
            if !runs {
                let text = match description::task(&path) {
                    Some(_) => format!("the description is saved ({})", super::done::undoes(model)),
                    None => format!("{} is saved: the next run executes it", named(model, &path)),
                };
                model.tell(Level::Ok, text);
            }
            if std::mem::take(&mut model.editor.leaves) {
                leave(model, effects);
            }
            edited(model);
        }
        EditorAnswer::Conflict(path, theirs) => {
            model.editor.leaves = false;
            launch::give_up(model, &path);
            let Some(doc) = model.editor.docs.get_mut(&path) else { return };
            doc.theirs = Some(theirs.unwrap_or_default());
            if model.editor.doc().is_some_and(|doc| doc.path == path) {
                ask(model, Question::Conflict);
            }
        }
        EditorAnswer::Unsaved(path, why) => {
            model.editor.leaves = false;
            launch::give_up(model, &path);
            model.tell(Level::Error, format!("{} is not saved: {why}", path.display()));
        }
        EditorAnswer::OldLock(path, slug) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = format!("{name} is saved, but its lock is older and is installed: `tempo env {slug} lock`");
            model.tell(Level::Warn, text);
        }
        EditorAnswer::Unnoted(path, why) => {
            model.tell(Level::Warn, format!("{} is saved, but there is no version of it: {why}", path.display()));
        }
        EditorAnswer::Drafted(path, revision, Err(why)) => {
            if let Some(doc) = model.editor.docs.get_mut(&path)
                && doc.drafted == revision
            {
                // The next key tries again.
                doc.drafted = 0;
            }
            model.tell(Level::Error, format!("no draft is kept: {why}"));
        }
        EditorAnswer::Drafted(_, _, Ok(())) => {}
        EditorAnswer::Waiting(files) => {
            let text = waiting(model, &files);
            model.tell(Level::Warn, text);
        }
        EditorAnswer::Checked { path, hash, found, unknown } => {
            launch::checked(model, effects, &path, hash, &found);
            let Some(doc) = model.editor.docs.get_mut(&path).filter(|doc| doc.disk == Some(hash)) else { return };
            let told = doc.told.take_if(|told| *told == hash).is_some();
            doc.found(found);
            let wrong = doc.first_finding().filter(|(finding, _)| told && finding.severity == Severity::Error);
            if let Some(what) = wrong.map(|(finding, _)| format!("line {}: {}", finding.row + 1, finding.text)) {
                // It takes the place of what was said without knowing that.
                model.messages.dismiss(model.messages.end());
                let text = format!("{} is saved, but {what}", named(model, &path));
                model.tell(Level::Warn, text);
            }
            if let Some(why) = unknown {
                model.note(Level::Info, format!("not checked: {why}"), Source::NONE);
            }
        }
    }
}

fn shown(model: &mut Model, effects: &mut Vec<Effect>, task: TaskId, slug: String, executed: Executed) {
    if model.editor.asked != Some(task) {
        return;
    }
    let again = model.editor.shown.as_ref().is_some_and(|shown| shown.task == task);
    let mut shown = Shown { task, slug, files: Vec::new(), environment: None, note: None };
    let note = |text: &str, why: &str| Some(Box::new(Doc::note(text, "command.sh".as_ref(), why.to_owned())));
    match executed {
        Executed::Files(files, environment) => {
            shown.environment = environment.map(|text| looked_at(model, &text));
            for (path, disk) in files {
                shown.files.push(path.clone());
                let Some(doc) = model.editor.docs.get_mut(&path) else {
                    model.editor.docs.insert(path.clone(), Doc::new(&path, disk));
                    continue;
                };
                if !doc.is_modified() && !model.editor.editing {
                    doc.draft.clone_from(&disk.draft);
                }
                let (modified, name) = (doc.is_modified(), doc.name());
                if doc.reread(disk) {
                    let text = if modified {
                        format!("{name} was changed on disk, and is not saved here: saving asks")
                    } else {
                        format!("{name} was changed on disk and read again")
                    };
                    if again {
                        model.tell(if modified { Level::Warn } else { Level::Info }, text);
                    }
                }
            }
        }
        Executed::Command(command) => {
            let key = model.key_of(Action::EditTask);
            shown.note = note(&command, &format!("a command for the shell: {key} edits it in the form"));
        }
        Executed::Gone => shown.note = note("", "the task is gone"),
        Executed::Unknown(why) => shown.note = note("", &why),
    }
    if !again {
        model.editor.file = 0;
        model.editor.pattern = None;
    }
    model.editor.file = model.editor.file.min(shown.names().len().saturating_sub(1));
    model.editor.shown = Some(shown);
    model.editor.forget_others();
    if model.editor.wanted == Some(task) {
        begin(model, effects);
    }
}

/// The environment as a text; where the person is in it stays.
fn looked_at(model: &Model, text: &str) -> Box<Doc> {
    let mut doc = Doc::note(text, environment::NAME.as_ref(), "only to look at".to_owned());
    let before = model.editor.shown.as_ref().and_then(|shown| shown.environment.as_deref());
    if let Some(before) = before {
        (doc.top, doc.left) = (before.top.min(doc.buffer.lines().len() - 1), before.left);
        doc.buffer.go(before.buffer.cursor());
    }
    Box::new(doc)
}

/// Something is due: a draft, or more colours.
pub(super) fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.since;
    let due = model.editor.drafts(|doc| doc.draft_at.is_some_and(|at| at <= now));
    effects.extend(due.into_iter().map(Effect::Editor));
}

/// The store has changed: perhaps the task executes something else now.
pub(super) fn look_again(model: &Model, effects: &mut Vec<Effect>) {
    if model.editor.asked.is_some() {
        effects.push(Effect::Editor(EditorRequest::Show(model.editor.asked)));
    }
}

/// Asks for the files of the task that is selected, and brings what is shown of them into the room that there is.
pub(super) fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    let area = model.layout().and_then(|layout| layout.inside(Pane::Main)).filter(|_| model.tab == Tab::Script);
    if model.editor.editing && (model.focus != Pane::Main || area.is_none()) {
        leave(model, effects);
        model.editor.prompt = None;
    }
    settle_drafts(model, effects);
    let Some(area) = area else {
        if model.editor.asked.take().is_some() {
            effects.push(Effect::Editor(EditorRequest::Show(None)));
        }
        model.editor.behind = false;
        return;
    };
    if !model.editor.editing && model.editor.asked != model.subject {
        model.editor.asked = model.subject;
        model.editor.prompt = None;
        model.editor.changes = None;
        if model.subject.is_none() {
            model.editor.shown = None;
        }
        effects.push(Effect::Editor(EditorRequest::Show(model.subject)));
    }
    let places = view::places(&model.editor, area, view::is_clean(model));
    let (height, width) = (usize::from(places.text.height), usize::from(places.text.width));
    model.editor.size = (height, width);
    let follows = std::mem::take(&mut model.editor.follows);
    let follows = follows || model.editor.editing;
    model.editor.behind = model.editor.doc_mut().is_some_and(|doc| doc.fit(height, width, follows));
}

/// A draft of what is on the disk again is none; and nothing is typed over a draft that the person has not decided about, for it
/// would be lost with the next one.
fn settle_drafts(model: &mut Model, effects: &mut Vec<Effect>) {
    for doc in model.editor.docs.values_mut() {
        if doc.drafted != 0 && !doc.is_modified() && doc.draft.is_none() {
            doc.drafted = 0;
            effects.push(Effect::Editor(EditorRequest::Forget(doc.path.clone())));
        }
    }
    let asked = !model.layers.is_empty() || model.editor.changes.is_some();
    if model.editor.editing && !asked && model.editor.doc().is_some_and(|doc| doc.draft.is_some()) {
        model.editor.editing = false;
        let key = model.key_of(Action::EditScript);
        model.tell(Level::Info, format!("the draft waits; {key} asks again"));
    }
}

/// Moves the text, or the differences, without the cursor.
pub(super) fn scroll(model: &mut Model, by: isize) {
    let height = model.editor.size.0;
    if let Some(changes) = &mut model.editor.changes {
        changes.top = changes.top.saturating_add_signed(by).min(changes.rows.len().saturating_sub(height));
    } else if let Some(doc) = model.editor.doc_mut() {
        let most = doc.buffer.lines().len().saturating_sub(height);
        doc.top = doc.top.saturating_add_signed(by).min(most);
    }
}

/// Moves the text sideways.
pub(super) fn sideways(model: &mut Model, right: bool) {
    let step = model.editor.size.1 / 2;
    if let Some(doc) = model.editor.doc_mut() {
        doc.left = if right { doc.left + step } else { doc.left.saturating_sub(step) };
    }
}

/// Esc where the text is only looked at: the differences back to their question, then the search. False when there is neither.
pub(super) fn back(model: &mut Model) -> bool {
    if let Some(changes) = model.editor.changes.take() {
        ask(model, changes.question);
        return true;
    }
    model.tab == Tab::Script && model.focus == Pane::Main && model.editor.end_search()
}
