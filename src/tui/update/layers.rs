//! The keys of prompt, dialog, help and messages.

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent};
use super::super::model::help::{Help, Line};
use super::super::model::history::History;
use super::super::model::layer::{Choice, Dialog, Layer, Prompt, Purpose, Suggested, TYPE_AHEAD};
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, edit};
use super::super::{Exit, view};
use super::{builder, filter, form, log, navigate, palette, tags, todo, views};
use crate::domain::filter::Filter;

/// Opens the prompt that filters the tasks.
pub(super) fn open_filter(model: &mut Model) {
    navigate::focus(model, Pane::Tasks);
    let purpose = Purpose::Filter(model.filter.clone(), Suggested::default());
    let prompt = Prompt { text: edit::editor(&model.filter), purpose };
    model.layers.push(Layer::Prompt(prompt));
}

/// Opens the prompt that searches in the log.
pub(super) fn open_search(model: &mut Model) {
    model.layers.push(Layer::Prompt(Prompt { text: edit::editor(""), purpose: Purpose::Search }));
}

pub(super) fn open_help(model: &mut Model) {
    let help = Help::of(model);
    model.layers.push(Layer::Help(help));
}

/// A key in a prompt: the list or the log follows each of them.
pub(super) fn prompt(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let Some(Layer::Prompt(prompt)) = model.layers.last_mut() else { return };
    let purpose = prompt.purpose.clone();
    let action = model.keymap.find(Scope::Prompt, name).map(|row| row.action);
    if action == Some(Action::Cancel) {
        model.typed.entry(purpose.name()).or_default().end("");
    }
    match (action, purpose) {
        (Some(Action::Older), purpose) => {
            recall(model, effects, &purpose, |history, now| history.older(now).map(str::to_owned));
        }
        (Some(Action::Newer), purpose) => {
            recall(model, effects, &purpose, |history, _| history.newer().map(str::to_owned));
        }
        (Some(Action::Complete), Purpose::Filter(..)) => {
            if !filter::complete(prompt)
                && let Some(slug) = model.tasks.selected().map(|row| row.slug.clone())
            {
                edit::replace(&mut prompt.text, &slug);
            }
            typed(model, effects);
        }
        (Some(Action::Accept), Purpose::Filter(..)) if let Err(e) = Filter::parse(&edit::text(&prompt.text)) => {
            model.tell(Level::Error, e.problem);
        }
        (Some(Action::Accept), Purpose::SaveView) => {
            let text = edit::text(&prompt.text);
            views::accept(model, effects, &text);
        }
        (Some(Action::Complete), _) => {}
        (Some(Action::Accept), Purpose::Log(prompt)) => {
            let text = text(model);
            if log::accept(model, effects, prompt, &text) {
                model.typed.entry(Purpose::Log(prompt).name()).or_default().end(&text);
                model.layers.retain(|layer| !matches!(layer, Layer::Prompt(_)));
            }
        }
        (Some(Action::Accept), Purpose::Todo(prompt)) => {
            let (name, text) = (Purpose::Todo(prompt.clone()).name(), text(model));
            if todo::accept(model, effects, prompt, &text) {
                model.typed.entry(name).or_default().end(&text);
                model.layers.pop();
            }
        }
        (Some(Action::Cancel), Purpose::Todo(_) | Purpose::SaveView) => drop(model.layers.pop()),
        (Some(Action::Cancel), Purpose::Log(prompt)) => {
            model.layers.pop();
            log::cancel(model, effects, prompt);
        }
        (Some(Action::Accept), purpose) => {
            let text = edit::text(&prompt.text);
            model.typed.entry(purpose.name()).or_default().end(&text);
            model.layers.pop();
            if purpose == Purpose::Search {
                model.log.accept_search();
            }
            filter::count(model, effects);
        }
        (Some(Action::Cancel), Purpose::Filter(before, _)) => {
            model.layers.pop();
            navigate::set_filter(model, before);
        }
        (Some(Action::Cancel), Purpose::Search | Purpose::Tags(..)) => {
            model.layers.pop();
            end_search(model, effects);
        }
        _ => {
            edit::key(&mut prompt.text, key);
            typed(model, effects);
        }
    }
}

