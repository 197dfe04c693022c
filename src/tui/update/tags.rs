//! The prompt for tags: what is typed is completed from the tags that there are.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::bulk::{Bulk, Tags, Target, Verb};
use super::super::model::layer::{Layer, Prompt, Purpose};
use super::super::model::toast::Level;
use super::super::model::{Model, edit};
use super::ask;
use crate::domain::TaskId;

/// Opens it for one task, whose tags are known now.
pub(super) fn open(model: &mut Model, task: TaskId, found: Option<(String, Vec<String>)>) {
    if !model.layers.is_empty() {
        return;
    }
    let Some((slug, tags)) = found else { return model.tell(Level::Info, "the task is gone") };
    // What is typed next is another tag.
    let text = tags.iter().map(|tag| format!("{tag}, ")).collect::<String>();
    push(model, &text, vec![(Target::Task(task), slug)]);
}

/// Opens it for several.
pub(super) fn open_for(model: &mut Model, targets: Vec<(Target, String)>) {
    push(model, if targets.len() > 1 { "+" } else { "" }, targets);
}

fn push(model: &mut Model, text: &str, targets: Vec<(Target, String)>) {
    let purpose = Purpose::Tags(targets, Vec::new(), String::new());
    model.layers.push(Layer::Prompt(Prompt { text: edit::editor(text), purpose }));
}

/// The word in front of the cursor, without its sign.
fn word(prompt: &Prompt) -> String {
    let line = edit::text(&prompt.text);
    let before: String = line.chars().take(prompt.text.cursor().1).collect();
    let word = before.rsplit([',', ' ']).next().unwrap_or_default();
    word.trim_start_matches(['+', '-']).to_owned()
}

/// Asks for the tags that begin as the word does.
pub(super) fn ask_like(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Prompt(prompt)) = model.layers.last_mut() else { return };
    let word = word(prompt);
    let Purpose::Tags(_, found, asked) = &mut prompt.purpose else { return };
    if *asked != word {
        asked.clone_from(&word);
        found.clear();
        if !word.is_empty() {
            ask(model, effects, Query::TagsLike(word));
        }
    }
}

/// Takes them.
pub(super) fn take(model: &mut Model, of: &str, tags: Vec<String>) {
    if let Some(Layer::Prompt(Prompt { purpose: Purpose::Tags(_, found, asked), .. })) = model.layers.last_mut()
        && asked == of
    {
        *found = tags;
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let action = model.keymap.find(Scope::Tags, name).map(|row| row.action);
    let Some(Layer::Prompt(prompt)) = model.layers.last_mut() else { return };
    match action {
        Some(Action::Accept) => accept(model, effects),
        Some(Action::Complete) => {
            complete(prompt);
            ask_like(model, effects);
        }
        Some(Action::Cancel) => drop(model.layers.pop()),
        _ => {
            edit::key(&mut prompt.text, key);
            ask_like(model, effects);
        }
    }
}

/// As much as all candidates have in common; when that is there, the next of them.
fn complete(prompt: &mut Prompt) {
    let word = word(prompt);
    let Purpose::Tags(_, found, asked) = &prompt.purpose else { return };
    let Some(first) = found.first().filter(|_| *asked == word) else { return };
    let common = found.iter().skip(1).fold(first.as_str(), |common, tag| {
        let same = common.char_indices().zip(tag.chars()).take_while(|((_, a), b)| a == b);
        let end = same.last().map_or(0, |((at, letter), _)| at + letter.len_utf8());
        &common[..end]
    });
    let other = || found.iter().find(|tag| **tag != word).cloned();
    let whole = if common.len() > word.len() { Some(common.to_owned()) } else { other() };
    let Some(whole) = whole else { return };
    for _ in word.chars() {
        edit::key(&mut prompt.text, KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
    }
    prompt.text.insert_str(whole);
}

fn accept(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Prompt(Prompt { text, purpose: Purpose::Tags(targets, ..) })) = model.layers.last() else { return };
    match Tags::read(&edit::text(text), targets.len() > 1) {
        Ok(tags) => {
            effects.push(Effect::Intend(Intent::Bulk(Bulk { verb: Verb::Tag(tags), targets: targets.clone() })));
            model.layers.pop();
        }
        Err(e) => model.tell(Level::Error, e),
    }
}
