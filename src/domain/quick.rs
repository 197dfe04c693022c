//! A to-do in one line: `Pay rent due:tomorrow prio:2 +home category:money @ana`.

use super::field::{self, Context, FIELDS, Field};
use super::spelling::nearest;
use super::task::{Definition, Status, Work};
use super::words::words;

/// Short names of fields, for what is typed most.
const SHORT: [(&str, &str); 8] = [
    ("by", "due"),
    ("prio", "priority"),
    ("pri", "priority"),
    ("p", "priority"),
    ("cat", "category"),
    ("tag", "tags"),
    ("for", "assignee"),
    ("desc", "description"),
];

/// Fields that the line itself says, or that only a machine has in its own way.
const NOT_HERE: [&str; 4] = ["name", "command", "script", "paused"];

/// Words that a value can go on with, at most: `due:2026-12-24 18:00`.
const GOES_ON: usize = 3;

/// Reads it. What is neither `+tag`, `@assignee` nor `FIELD:VALUE` is the title; a value with blanks stands in double quotes, unless
/// it is a time, which is read as far as it goes. The error says what is wrong with which word.
pub fn read(text: &str, context: &Context) -> Result<Definition, String> {
    let mut definition = Definition::new("", Work::Todo(Status::Open));
    let mut title: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if let Some(tag) = word.strip_prefix('+').filter(|tag| tag.starts_with(char::is_alphabetic)) {
            tags.push(tag.to_owned());
        } else if let Some(assignee) = word.strip_prefix('@').filter(|who| who.starts_with(char::is_alphabetic)) {
            definition.assignee = Some(assignee.to_owned());
        } else if let Some((name, value)) = custom(word) {
            Field::named("field")?.set(&mut definition, &field::custom(name, value), context)?;
        } else if let Some((field, value)) = field(word) {
            at += set(&mut definition, &mut tags, field, value, &words[at..], context)?;
        } else if let Some((key, near)) = meant(word) {
            return Err(format!("there is no `{key}`; did you mean {near}:? `{key} : ...` is text"));
        } else {
            title.push(word.clone());
        }
    }
    tags.extend(std::mem::take(&mut definition.tags));
    tags.sort();
    tags.dedup();
    definition.tags = tags;
    if title.is_empty() {
        return Err("what is to be done?".to_owned());
    }
    Field::named("name")?.set(&mut definition, &title.join(" "), context)?;
    Ok(definition)
}

/// The name of a field for what may be a short one.
pub(super) fn long(key: &str) -> &str {
    SHORT.iter().find(|(short, _)| *short == key).map_or(key, |(_, long)| long)
}

/// The field of its type that a word names, as `field.vendor:acme`, and the value in it.
pub(super) fn custom(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.strip_prefix("field.")?.split_once(':')?;
    (!name.is_empty()).then_some((name, value))
}

/// The field that a word names, and the value in it.
fn field(word: &str) -> Option<(&'static Field, &str)> {
    let (key, value) = word.split_once(':')?;
    let key = long(key);
    let field = Field::named(key).ok().filter(|field| !NOT_HERE.contains(&field.key))?;
    // `note: call Ana` is text; so is a name of a field alone.
    (!value.is_empty()).then_some((field, value))
}

/// What looks like a field that is none, and the field that was meant: its beginning, or nearly its name.
fn meant(word: &str) -> Option<(&str, &'static str)> {
    let (key, value) = word.split_once(':')?;
    let plain = key.len() >= 3 && key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    if !plain || value.is_empty() || value.starts_with('/') || Field::named(key).is_ok() {
        return None;
    }
    let keys = || FIELDS.iter().map(|field| field.key).filter(|key| !NOT_HERE.contains(key));
    let near = keys().find(|field| field.starts_with(key)).or_else(|| nearest(key, keys()))?;
    Some((key, near))
}

/// Gives the field its value, with as many of the words behind it as still make a time; says how many those were.
fn set(
    definition: &mut Definition,
    tags: &mut Vec<String>,
    field: &Field,
    value: &str,
    behind: &[String],
    context: &Context,
) -> Result<usize, String> {
    if field.key == "tags" {
        tags.extend(value.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned));
        return Ok(0);
    }
    let taken = if field.key == "due" { behind.len().min(GOES_ON) } else { 0 };
    for more in (0..=taken).rev() {
        let whole =
            std::iter::once(value).chain(behind[..more].iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        match field.set(definition, &whole, context) {
            Ok(()) if field.get(definition, context).is_none() && !value.is_empty() && value != "0" => {
                return Err(format!("{}: a to-do has none", field.key));
            }
            Ok(()) => return Ok(more),
            Err(_) if more > 0 => {}
            Err(e) => return Err(e),
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::tz::TimeZone;

    use super::*;

    fn context() -> Context {
        Context {
            zone: TimeZone::UTC,
            now: "2026-11-21T14:12:00Z".parse().unwrap(),
            folder: PathBuf::new(),
            types: None,
        }
    }

    #[test]
    fn a_to_do_is_read_from_one_line() {
        let read = |text| read(text, &context()).unwrap();
        let rent = read("Pay rent due:tomorrow prio:2 +home category:money @ana");
        assert_eq!((rent.name.as_str(), rent.category.as_str()), ("Pay rent", "money"));
        assert_eq!((rent.priority.get(), rent.assignee.as_deref()), (2, Some("ana")));
        assert_eq!((rent.tags.as_slice(), rent.work), (&["home".to_owned()][..], Work::Todo(Status::Open)));
        assert_eq!(rent.due_at.unwrap().to_string(), "2026-11-22T00:00:00Z");
        let order = read("Order disks field.vendor:\"A; B\" field.hours:3");
        let fields: Vec<_> = order.custom.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!((order.name.as_str(), fields), ("Order disks", vec![("hours", "3"), ("vendor", "A; B")]));
        let call = read("Call due:2026-12-24 18:00 Ana +x tag:b,a remind:\"2h, 1d\"");
        assert_eq!((call.name.as_str(), call.tags.join(" ").as_str()), ("Call Ana", "a b x"));
        assert_eq!(call.due_at.unwrap().to_string(), "2026-12-24T18:00:00Z");
        assert_eq!(call.reminders.len(), 2);
        // What a person writes all the same.
        let text = read("Re: 2+2 http://a.b:80 at 9:00 + 1 note: 5\" \"two words\" @ 3");
        assert_eq!(text.name, "Re: 2+2 http://a.b:80 at 9:00 + 1 note: 5\" two words @ 3");
        assert_eq!(read("x due:tomorrow 9 lives").name, "x 9 lives");
    }

    #[test]
    fn x1_what_is_wrong_in_the_line_is_said_with_its_field() {
        for (text, said) in [
            ("", "what is to be done?"),
            ("due:today", "what is to be done?"),
            ("x prio:11", "priority: `11` is not a number from 1 to 10"),
            ("x due:someday", "due: `someday` is not a time"),
            ("x depends:pay-rent", "there is no `depends`; did you mean depends-on:?"),
            ("x rem:2h", "there is no `rem`; did you mean remind:?"),
            ("x catgory:home", "there is no `catgory`; did you mean category:?"),
            ("x timeout:5m", "timeout: a to-do has none"),
            ("!!!", "needs at least one letter or digit"),
        ] {
            let error = read(text, &context()).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