/// Puts a text of before into the prompt.
fn recall(
    model: &mut Model,
    effects: &mut Vec<Effect>,
    purpose: &Purpose,
    which: impl FnOnce(&mut History, &str) -> Option<String>,
) {
    let Some(Layer::Prompt(prompt)) = model.layers.last_mut() else { return };
    let history = model.typed.entry(purpose.name()).or_default();
    if let Some(text) = which(history, &edit::text(&prompt.text)) {
        edit::replace(&mut prompt.text, &text);
        typed(model, effects);
    }
}

/// What is typed in the prompt on top.
fn text(model: &Model) -> String {
    match model.layers.last() {
        Some(Layer::Prompt(prompt)) => edit::text(&prompt.text),
        _ => String::new(),
    }
}

/// Ends the search in the log.
pub(super) fn end_search(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.extend(model.log.cancel_search().into_iter().map(Effect::Log));
}

/// The text of the prompt has changed.
fn typed(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Prompt(prompt)) = model.layers.last() else { return };
    let text = edit::text(&prompt.text);
    match prompt.purpose {
        Purpose::Filter(..) => {
            // What is not whole yet leaves the list as it is.
            if Filter::parse(&text).is_ok() {
                navigate::set_filter(model, text);
            }
            filter::ask_like(model, effects);
        }
        Purpose::Search => effects.extend(model.log.search(&text).into_iter().map(Effect::Log)),
        Purpose::Log(prompt) => log::typed(model, effects, prompt, &text),
        Purpose::Tags(..) => tags::ask_like(model, effects),
        Purpose::Todo(_) | Purpose::SaveView => {}
    }
}

/// A key in a dialog. What was typed before it could be read is not an answer (UX 39).
pub(super) fn dialog(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let now = model.now.since;
    let Some(Layer::Dialog(dialog)) = model.layers.last_mut() else { return };
    if matches!(name, "Esc" | "Ctrl-c" | "q") {
        model.layers.pop();
        return;
    }
    if now < dialog.opened + TYPE_AHEAD {
        return;
    }
    let count = dialog.buttons.len();
    let chosen = match name {
        // Of a question that is answered by a number Enter does the first answer with the right one, else the harmless one.
        "Enter" if dialog.wanted.is_some() => {
            let typed = std::mem::take(&mut dialog.typed);
            if let Some(wanted) = dialog.wanted.clone().filter(|wanted| *wanted != typed) {
                return model.tell(Level::Info, format!("type {wanted}, then Enter; Esc leaves all as it is"));
            }
            Some(0)
        }
        "Backspace" if dialog.wanted.is_some() => {
            dialog.typed.pop();
            None
        }
        key if dialog.wanted.is_some() && key.chars().all(|c| c.is_ascii_digit()) => {
            if dialog.typed.len() < 9 {
                dialog.typed.push_str(key);
            }
            None
        }
        "Tab" | "Down" | "Right" | "Shift-Tab" | "Up" | "Left" if dialog.wanted.is_some() => None,
        "Enter" => Some(dialog.focus),
        "Tab" | "Down" | "Right" => {
            dialog.focus = (dialog.focus + 1) % count;
            None
        }
        "Shift-Tab" | "Up" | "Left" => {
            dialog.focus = (dialog.focus + count - 1) % count;
            None
        }
        key => dialog.buttons.iter().position(|button| key.chars().eq([button.key])),
    };
    let Some(choice) = chosen.and_then(|at| dialog.buttons.get(at)).map(|button| button.choice.clone()) else { return };
    model.layers.pop();
    match choice {
        Choice::Stay => {}
        Choice::Bulk(bulk) => effects.push(Effect::Intend(Intent::Bulk(bulk))),
        Choice::Ask(dialog) => model.layers.push(Layer::Dialog(Dialog { opened: now, ..*dialog })),
        Choice::Stop(run, slug, how) => effects.push(Effect::Intend(Intent::Stop(run, slug, how))),
        Choice::RunWithAnyway(order) => effects.push(Effect::Intend(Intent::RunWith(order, true))),
        Choice::Run(run) => effects.push(Effect::Intend(Intent::Run(run))),
        Choice::Restore(version) => effects.push(Effect::Intend(Intent::Restore(version))),
        Choice::LoadExample => effects.push(Effect::Intend(Intent::LoadExample)),
        Choice::Overwrite(saving) => log::overwrite(effects, saving),
        Choice::Script(deed) => super::script::choose(model, effects, deed),
        Choice::Roster(checked) => super::roster::apply(model, effects, &checked),
        Choice::RosterThen(then) => super::roster::then(model, effects, then),
        Choice::RosterKept(kept) => super::roster::restore(model, effects, &kept),
        Choice::RosterAnew(opened) => super::roster::anew(model, effects, &opened),
        Choice::Quit(choice) => effects.push(Effect::Exit(Exit::Quit(choice))),
    }
}

