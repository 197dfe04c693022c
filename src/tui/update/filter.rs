//! The prompt for filters: keys and their values are completed, those of the store as they are there.

use super::super::action::Action;
use super::super::effect::{Effect, Kind, Query};
use super::super::model::layer::{Layer, Prompt, Purpose, Suggested};
use super::super::model::toast::{Level, Source};
use super::super::model::window::Page;
use super::super::model::{Model, edit};
use super::ask;
use crate::domain::filter::{Key, completion};
use crate::store::order::Order;
use crate::store::tasks::TaskRow;

/// Asks for what the store has for the word under the cursor.
pub(super) fn ask_like(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Prompt(Prompt { text, purpose: Purpose::Filter(_, suggested) })) = model.layers.last_mut() else {
        return;
    };
    let word = completion(&edit::text(text), text.cursor().1);
    let wanted = word.stored.map(|key| (key, word.typed));
    if suggested.asked != wanted {
        *suggested = Suggested { asked: wanted.clone(), found: Vec::new() };
        if let Some((key, typed)) = wanted {
            ask(model, effects, Query::ValuesLike(key, typed));
        }
    }
}

/// Takes it.
pub(super) fn take(model: &mut Model, of: &(Key, String), values: Vec<String>) {
    if let Some(Layer::Prompt(Prompt { purpose: Purpose::Filter(_, suggested), .. })) = model.layers.last_mut()
        && suggested.asked.as_ref() == Some(of)
    {
        suggested.found = values;
    }
}

/// A page of the list, unless another filter or order is asked for by now.
pub(super) fn take_tasks(
    model: &mut Model,
    effects: &mut Vec<Effect>,
    text: &str,
    page: Page<TaskRow>,
    found: Option<usize>,
) {
    if text != model.filter || page.rows.iter().any(|row| row.order != model.order) {
        return;
    }
    model.searching = None;
    if model.found.is_some() && found.is_none() {
        // So much has changed that all of it was read anew.
        model.settled = None;
    }
    model.found = found;
    model.tasks.take(page);
    say_hidden(model);
    count(model, effects);
}

/// Says where a task is that came back, when the filter hides it.
fn say_hidden(model: &mut Model) {
    // A page that was asked for before does not know.
    if model.awaited.contains_key(&Kind::Tasks) {
        return;
    }
    let Some((task, slug)) = model.brought_back.take() else { return };
    if !model.filter.is_empty() && model.tasks.rows().iter().all(|row| row.id != task) {
        let text = format!("{slug} is back, and the filter hides it: {} shows all tasks", model.key_of(Action::Back));
        model.tell_of(Level::Info, text, Source::task(task));
    }
}

/// How many the filter finds.
pub(super) fn take_count(model: &mut Model, text: String, order: Order, found: Option<usize>) {
    if text == model.filter {
        model.found = found;
        model.settled = Some((text, order));
    }
}

/// Asks how many the filter finds, once nobody types at it any more: more indexes are read for that than for a page.
pub(super) fn count(model: &mut Model, effects: &mut Vec<Effect>) {
    let typed = model.layers.iter().any(|layer| matches!(layer, Layer::Prompt(_)));
    if typed || model.filter.is_empty() || model.tasks.total().is_some() {
        return;
    }
    let is_settled = model.settled.as_ref().is_some_and(|(text, order)| (text, order) == (&model.filter, &model.order));
    if !is_settled {
        ask(model, effects, Query::Matches(model.filter.clone(), model.order));
    }
}

/// Puts in what all that begins so has in common, or else the first of them. False: nothing begins so.
pub(super) fn complete(prompt: &mut Prompt) -> bool {
    let Purpose::Filter(_, suggested) = &prompt.purpose else { return false };
    let text = edit::text(&prompt.text);
    let cursor = prompt.text.cursor().1;
    let word = completion(&text, cursor);
    let stored = suggested.found.iter().filter(|_| word.stored.is_some());
    let all: Vec<String> = stored.chain(&word.candidates).cloned().collect();
    let Some(first) = all.iter().find(|one| **one != word.typed) else { return !all.is_empty() };
    let common = all.iter().fold(first.clone(), |common, one| {
        common.chars().zip(one.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    let whole = if common.chars().count() > word.typed.chars().count() { common } else { first.clone() };
    let is_name =
        word.stored.is_some() && whole.chars().any(|c| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"'));
    let whole = if is_name { format!("\"{whole}\"") } else { whole };
    let before: String = text.chars().take(word.at).collect();
    let behind: String = text.chars().skip(cursor).collect();
    edit::replace(&mut prompt.text, &format!("{before}{whole}{behind}"));
    let end = word.at + whole.chars().count();
    prompt.text.move_cursor(tui_textarea::CursorMove::Jump(0, end as u16));
    true
}
