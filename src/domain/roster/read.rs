//! Reading an edited roster against the text as it was opened.

use std::collections::HashMap;

use super::{CUSTOM, Change, Deed, Edit, SHOWN, Set, TRASH, Wrong, is_shown, is_word};
use crate::domain::TaskId;
use crate::domain::field::{FIELDS, Field};
use crate::domain::quick::{custom, long};
use crate::domain::spelling::nearest;
use crate::domain::words::{escape, words};

/// Mistakes that are told: after so many the text is another one.
const TOLD: usize = 100;

/// A line, taken apart.
#[derive(Debug, Default)]
struct Line {
    trash: bool,
    name: (usize, String),
    /// Fields with their texts, and where each stands.
    fields: Vec<(usize, &'static str, String)>,
    /// Fields of its type, by their names.
    custom: Vec<(usize, String, String)>,
    tags: Vec<String>,
    end: usize,
}

/// A mistake: at which character, and what.
type Mistake = (usize, String);

/// What was changed in `text` since it was `base`, in its order.
///
/// # Errors
/// What is wrong, line by line: then nothing is to be done.
pub fn read(base: &str, text: &str) -> Result<Vec<Edit>, Vec<Wrong>> {
    let known: HashMap<i64, &str> = lines(base).filter_map(|(_, line)| Some((number(line).ok()?.task, line))).collect();
    let mut seen: HashMap<i64, usize> = HashMap::new();
    let (mut edits, mut wrong) = (Vec::new(), Vec::new());
    for (row, line) in lines(text) {
        let edit = number(line).map_err(|wrong| vec![wrong]).and_then(|Number { at, task, .. }| {
            let one = |at, text| Err(vec![(at, text)]);
            let Some(before) = known.get(&task) else {
                return one(
                    at,
                    format!("no task of number {task} was opened here; a new one is made with `tempo add`"),
                );
            };
            if let Some(first) = seen.insert(task, row) {
                return one(at, format!("task {task} has a line already: line {}", first + 1));
            }
            if line.trim_end() == before.trim_end() {
                return Ok(None);
            }
            let (before, line) = (take_apart(before)?, take_apart(line)?);
            if line.trash && !line.name.1.is_empty() && line.name.1 != before.name.1 {
                return one(
                    line.name.0,
                    format!("task {task} is `{}`: `{TRASH} {task}` alone moves it to the trash", before.name.1),
                );
            }
            let deed = compare(&before, line);
            Ok(deed.map(|deed| Edit { task: TaskId(task), row, deed }))
        });
        match edit {
            Ok(edit) => edits.extend(edit),
            Err(mistakes) => wrong.extend(mistakes.into_iter().map(|(col, text)| Wrong { row, col, text })),
        }
        if wrong.len() >= TOLD {
            break;
        }
    }
    if wrong.is_empty() { Ok(edits) } else { Err(wrong) }
}

/// The lines that are tasks.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).enumerate();
    lines.filter(|(_, line)| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'))
}

/// What differs; `None` when nothing does.
fn compare(before: &Line, line: Line) -> Option<Deed> {
    if line.trash {
        return Some(Deed::Trash);
    }
    let old = |key: &str| before.fields.iter().find(|(_, known, _)| *known == key).map(|(_, _, text)| text.clone());
    let mut set = Set::default();
    if line.name.1 != before.name.1 {
        let (col, text) = line.name;
        set.changes.push(Change { key: "name", custom: None, text, before: Some(before.name.1.clone()), col });
    }
    let gone = before.fields.iter().filter(|(_, key, _)| line.fields.iter().all(|(_, kept, _)| kept != key));
    for (_, key, text) in gone {
        let none = if *key == "paused" { "false" } else { "" };
        let (text, before) = (none.to_owned(), Some(text.clone()));
        set.changes.push(Change { key, custom: None, text, before, col: line.end });
    }
    for (col, key, text) in line.fields {
        let before = old(key);
        if before.as_deref() != Some(text.as_str()) {
            set.changes.push(Change { key, custom: None, text, before, col });
        }
    }
    let mut custom = |name: &str, text: &str, before: Option<&str>, col| {
        let (custom, text, before) = (Some(name.to_owned()), text.to_owned(), before.map(str::to_owned));
        set.changes.push(Change { key: "field", custom, text, before, col });
    };
    for (_, name, text) in &before.custom {
        if line.custom.iter().all(|(_, kept, _)| kept != name) {
            custom(name, "", Some(text), line.end);
        }
    }
    for (col, name, text) in &line.custom {
        let before = before.custom.iter().find(|(_, known, _)| known == name).map(|(_, _, text)| text.as_str());
        if before != Some(text) {
            custom(name, text, before, *col);
        }
    }
    set.add = line.tags.iter().filter(|tag| !before.tags.contains(tag)).cloned().collect();
    set.remove = before.tags.iter().filter(|tag| !line.tags.contains(tag)).cloned().collect();
    (set != Set::default()).then_some(Deed::Set(set))
}

/// The number that a line begins with.
struct Number {
    task: i64,
    /// The character at which it stands, and the one behind it.
    at: usize,
    end: usize,
}

fn number(line: &str) -> Result<Number, Mistake> {
    let mut rest = line.trim_start();
    if let Some(behind) = rest.strip_prefix(TRASH).filter(|behind| behind.starts_with(char::is_whitespace)) {
        rest = behind.trim_start();
    }
    let at = line.chars().count() - rest.chars().count();
    let word = rest.split(|c: char| c.is_whitespace() || c == '|').next().unwrap_or_default();
    let wrong = || format!("a line begins with the number of its task, or with {TRASH} and that; `{word}` is none");
    let task = word.parse().map_err(|_| (at, wrong()))?;
    Ok(Number { task, at, end: at + word.chars().count() })
}

/// Takes a line apart; else all that is wrong in it.
fn take_apart(line: &str) -> Result<Line, Vec<Mistake>> {
    let trash = line.trim_start().split(char::is_whitespace).next() == Some(TRASH);
    let end = line.trim_end().chars().count();
    let begin = number(line).map_err(|wrong| vec![wrong])?.end;
    if trash && line.chars().skip(begin).all(char::is_whitespace) {
        return Ok(Line { trash, ..Line::default() });
    }
    let (name, bar) = name(line, begin).ok_or_else(|| {
        let text = "behind the name comes |, and then the words: NUMBER NAME | FIELD:VALUE +TAG @ASSIGNEE";
        vec![(end, text.to_owned())]
    })?;
    let mut taken = Line { trash, name, end, ..Line::default() };
    let mut wrong = Vec::new();
    let rest: String = line.chars().skip(bar + 1).collect();
    for word in words(&rest) {
        let at = bar + 1 + word.at;
        if word.closed {
            wrong.extend(taken.word(at, &word.text).err());
        } else {
            wrong.push((at, format!("`{}`: its quote is not closed", word.text)));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    taken.tags.sort();
    taken.tags.dedup();
    Ok(taken)
}

/// A field by its name; the error has the one that was meant.
fn known(key: &str) -> Result<&'static str, String> {
    if let Ok(field) = Field::named(key) {
        return Ok(field.key);
    }
    let near = nearest(key, FIELDS.iter().map(|field| field.key));
    let right = near
        .map_or_else(|| format!("some that there are: {}", SHOWN.join(", ")), |near| format!("did you mean {near}?"));
    Err(format!("there is no field `{key}`; {right}"))
}

impl Line {
    /// Takes a word behind the name.
    fn word(&mut self, at: usize, word: &str) -> Result<(), Mistake> {
        if let Some(tags) = word.strip_prefix('+') {
            self.tag(tags);
            return Ok(());
        }
        if let Some(who) = word.strip_prefix('@') {
            return self.field(at, "assignee", who);
        }
        if let Some((name, value)) = custom(word) {
            return self.custom(at, name, value);
        }
        let Some((key, value)) = word.split_once(':') else {
            let text = "is neither FIELD:VALUE, +TAG nor @ASSIGNEE; a value with blanks stands in double quotes";
            return Err((at, format!("`{word}` {text}")));
        };
        match long(key) {
            "tags" => self.tag(value),
            "name" => return Err((at, "the name stands in front of the |".to_owned())),
            key => {
                let key = known(key).map_err(|e| (at, e))?;
                self.field(at, key, value)?;
            }
        }
        Ok(())
    }

    fn tag(&mut self, tags: &str) {
        self.tags.extend(tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
    }

    fn custom(&mut self, at: usize, name: &str, value: &str) -> Result<(), Mistake> {
        if !is_word(name) {
            return Err((
                at,
                format!("`{name}` is not the name of a field: it has no blanks, quotes, `=`, `;` or backslashes"),
            ));
        }
        if self.custom.iter().any(|(_, known, _)| known == name) {
            return Err((at, format!("{CUSTOM}{name} is said twice")));
        }
        // Nothing behind the colon takes it away, as the missing word does.
        if !value.trim().is_empty() {
            self.custom.push((at, name.to_owned(), value.trim().to_owned()));
        }
        Ok(())
    }

    fn field(&mut self, at: usize, key: &'static str, value: &str) -> Result<(), Mistake> {
        if self.fields.iter().any(|(_, known, _)| *known == key) {
            return Err((at, format!("{key} is said twice")));
        }
        // Nothing behind the colon takes a value away, as the missing word does; of a field that is not shown it is said so.
        if !value.trim().is_empty() || !is_shown(key) {
            self.fields.push((at, key, value.trim().to_owned()));
        }
        Ok(())
    }
}

/// The name from this character on, with its place, and where the | behind it is.
fn name(line: &str, begin: usize) -> Option<((usize, String), usize)> {
    let from = line.char_indices().nth(begin).map_or(line.len(), |(at, _)| at);
    let (mut rest, mut at) = (&line[from..], begin);
    let (mut name, mut first) = (String::new(), None);
    while let Some(c) = rest.chars().next() {
        if c == '|' {
            return Some(((first.unwrap_or(at), name.trim().to_owned()), at));
        }
        let (sign, length) = escape(rest).unwrap_or((c, c.len_utf8()));
        if !sign.is_whitespace() {
            first.get_or_insert(at);
        }
        name.push(sign);
        at += rest[..length].chars().count();
        rest = &rest[length..];
    }
    None
}
