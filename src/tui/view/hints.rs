//! The last line: the keys that matter in this pane, the filter prompt, and at the right what was just said.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::text::{clean, column, fit, print, width};
use super::{Look, form};
use crate::domain::filter::{Filter, completion};
use crate::tui::action::{Action, Scope};
use crate::tui::editor::keys::EditorAction;
use crate::tui::keymap::Row;
use crate::tui::layout::Layout;
use crate::tui::model::layer::{Layer, LogPrompt, Prompt, Purpose, Suggested, TodoPrompt};
use crate::tui::model::toast::Level;
use crate::tui::model::{Model, edit};
use crate::tui::theme::Token;

/// What a person who knows vim looks for.
const VIM: [(&str, &str); 5] = [(":w", "save"), (":q", "leave"), ("i", "type"), ("/", "search"), ("u", "undo")];

/// The hint line; returns the cursor when a prompt is on it.
pub(super) fn draw(model: &Model, look: Look, layout: &Layout, buf: &mut Buffer) -> Option<Position> {
    let prompt = model.layers.iter().rev().find_map(|layer| match layer {
        Layer::Prompt(prompt) => Some(prompt),
        _ => None,
    });
    if layout.hint_covers && prompt.is_none() && model.messages.current().is_none() && model.layers.is_empty() {
        return None;
    }
    for x in layout.hint.left()..layout.hint.right() {
        buf[(x, layout.hint.y)].reset();
    }
    if let (Some(prompt), Some(Layer::Prompt(_))) = (prompt, model.layers.last()) {
        let cursor = ask(model, look, prompt, layout.hint, buf);
        // What is typed has its line for itself.
        toast(model, look, Rect { y: layout.hint.y.saturating_sub(1), ..layout.hint }, buf);
        return Some(cursor);
    }
    let left = toast(model, look, layout.hint, buf);
    keys(model, look, left, layout.header.is_none(), buf);
    None
}

/// What was just said, at the right; returns the room that is left.
fn toast(model: &Model, look: Look, area: Rect, buf: &mut Buffer) -> Rect {
    let Some((message, hidden)) = model.messages.current() else { return progress(model, look, area, buf) };
    let token = match message.level {
        Level::Info => Token::ToastInfo,
        Level::Ok => Token::ToastOk,
        Level::Warn => Token::ToastWarn,
        Level::Error => Token::ToastError,
    };
    let room = usize::from(area.width);
    let text = clean(&message.text);
    // Where they are is worth less than what this one says.
    let whole = format!(" (and {hidden} more, see {} Messages)", model.key_of(Action::Messages));
    let brief = format!(" (and {hidden} more)");
    let fits = |more: &str| width(&text) + width(more) + 2 <= room;
    let more = match hidden {
        0 => String::new(),
        // Their key is a letter, which in a text is one.
        _ if fits(&whole) && model.key_scope() != Some(Scope::Editor) => whole,
        _ if fits(&brief) => brief,
        _ => format!(" (+{hidden})"),
    };
    let text = format!(" {text}{more} ");
    let text = fit(&text, room, look);
    let columns = width(&text) as u16;
    print(buf, area.right() - columns, area.y, text, look.style(token));
    Rect { width: area.width - columns, ..area }
}

/// How far a large bulk is.
fn progress(model: &Model, look: Look, area: Rect, buf: &mut Buffer) -> Rect {
    let Some((done, of)) = model.progress else { return area };
    let end = if model.can_end_bulk() { format!("; {} ends it", model.key_of(Action::EndBulk)) } else { String::new() };
    let text = fit(&format!(" {done} of {of} done{end} "), usize::from(area.width), look);
    let columns = width(&text) as u16;
    print(buf, area.right() - columns, area.y, text, look.style(Token::ToastInfo));
    Rect { width: area.width - columns, ..area }
}

