//! todo.txt, a to-do a line (<https://github.com/todotxt/todo.txt>).
//!
//! `x` is completed; A is priority 1, B 2, C 3, D 4, E 6, F 7, G 8, H 9, I and all that follow 10, and none is 5: what a task has of
//! which nothing is said. The first `+project` is the category, others are tags as they stand; a `@context` is a tag. `due:` is
//! when it is due, `rec:` how it comes again (`rec:+1w` every week, `rec:1w` a week after it was done); `status:`, `assignee:`, `progress:`, `type:`, `remind:`, `depends-on:`, `recur:` and `slug:`
//! are what Tempo writes; every other `key:value` is a field of its own.

mod again;

use jiff::Timestamp;
use jiff::civil::Date;

use self::again::{REC, RECUR};
use super::Reading;
use crate::domain::exchange::{PARENT, Todo, UID, Wait, is_ours};
use crate::domain::field::{Context, Field};
use crate::domain::quantity::parse_time;
use crate::domain::reminder;
use crate::domain::task::Status;
use crate::domain::zone;

/// The letters of the priorities 1 to 10; 5 has none.
const LETTERS: [char; 10] = ['A', 'B', 'C', 'D', ' ', 'E', 'F', 'G', 'H', 'I'];

/// The field of a letter behind the last of them.
const LETTER: &str = "pri";

/// Fields of Tempo that are written as `key:value`.
const OURS: &[&str] = &["assignee", "progress", "type", "remind"];

/// What is left out of a task of which a tag or the category has a space.
pub const SPACED: &str = "spaces";

/// For what it waits: slugs.
const DEPENDS_ON: &str = "depends-on";

/// Reads every line that is not empty.
pub(super) fn read(text: &str, context: &Context) -> Reading {
    let mut reading = Reading::default();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        reading.take(number, todo(number, line.trim(), context));
    }
    reading
}

fn todo(number: usize, line: &str, context: &Context) -> Result<Todo, String> {
    let mut words = line.split_whitespace().peekable();
    let done = words.next_if_eq(&"x").is_some();
    let letter = words.next_if(|word| letter_of(word).is_some()).and_then(letter_of);
    let mut day = || words.next_if(|word| day_of(word).is_some()).and_then(day_of);
    let (first, second) = (day(), day());
    let words: Vec<&str> = words.collect();
    let name: Vec<&str> = words.iter().copied().filter(|word| !is_mark(word)).collect();
    // Of a line of marks alone they are the name.
    let name = if name.is_empty() { words.join(" ") } else { name.join(" ") };
    let mut todo = Todo::new(number, &name)?;
    todo.knows = &[LETTER, REC];
    for field in ["category", "tags", "due"] {
        todo.say(field);
    }
    let begin = |day: Date| zone::instant(day.at(0, 0, 0, 0), &context.zone);
    (todo.times.done, todo.times.created) = match (done, first, second) {
        (true, first, second) => (first.and_then(begin), second.and_then(begin)),
        // The second one is not in the format, and nothing else than the day it was added either.
        (false, first, _) => (None, first.and_then(begin)),
    };
    let mut pri = letter;
    let mut status = if done { Status::Completed } else { Status::Open };
    let mut tags = Vec::new();
    let (mut rec, mut recur) = (None, None);
    for word in words.iter().filter(|word| is_mark(word)) {
        match word.split_at(1) {
            ("+", project) if todo.definition.category.is_empty() => {
                project.trim_matches('/').clone_into(&mut todo.definition.category);
            }
            ("+", _) => tags.push(*word),
            ("@", tag) => tags.push(tag),
            _ => {
                let (key, value) = word.split_once(':').unwrap_or((word, ""));
                match key {
                    "due" => {
                        let at = parse_time(value, &context.zone, context.now).map_err(|e| format!("due: {e}"))?;
                        todo.definition.due_at = Some(at);
                    }
                    // Where a completed line keeps its letter.
                    "pri" if letter.is_none() && letter_of(&format!("({value})")).is_some() => {
                        pri = value.chars().next();
                    }
                    REC => rec = Some(value),
                    RECUR => recur = Some(again::words_of(value)),
                    DEPENDS_ON => {
                        todo.waits = value.split(',').map(|slug| Wait::slug(slug.to_owned())).collect();
                        todo.say(DEPENDS_ON);
                    }
                    "slug" if crate::domain::name::slug(value) == value => todo.slug = Some(value.to_owned()),
                    "status" if Status::from_word(value).is_some() => {
                        status = Status::from_word(value).unwrap_or(status);
                    }
                    ours if OURS.contains(&ours) => {
                        let field = Field::named(ours)?;
                        field.set(&mut todo.definition, value, context)?;
                        todo.say(field.key);
                    }
                    other => todo.keep(other, value),
                }
            }
        }
    }
    Field::named("tags")?.set(&mut todo.definition, &tags.join(","), context)?;
    todo.set_status(status);
    again::set(&mut todo, rec, recur, context)?;
    let priority =
        pri.map_or(5, |pri| LETTERS.iter().position(|letter| *letter == pri).map_or(10, |index| index as u8 + 1));
    todo.rank(priority, priority..=priority);
    if let Some(pri) = pri.filter(|pri| !LETTERS.contains(pri)) {
        todo.keep(LETTER, &pri.to_string());
    }
    Ok(todo)
}

/// The letter of `(A)`.
fn letter_of(word: &str) -> Option<char> {
    let mut letters = word.strip_prefix('(')?.strip_suffix(')')?.chars();
    letters.next().filter(|letter| letter.is_ascii_uppercase() && letters.next().is_none())
}

