//! The schedule builder: the schedules of a task, one at a time and field by field, and what the one in it will do.

use std::time::Duration;

use tui_textarea::TextArea;

use super::draft::Draft;
use super::edit;
use super::merge::Texts;
use super::outlook::{Asked, Outlook, Wrong};
use crate::domain::TaskId;
use crate::domain::options::OPTIONS;
use crate::domain::rule;
use crate::domain::rule::ZONE;
use crate::domain::spread::Spread;

/// The fields, in the order of Tab: key, what it is called, what to type.
const LAYOUT: &[(&str, &str, &str)] = &[
    ("when", "When", "weekdays at 7:30; */30 6-21 * * 1-5; every 15m; at tomorrow 9:00; startup"),
    (ZONE, "Zone", "such as Europe/Berlin; else the one of this machine"),
    ("jitter", "Jitter", "starts up to this much later: 5m"),
    ("missed", "Missed", "while Tempo did not run: skip, latest, all"),
    ("start", "Start", "nothing before: 2026-12-24 or 2026-12-24T18:00"),
    ("end", "End", "nothing after: 2026-12-24 or 2026-12-24T18:00"),
    ("except", "Except", "not on: 2026-12-24..2026-12-26,sat,sun"),
    ("excluded", "Excluded", "what falls on such a day: skip, shift"),
    ("calendar", "Calendar", "not on the days of this file: .ics, or a date a line"),
    ("overlap", "Overlap", "skip, queue, queue-all, parallel=N, replace"),
    ("timeout", "Timeout", "stop a run after: 90s, 5m, 2h30m"),
];

/// The fields that belong to the task, not to one of its schedules.
const OF_TASK: [&str; 2] = ["overlap", "timeout"];

/// A field.
#[derive(Debug, Clone)]
pub struct BuilderField {
    /// The key under which the domain knows it.
    pub key: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What to type.
    pub help: &'static str,
    /// The text and its cursor.
    pub text: TextArea<'static>,
}

/// From where the builder was opened, and where its texts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From a list, for the task of this slug: saved.
    Task(String),
    /// From the form that lies below it: taken over by it.
    Form,
}

/// The builder.
#[derive(Debug, Clone)]
pub struct Builder {
    /// From where it was opened.
    pub origin: Origin,
    /// The texts of the whole task, as they were.
    base: Draft,
    /// The texts of all schedules; of the one in the fields as it was when it came there.
    texts: Vec<String>,
    /// Which of them is in the fields.
    pub at: usize,
    /// The fields.
    pub fields: Vec<BuilderField>,
    /// The field that is typed into.
    pub focus: usize,
    /// Whether the last days are played, not the next ones.
    pub past: bool,
    /// Lines of the preview that are above the screen.
    pub scroll: usize,
    /// What `Ctrl-e` wrote into the first field, and what stood there before.
    pub swapped: Option<(String, String)>,
    /// The texts with which it was opened.
    pub first: Draft,
    /// What the store or the form has instead, when it was opened with text kept from the last time.
    pub stored: Option<Draft>,
    /// What was asked last.
    pub sent: Option<Asked>,
    /// The newest answer; until the next one comes it is that to an older text.
    pub outlook: Option<Box<Outlook>>,
    /// When, on the monotonic clock, the answer has to be asked for anew because time has passed.
    pub refresh_at: Option<Duration>,
    /// Whether saving was tried.
    pub tried: bool,
    /// Whether it is being saved.
    pub saving: bool,
}

impl Builder {
    /// For a task with these texts, at one of its schedules.
    pub fn new(origin: Origin, base: Draft, at: usize) -> Self {
        let mut texts: Vec<String> = base
            .text("when")
            .split([';', '\n'])
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect();
        if texts.is_empty() {
            texts.push(String::new());
        }
        let at = at.min(texts.len() - 1);
        let mut builder = Self {
            origin,
            first: base.clone(),
            base,
            at,
            fields: Vec::new(),
            texts,
            focus: 0,
            past: false,
            scroll: 0,
            swapped: None,
            stored: None,
            sent: None,
            outlook: None,
            refresh_at: None,
            tried: false,
            saving: false,
        };
        builder.fill();
        builder.first = builder.draft();
        builder
    }