/// The keys of the scope, each with its word, as many as fit whole.
fn keys(model: &Model, look: Look, area: Rect, with_help: bool, buf: &mut Buffer) {
    // What can follow a chord is above.
    let Some(scope) = model.key_scope().filter(|_| !matches!(model.layers.last(), Some(Layer::Chord(_)))) else {
        return;
    };
    if let Some(prompt) = model.editor.prompt.as_ref().filter(|_| scope == Scope::Editor) {
        let help = model.key_in(Scope::Editor, Action::Help);
        let word = if prompt.replaces() { "keys, and what $1 is" } else { "keys" };
        let mut x = 1;
        for (key, word) in prompt.keys().into_iter().chain([(help.as_str(), word)]) {
            let columns = width(key) + 1 + width(word) + 2;
            if x + columns <= usize::from(area.width) + 2 {
                print(buf, area.x + x as u16, area.y, key, look.style(Token::HintKey));
                print(buf, area.x + (x + width(key) + 1) as u16, area.y, word, look.style(Token::HintText));
                x += columns;
            }
        }
        return;
    }
    let rows = model.keymap.within(scope);
    // What leads to everything else is always there, at the end: the palette, and the help unless the header has it (UX 51).
    let last = |row: &&Row| row.action == Action::Palette || (row.action == Action::Help && with_help);
    let last: Vec<&Row> =
        rows.iter().filter(last).filter(|row| model.layers.is_empty() && !row.keys.is_empty()).collect();
    let columns = |row: &Row| width(row.key()) + 1 + width(row.hint) + 2;
    let reserved: usize = last.iter().map(|row| columns(row)).sum();
    let room = usize::from(area.width).saturating_sub(reserved);
    // Once there is nothing more to create no key creates it.
    let over = matches!(model.layers.last(), Some(Layer::Import(import)) if !import.has_new());
    let others_of = |row: &Row| Scope::PANES.contains(&scope) && model.is_of_other_kind(row.action);
    let elsewhere = |row: &Row| {
        [Action::Palette, Action::Help].contains(&row.action)
            || (over && row.action == Action::Accept)
            || others_of(row)
    };
    // A way to a problem is told while there is one.
    let idle = |row: &Row| {
        row.action == Action::Text(EditorAction::NextFinding)
            && model.editor.doc().is_none_or(|doc| doc.findings.is_empty())
    };
    // A description is nothing to run, and where there is one file there is no next one.
    let useless = |row: &Row| scope == Scope::Editor && model.reason(row.action).is_some();
    // What is there needs no template, and a to-do is not run by a schedule.
    let unfit = |row: &Row| match (model.layers.last(), row.action) {
        (Some(Layer::Form(form)), Action::Templates) => form.task.is_some(),
        (Some(Layer::Form(form)), Action::Schedule) => form.is_of_todo(),
        _ => false,
    };
    let hidden = |row: &Row| elsewhere(row) || idle(row) || useless(row) || unfit(row);
    let others = |row: &&Row| !(row.hint.is_empty() || row.keys.is_empty() || hidden(row));
    let mut x = 1;
    // The keys of vim are its own; of the table only those that lead elsewhere are told beside them.
    let vim = scope == Scope::Editor && model.editor.is_vim();
    for (key, word) in VIM.iter().filter(|_| vim) {
        let columns = width(key) + 1 + width(word) + 2;
        if x + columns <= room + 1 {
            print(buf, area.x + x as u16, area.y, key, look.style(Token::HintKey));
            print(buf, area.x + (x + width(key) + 1) as u16, area.y, word, look.style(Token::HintText));
            x += columns;
        }
    }
    let beside_vim = |row: &Row| matches!(row.action, Action::Text(EditorAction::Run | EditorAction::NextFinding));
    for row in rows.iter().filter(others).filter(|row| !vim || beside_vim(row)) {
        if x + columns(row) > room + 1 {
            break;
        }
        hint(model, look, area.x + x as u16, area.y, row, buf);
        x += columns(row);
    }
    for row in last {
        if x + columns(row) <= usize::from(area.width) + 2 {
            hint(model, look, area.x + x as u16, area.y, row, buf);
            x += columns(row);
        }
    }
}

/// A key and its word; both dim when it would do nothing now.
fn hint(model: &Model, look: Look, x: u16, y: u16, row: &Row, buf: &mut Buffer) {
    let (key, word) = match model.reason(row.action) {
        None => (Token::HintKey, Token::HintText),
        Some(_) => (Token::HintDisabled, Token::HintDisabled),
    };
    print(buf, x, y, row.key(), look.style(key));
    print(buf, x + width(row.key()) as u16 + 1, y, row.hint, look.style(word));
}

/// What a prompt for to-dos asks for.
fn of_todo(prompt: &TodoPrompt) -> String {
    let of = |targets: &[(_, String)]| match targets {
        [(_, slug)] => clean(slug),
        all => format!("{} tasks", all.len()),
    };
    match prompt {
        TodoPrompt::New => "to do: ".to_owned(),
        TodoPrompt::Note(targets, None) => format!("note for {}: ", of(targets)),
        TodoPrompt::Note(targets, Some(run)) => format!("note for {} with the output of #{run}: ", of(targets)),
        TodoPrompt::Progress(targets) => format!("progress of {} (40, +10): ", of(targets)),
        TodoPrompt::Due(targets) => format!("{} due (fri 18:00, +2h, nothing): ", of(targets)),
    }
}

/// What is understood of what is typed, or what is wrong with it, on the line above.
fn check(look: Look, area: Rect, understood: Option<Result<String, String>>, buf: &mut Buffer) {
    let (Some(understood), Some(y)) = (understood, area.y.checked_sub(1)) else { return };
    let (text, token) = match understood {
        Ok(text) => (text, Token::CronOk),
        Err(text) => (clean(&text), Token::PromptError),
    };
    for x in 0..buf.area.width {
        buf[(x, y)].reset();
    }
    let room = usize::from(buf.area.width).saturating_sub(2);
    print(buf, 1, y, fit(&text, room, look), look.style(token));
}