/// Opens a question.
pub(super) fn open_dialog(model: &mut Model, title: String, lines: Vec<String>, choices: Vec<(char, &str, Choice)>) {
    let dialog = Dialog::new(title, lines, choices, model.now.since);
    model.layers.push(Layer::Dialog(dialog));
}

/// A key in the help: typing filters, Enter does what the line says.
pub(super) fn help(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let page = view::help::rows(model.size);
    let Some(Layer::Help(help)) = model.layers.last() else { return };
    let lines = help.matching(model);
    let last = lines.len().saturating_sub(1);
    let action = model.keymap.find(Scope::Help, name).map(|row| row.action);
    let Some(Layer::Help(help)) = model.layers.last_mut() else { return };
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
        }
        Some(Action::Accept) => {
            let meant = help.meant;
            match lines.get(help.cursor) {
                Some(Line { action: Some(action), .. }) => {
                    model.layers.pop();
                    palette::act(model, effects, *action, meant);
                }
                Some(line) => model.tell(Level::Info, format!("that key is for the {}", line.section.to_lowercase())),
                None => {}
            }
        }
        Some(Action::Down) => help.cursor = (help.cursor + 1).min(last),
        Some(Action::Up) => help.cursor = help.cursor.saturating_sub(1),
        Some(Action::PageDown) => help.cursor = (help.cursor + page).min(last),
        Some(Action::PageUp) => help.cursor = help.cursor.saturating_sub(page),
        _ => {
            if edit::key(&mut help.filter, key) {
                help.cursor = 0;
            }
        }
    }
}

/// Pasted text goes where text is typed; anywhere else it does nothing, for each letter of it would be a command.
pub(super) fn paste(model: &mut Model, effects: &mut Vec<Effect>, text: &str) {
    if model.leaving {
        return;
    }
    match model.layers.last_mut() {
        Some(Layer::Form(_)) => form::paste(model, text),
        Some(Layer::Builder(_)) => builder::paste(model, text),
        Some(Layer::Hunt(_)) => super::hunt::paste(model, effects, text),
        Some(Layer::Prompt(prompt)) => {
            edit::paste(&mut prompt.text, text, false);
            typed(model, effects);
        }
        Some(Layer::Palette(_)) => palette::paste(model, effects, text),
        Some(Layer::RunWith(form)) => {
            let lines = form.focus == 1;
            if let Some(field) = form.text() {
                edit::paste(field, text, lines);
            }
        }
        Some(Layer::Help(help)) => {
            edit::paste(&mut help.filter, text, false);
            help.cursor = 0;
        }
        Some(
            Layer::Dialog(_)
            | Layer::Messages(_)
            | Layer::Why(_)
            | Layer::Calendar(_)
            | Layer::Menu(_)
            | Layer::Inspector(_)
            | Layer::Chord(_)
            | Layer::Import(_)
            | Layer::Compare(_)
            | Layer::Reports(_)
            | Layer::Versions(_)
            | Layer::FirstRun(_)
            | Layer::Templates(_)
            | Layer::Views(_)
            | Layer::Categories(_)
            | Layer::Themes(_),
        )
        | None => {
            if model.layers.is_empty() && super::script::paste(model, text) {
                return;
            }
            model.tell(Level::Info, "paste ignored here: it goes into a form or a prompt");
        }
    }
}