    /// Puts the schedule `at` into the fields.
    fn fill(&mut self) {
        let texts = split(self.texts.get(self.at).map_or("", String::as_str));
        let text_of = |key: &str| match self.fields.iter().find(|field| field.key == key) {
            Some(field) if OF_TASK.contains(&key) => edit::text(&field.text),
            None if OF_TASK.contains(&key) => self.base.text(key).to_owned(),
            _ => texts.iter().find(|(k, _)| *k == key).map_or_else(String::new, |(_, text)| text.clone()),
        };
        let field = |&(key, label, help)| BuilderField { key, label, help, text: edit::editor(&text_of(key)) };
        let fields = LAYOUT.iter().map(field).collect();
        self.fields = fields;
        self.outlook = None;
        self.swapped = None;
        self.scroll = 0;
    }

    /// The text of a field.
    pub fn text(&self, key: &str) -> String {
        self.fields.iter().find(|field| field.key == key).map_or_else(String::new, |field| edit::text(&field.text))
    }

    /// The task that is edited; `None` when it is a new one.
    pub fn task(&self) -> Option<TaskId> {
        self.base.task
    }

    /// How the task is called.
    pub fn name(&self) -> &str {
        match &self.origin {
            Origin::Task(slug) => slug,
            Origin::Form => self.base.text("name"),
        }
    }

    /// The texts of all schedules as they are now.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = self.texts.clone();
        if let Some(text) = texts.get_mut(self.at) {
            *text = join(&self.fields);
        }
        texts
    }

    /// How many schedules there are, with the one in the fields.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Another schedule into the fields, in a circle.
    pub fn next_schedule(&mut self) {
        self.show((self.at + 1) % self.texts.len().max(1));
    }

    /// This schedule into the fields.
    pub fn show(&mut self, at: usize) {
        self.texts = self.texts();
        self.at = at.min(self.texts.len().saturating_sub(1));
        self.fill();
    }

    /// One more, which goes into the fields.
    pub fn add(&mut self) {
        self.texts = self.texts();
        self.texts.push(String::new());
        self.show(self.texts.len() - 1);
        self.focus = 0;
    }

    /// Takes the one in the fields away.
    pub fn remove(&mut self) {
        self.texts.remove(self.at);
        if self.texts.is_empty() {
            self.texts.push(String::new());
        }
        self.at = self.at.min(self.texts.len() - 1);
        self.fill();
    }

    /// The texts of the whole task as they are now.
    pub fn draft(&self) -> Draft {
        let mut draft = self.base.clone();
        let mut set = |key: &'static str, text: String| match draft.texts.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = text,
            None => draft.texts.push((key, text)),
        };
        let rules: Vec<String> = self.texts().into_iter().filter(|text| !text.is_empty()).collect();
        set("when", rules.join("; "));
        for key in OF_TASK {
            set(key, self.text(key));
        }
        draft
    }

    /// What the worker has to know.
    pub fn asked(&self) -> Asked {
        let fields = self.fields.iter().map(|field| (field.key, edit::text(&field.text))).collect();
        Asked {
            task: self.base.task,
            name: self.base.text("name").to_owned(),
            fields,
            texts: self.texts(),
            at: self.at,
            past: self.past,
        }
    }

    /// What `H` in a schedule becomes numbers by.
    pub fn spread(&self) -> Spread {
        self.base.spread()
    }

    /// Fields that were changed here were changed elsewhere, too, to these texts. They are not asked about again.
    pub fn overtake(&mut self, theirs: Texts) {
        self.base.base.retain(|(key, _)| theirs.iter().all(|(k, _)| k != key));
        self.base.base.extend(theirs);
    }

    /// Brings back what is stored, when it was opened with text kept from the last time.
    pub fn revert(&mut self) {
        if let Some(stored) = self.stored.take() {
            *self = Self::new(self.origin.clone(), stored, self.at);
        }
    }

    /// The answer, when it is that to what stands in the fields now.
    pub fn fresh(&self) -> Option<&Outlook> {
        let outlook = self.outlook.as_deref()?;
        (self.sent.as_ref() == Some(&self.asked())).then_some(outlook)
    }

    /// What is wrong with a field and should be said.
    pub fn error(&self, key: &str) -> Option<&Wrong> {
        let wrong = self.outlook.as_deref()?.errors.iter().find(|wrong| wrong.key == key)?;
        (self.tried || !self.text(key).trim().is_empty()).then_some(wrong)
    }

    /// To a field, by its key.
    pub fn go_to(&mut self, key: &str) {
        if let Some(at) = self.fields.iter().position(|field| field.key == key) {
            self.focus = at;
        }
    }
}

