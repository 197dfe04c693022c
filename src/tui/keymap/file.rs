//! Reads `keys.toml`: an id and its keys a line, leniently, and says of each line what would be right.

use toml::de::{DeTable, DeValue};

use super::Wish;
use crate::config::lenient::{line_of, readable};
use crate::tui::action::{self, Scope, Spec};
use crate::tui::{chord, model::edit};

/// What is wrong, with its line.
type Problems = Vec<(usize, String)>;

/// The wishes that can be fulfilled, in the order of their lines.
pub(super) fn wishes(text: &str, problems: &mut Problems) -> Vec<Wish> {
    let (text, wrong) = readable(text);
    problems.extend(wrong);
    let Ok(table) = DeTable::parse(&text) else { return Vec::new() };
    let mut entries = Vec::new();
    flatten("", table.get_ref(), &|offset| line_of(&text, offset), &mut entries);
    entries.sort_by_key(|(line, ..)| *line);
    let mut wishes = Vec::new();
    for (line, id, value) in entries {
        wish(line, &id, value, &mut wishes, problems);
    }
    wishes
}

/// `"task.run"` and `task.run` are the same to the person, though the second is a table to TOML.
fn flatten<'a>(
    before: &str,
    table: &'a DeTable<'a>,
    line_of: &impl Fn(usize) -> usize,
    entries: &mut Vec<(usize, String, &'a DeValue<'a>)>,
) {
    for (key, value) in table {
        let id = format!("{before}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(table) => flatten(&format!("{id}."), table, line_of, entries),
            value => entries.push((line_of(key.span().start), id, value)),
        }
    }
}

fn wish(line: usize, id: &str, value: &DeValue<'_>, wishes: &mut Vec<Wish>, problems: &mut Problems) {
    let Some(spec) = action::all().find(|spec| spec.id == id) else {
        problems.push((line, format!("there is no action `{id}`{}", nearest(id))));
        return;
    };
    if is_core(&spec) {
        problems.push((line, format!("{id} is the same in every prompt and cannot be changed")));
        return;
    }
    let texts = match value {
        DeValue::String(text) if text == "none" => Vec::new(),
        DeValue::String(text) => vec![text.as_ref()],
        DeValue::Array(array) => array.iter().map(|item| item.get_ref().as_str().unwrap_or_default()).collect(),
        _ => vec![""],
    };
    let mut keys: Vec<String> = Vec::new();
    for text in texts {
        match binding(&spec, text) {
            Ok(key) if keys.contains(&key) => {}
            Ok(key) => {
                problems.extend(slip(&spec, &key).map(|warning| (line, warning)));
                keys.push(key);
            }
            Err(e) => problems.push((line, format!("{id}: {e}"))),
        }
    }
    // A wish of which nothing could be read leaves the row as it is.
    if !keys.is_empty() || matches!(value, DeValue::String(text) if text == "none") {
        wishes.push(Wish { id: spec.id, line, keys });
    }
}

/// A key, or a chord: keys with blanks between them.
fn binding(spec: &Spec, text: &str) -> Result<String, String> {
    let keys: Vec<String> = match text {
        "" => return Err("takes a key such as \"r\", a list of keys, a chord such as \"g d\", or \"none\"".to_owned()),
        " " => vec!["Space".to_owned()],
        text => text.split_whitespace().map(chord::parse).collect::<Result<_, _>>()?,
    };
    let is_default = spec.keys.iter().any(|own| *own == keys.join(" "));
    if keys.iter().any(|key| key == "Esc") && !is_default {
        return Err("Esc always goes one step back, and is nothing else".to_owned());
    }
    let first = keys.first().map_or("", String::as_str);
    let types = first.chars().count() == 1 || first == "Space" || edit::CORE.iter().any(|(key, _)| *key == first);
    if types && !is_default && spec.scopes.iter().any(|scope| scope.takes_text()) {
        return Err(format!("{first} edits the text there; take a control or function key"));
    }
    Ok(keys.join(" "))
}

/// The keys of a prompt are the core that every prompt shares (UX 3).
pub(super) fn is_core(spec: &Spec) -> bool {
    spec.scopes == [Scope::Prompt]
}

/// A key that is hit by accident, for what cannot be taken back at once (UX 38): the person may, and is told.
fn slip(spec: &Spec, key: &str) -> Option<String> {
    let easy = key.starts_with("Ctrl-") || ["Space", "Enter"].contains(&key);
    let warning = || format!("{} is on {key}, which is hit by accident; it is in force, and still asks first", spec.id);
    (easy && spec.action.is_destructive()).then(warning)
}

/// The id that was probably meant.
fn nearest(id: &str) -> String {
    let near = action::all().map(|spec| (strsim::damerau_levenshtein(spec.id, id), spec.id)).min();
    match near.filter(|(distance, _)| *distance <= id.len() / 2) {
        Some((_, near)) => format!("; the nearest is `{near}`"),
        None => "; the help (?) and `tempo config keys` show them all".to_owned(),
    }
}