/// What is wrong with a filter; of one that is right, how its last word could go on.
fn unfinished(prompt: &Prompt, suggested: &Suggested) -> Option<String> {
    let text = edit::text(&prompt.text);
    let problem = Filter::parse(&text).err().map(|e| e.problem);
    let words = completion(&text, prompt.text.cursor().1);
    let is_whole = words.typed.is_empty() && words.stored.is_none();
    let found = suggested.found.iter().filter(|_| words.stored.is_some());
    let offers: Vec<String> =
        found.chain(&words.candidates).filter(|one| **one != words.typed).take(OFFERS).map(|one| clean(one)).collect();
    match problem {
        _ if !offers.is_empty() && !is_whole => Some(format!("Tab: {}", offers.join(" "))),
        problem => problem,
    }
}

/// In fewer columns nothing is said of a filter beside it.
const LEAST: usize = 12;

/// So many ways to go on are shown.
const OFFERS: usize = 6;

/// A prompt, and at the right what is wrong with the pattern.
fn ask(model: &Model, look: Look, prompt: &Prompt, area: Rect, buf: &mut Buffer) -> Position {
    let several = |targets: &[(_, String)]| match targets {
        [(_, slug)] => format!("tags of {}: ", clean(slug)),
        all => format!("tags of {} tasks, +tag -tag: ", all.len()),
    };
    let wrong = || model.log.prompt_problem.clone();
    let (label, problem) = match &prompt.purpose {
        Purpose::Filter(_, suggested) => ("filter tasks: ".to_owned(), unfinished(prompt, suggested)),
        Purpose::SaveView => ("keep the filter as the view: ".to_owned(), None),
        Purpose::Search => ("search the log: ".to_owned(), model.log.search_problem().map(str::to_owned)),
        Purpose::Log(LogPrompt::Filter) => {
            ("show only lines with (! without): ".to_owned(), model.log.filter_problem().map(str::to_owned))
        }
        Purpose::Log(LogPrompt::Time) => ("go to (14:12, +90s, -5m): ".to_owned(), wrong()),
        Purpose::Log(LogPrompt::Save) => ("save to (raw FILE: as printed): ".to_owned(), wrong()),
        Purpose::Log(LogPrompt::Alert) => ("ring when this appears: ".to_owned(), wrong()),
        Purpose::Todo(todo) => {
            let text = prompt.text.lines().first().map_or("", String::as_str);
            // What was just said of it says more.
            if model.messages.current().is_none() {
                check(look, area, model.understood(todo, text), buf);
            }
            (of_todo(todo), None)
        }
        Purpose::Tags(targets, found, _) if found.is_empty() => (several(targets), None),
        Purpose::Tags(targets, found, _) => (several(targets), Some(format!("Tab: {}", clean(&found.join(" "))))),
    };
    let label = fit(&label, usize::from(area.width) / 2, look);
    let mut area = area;
    // It was said already, or there is no room for it beside what is typed: then Enter says it.
    let is_said = |problem: &str| model.messages.current().is_some_and(|(note, _)| note.text == problem);
    let typed = prompt.text.lines().first().map_or(0, |line| width(line));
    let beside = usize::from(area.width).saturating_sub(width(&label) + typed + 2);
    let room = match prompt.purpose {
        Purpose::Filter(..) => beside.min(usize::from(area.width) / 2),
        _ => usize::from(area.width) / 2,
    };
    if let Some(problem) = problem.filter(|problem| room >= LEAST && !is_said(problem)) {
        let text = fit(&format!(" {problem} "), room, look);
        let columns = width(&text) as u16;
        print(buf, area.right() - columns, area.y, text, look.style(Token::PromptError));
        area.width -= columns;
    }
    if let (Purpose::Log(LogPrompt::Filter), Some(count)) =
        (&prompt.purpose, model.log.filter_count(look.glyphs.ellipsis.is_ascii()))
    {
        let columns = width(&count) as u16 + 1;
        if columns < area.width / 2 {
            print(buf, area.right() - columns, area.y, count, look.style(Token::HintText));
            area.width -= columns;
        }
    }
    print(buf, area.x + 1, area.y, &label, look.style(Token::Prompt));
    let x = area.x + 1 + width(&label) as u16;
    let columns = usize::from(area.right().saturating_sub(x)).max(1);
    let line = prompt.text.lines().first().map_or("", String::as_str);
    let (shown, cursor) = form::window(line, prompt.text.cursor().1, columns);
    print(buf, x, area.y, column(&shown, columns, look), look.style(Token::PromptText));
    Position::new(x + cursor, area.y)
}