/// The fields of one schedule from its text. What belongs to none of them stays with when it is due, to be called wrong there.
fn split(text: &str) -> Vec<(&'static str, String)> {
    let (when, mut words) = rule::split(text);
    let mut when = when.trim().to_owned();
    let mut fields: Vec<(&'static str, String)> = Vec::new();
    let keys = || OPTIONS.iter().map(|(key, _)| *key).chain([ZONE]);
    loop {
        words = words.trim_start();
        if words.is_empty() {
            break;
        }
        let end = end_of_word(words);
        let (word, rest) = words.split_at(end);
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match keys().find(|key| *key == name).filter(|key| fields.iter().all(|(k, _)| k != key)) {
            Some(key) => fields.push((key, value.trim_matches('"').to_owned())),
            None => when = format!("{when} {word}"),
        }
        words = rest;
    }
    fields.push(("when", when));
    fields
}

/// Where the first word ends; what stands in quotation marks belongs to it.
fn end_of_word(text: &str) -> usize {
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        !quoted && c.is_whitespace()
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// One schedule as text, in the order in which a rule shows itself; nothing when nothing is said.
fn join(fields: &[BuilderField]) -> String {
    let text_of =
        |key| fields.iter().find(|field| field.key == key).map_or_else(String::new, |field| edit::text(&field.text));
    let mut text = text_of("when").trim().to_owned();
    for key in OPTIONS.iter().map(|(key, _)| *key).chain([ZONE]) {
        let mut value = text_of(key).trim().to_owned();
        if key == "except" {
            value = value.split(',').map(str::trim).collect::<Vec<_>>().join(",");
        }
        if value.is_empty() {
            continue;
        }
        let quote = if value.contains(char::is_whitespace) { "\"" } else { "" };
        text = format!("{text} {key}={quote}{value}{quote}");
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(when: &str) -> Builder {
        let texts = vec![("name", "a".to_owned()), ("when", when.to_owned()), ("overlap", "skip".to_owned())];
        Builder::new(Origin::Form, Draft { task: None, base: Vec::new(), texts }, 0)
    }

    #[test]
    fn a_text_is_split_into_fields_and_put_together_again() {
        for text in [
            "0 2 * * * missed=all jitter=5m",
            "every 1h30m start=2026-12-01 end=2026-12-24T18:00:00 tz=Asia/Tokyo",
            "0 2 * * * except=sat,sun calendar=\"/my days.ics\" excluded=shift",
            "startup",
            "",
        ] {
            let builder = builder(text);
            assert_eq!(builder.texts(), [text]);
            assert_eq!(builder.draft(), builder.first);
        }
        let builder = builder("0 2 * * * tz=UTC colour=red missed=all missed=skip");
        assert_eq!(builder.text("when"), "0 2 * * * colour=red missed=skip", "what has no field is not lost");
        assert_eq!((builder.text("tz"), builder.text("missed")), ("UTC".to_owned(), "all".to_owned()));
    }

    #[test]
    fn values_with_spaces_are_quoted_and_lists_are_not() {
        let mut builder = builder("0 2 * * *");
        for (key, text) in [("jitter", "5 minutes"), ("except", "sat, 2026-12-24 , sun"), ("missed", " all ")] {
            builder.go_to(key);
            let focus = builder.focus;
            builder.fields[focus].text = edit::editor(text);
        }
        assert_eq!(builder.texts(), ["0 2 * * * missed=all jitter=\"5 minutes\" except=sat,2026-12-24,sun"]);
    }

    #[test]
    fn several_schedules_are_gone_through_added_and_removed_and_the_task_has_one_overlap() {
        let mut builder = builder("every 1h; 0 2 * * * jitter=5m");
        builder.go_to("overlap");
        let focus = builder.focus;
        builder.fields[focus].text = edit::editor("queue");
        builder.next_schedule();
        assert_eq!(
            (builder.at, builder.text("when").as_str(), builder.text("jitter").as_str()),
            (1, "0 2 * * *", "5m")
        );
        assert_eq!(builder.text("overlap"), "queue");
        builder.add();
        assert_eq!((builder.at, builder.count(), builder.text("when").as_str()), (2, 3, ""));
        assert_eq!(builder.draft().text("when"), "every 1h; 0 2 * * * jitter=5m", "nothing is said of the third");
        builder.remove();
        builder.next_schedule();
        builder.remove();
        assert_eq!((builder.draft().text("when"), builder.draft().text("overlap")), ("0 2 * * * jitter=5m", "queue"));
        builder.remove();
        assert_eq!((builder.count(), builder.draft().text("when")), (1, ""));
    }
}