fn day_of(word: &str) -> Option<Date> {
    (word.len() == 10 && word.as_bytes()[4] == b'-').then(|| word.parse().ok()).flatten()
}

/// Whether a word says something beside the text: `+project`, `@context`, or `key:value`, but no address of a page.
fn is_mark(word: &str) -> bool {
    let is_key = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
    };
    match word.split_once(':') {
        _ if word.starts_with(['+', '@']) => word.len() > 1,
        Some((key, value)) => is_key(key) && !value.is_empty() && !value.starts_with('/') && key != "mailto",
        None => false,
    }
}

/// A to-do as a line with its end, and the fields of it that have no place there.
pub fn write(todo: &Todo, context: &Context) -> (String, Vec<&'static str>) {
    let definition = &todo.definition;
    let status = todo.status();
    let mut words: Vec<String> = Vec::new();
    let mut left_out = Vec::new();
    let day = |at: Timestamp| at.to_zoned(context.zone.clone()).date().to_string();
    let is_done = matches!(status, Status::Completed | Status::Cancelled);
    if is_done {
        words.push("x".to_owned());
    }
    let kept = definition.custom.get(LETTER).filter(|pri| letter_of(&format!("({pri})")).is_some());
    let number = definition.priority.get();
    let letter = kept.filter(|_| number == 10).cloned();
    let letter = letter.or_else(|| LETTERS.get(usize::from(number) - 1).map(char::to_string));
    words.extend(letter.filter(|letter| letter != " ").map(|letter| format!("({letter})")));
    // A completed line that says when it was added says when it was done before.
    let done = todo.times.done.filter(|_| is_done);
    words.extend(done.map(day));
    words.extend(todo.times.created.filter(|_| !is_done || done.is_some()).map(day));
    words.push(definition.name.clone());
    let word = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("_");
    if !definition.category.is_empty() {
        words.push(format!("+{}", word(&definition.category)));
    }
    for tag in &definition.tags {
        // Another project is a tag as it stands, behind that which is the category.
        let is_project = tag.starts_with('+') && tag.len() > 1 && !definition.category.is_empty();
        words.push(if is_project { word(tag) } else { format!("@{}", word(tag)) });
    }
    words.extend(definition.due_at.map(|at| format!("due:{}", due(at, context))));
    if matches!(status, Status::InProgress | Status::Cancelled) {
        words.push(format!("status:{}", status.word()));
    }
    words.extend(todo.slug.as_ref().map(|slug| format!("slug:{slug}")));
    if let Some(recur) = &definition.recur {
        let (rec, exact) = again::marks(recur, definition.due_at, context);
        words.extend(rec.map(|rec| format!("{REC}:{rec}")));
        words.extend(exact.map(|exact| format!("{RECUR}:{exact}")));
    }
    let waits = todo.waits.iter().filter_map(|wait| wait.slug.clone());
    let waits: Vec<String> = waits.chain(definition.depends_on.iter().map(|one| one.task.clone())).collect();
    if !waits.is_empty() {
        words.push(format!("{DEPENDS_ON}:{}", waits.join(",")));
    }
    for key in OURS {
        let value = match *key {
            "remind" => Some(reminder::format(&definition.reminders).replace(' ', "")).filter(|text| !text.is_empty()),
            key => Field::named(key).ok().and_then(|field| field.get(definition, context)),
        };
        match value.map(|value| format!("{key}:{value}")) {
            Some(pair) if is_pair(&pair) => words.push(pair),
            Some(_) => left_out.push(*key),
            None => {}
        }
    }
    for (name, value) in definition.custom.iter().filter(|(name, _)| *name != LETTER || kept.is_none()) {
        let pair = format!("{name}:{value}");
        let others = ["due", "pri", "slug", "status", RECUR, DEPENDS_ON];
        // How often one came that does not come again here.
        let is_rec = name == REC && definition.recur.is_some();
        let is_other = is_rec || others.contains(&name.as_str()) || OURS.contains(&name.as_str());
        if is_pair(&pair) && !is_other {
            words.push(pair);
        } else {
            left_out.push("field");
        }
    }
    let is_of_others = |uid: &str| !is_ours(uid);
    let is_spaced = |text: &String| word(text) != *text;
    left_out.extend(
        [
            (!definition.description.is_empty(), "description"),
            (!todo.notes.is_empty(), "notes"),
            (todo.times.begun.is_some(), "begun"),
            (definition.paused, "paused"),
            (todo.uid.as_deref().is_some_and(is_of_others), UID),
            (todo.series.as_deref().is_some_and(is_of_others), PARENT),
            (definition.tags.iter().chain([&definition.category]).any(is_spaced), SPACED),
        ]
        .into_iter()
        .filter_map(|(is_there, field)| is_there.then_some(field)),
    );
    (words.join(" ") + "\n", left_out)
}

/// Whether it is one word, and read as `key:value`.
fn is_pair(text: &str) -> bool {
    is_mark(text) && !text.contains(char::is_whitespace)
}

/// The shortest text that means this instant on the clock of the zone.
fn due(at: Timestamp, context: &Context) -> String {
    let clock = at.to_zoned(context.zone.clone());
    ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .map(|form| clock.strftime(form).to_string())
        .find(|text| parse_time(text, &context.zone, context.now) == Ok(at))
        .unwrap_or_else(|| at.to_string())
}
