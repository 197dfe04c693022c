//! What can stand where somebody types a filter.

use super::{Key, Values};

/// How what is typed could go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// Where it begins, in characters from 0; it ends at the cursor.
    pub at: usize,
    /// What is typed of it.
    pub typed: String,
    /// What begins so, of what is always the same.
    pub candidates: Vec<String>,
    /// Of which key the values in the store go on so.
    pub stored: Option<Key>,
}

/// What the text in front of a cursor could go on with.
pub fn completion(text: &str, cursor: usize) -> Completion {
    let before: Vec<char> = text.chars().take(cursor).collect();
    let begin = before.iter().rposition(|c| c.is_whitespace() || matches!(c, '(' | ')')).map_or(0, |at| at + 1);
    let signs = before[begin..].iter().take_while(|c| matches!(c, '-' | '+')).count();
    let is_tag = signs > 0 && before.get(begin + signs - 1) == Some(&'+');
    let word = begin + signs;
    let colon = before[word..].iter().position(|c| *c == ':').map(|at| word + at);
    let rest = |at: usize| before[at..].iter().collect::<String>();
    let Some(colon) = colon else {
        let typed = rest(word);
        let keys = Key::ALL.iter().map(|key| format!("{}:", key.word()));
        let keys =
            keys.chain(["field.".to_owned()]).filter(|key| !is_tag && !typed.is_empty() && key.starts_with(&typed));
        return Completion { at: word, candidates: keys.collect(), stored: is_tag.then_some(Key::Tag), typed };
    };
    let key: String = before[word..colon].iter().collect();
    let value =
        before[colon..].iter().rposition(|c| matches!(c, ':' | ',' | '<' | '>' | '=')).map_or(colon, |at| colon + at)
            + 1;
    let typed = rest(value);
    let Some(key) = Key::from_word(&key) else { return Completion { at: value, typed, ..Completion::default() } };
    let mut candidates: Vec<&str> = match key.values() {
        Values::Words(words) => words.iter().map(|(word, _)| *word).collect(),
        Values::Past => vec!["today", "yesterday"],
        Values::Coming if key == Key::Due => vec!["today", "tomorrow", "overdue"],
        Values::Coming => vec!["today", "tomorrow"],
        Values::Name if key == Key::Assignee => vec!["me"],
        Values::Number(..) | Values::Name | Values::Text => Vec::new(),
    };
    if key.may_lack() {
        candidates.extend(["none", "any"]);
    }
    candidates.retain(|word| word.starts_with(&typed));
    Completion {
        at: value,
        candidates: candidates.into_iter().map(str::to_owned).collect(),
        stored: matches!(key.values(), Values::Name).then_some(key),
        typed,
    }
}
