//! The form in which a task is added or edited.

use tui_textarea::TextArea;

use super::builder::Builder;
use super::draft::{Checked, Draft, NEW};
use super::edit;
use super::merge::Texts;
use crate::config::templates::Template;
use crate::domain::TaskId;

/// One field of the form.
#[derive(Debug, Clone)]
pub struct FormField {
    /// The heading under which it stands.
    pub heading: &'static str,
    /// The key under which the domain knows it, or `when`.
    pub key: &'static str,
    /// What to type.
    pub help: &'static str,
    /// Whether it can have several lines.
    pub lines: bool,
    /// The text and its cursor.
    pub text: TextArea<'static>,
    /// Whether the person has been in it: before that it is not called wrong.
    pub visited: bool,
}

/// A field: key, help, and whether it can have several lines.
type FieldSpec = (&'static str, &'static str, bool);

/// The fields under their headings, the most wanted ones first.
const LAYOUT: &[(&str, &[FieldSpec])] = &[
    (
        "What",
        &[
            ("name", "what you call it", false),
            ("command", "a shell command line; without one it is a to-do. {line}: a new line", true),
            ("status", "of a to-do: open, in_progress, completed, cancelled", false),
        ],
    ),
    (
        "When",
        &[
            ("when", "every 15m; 30 2 * * * missed=all jitter=5m; at tomorrow 9:00; startup. Several with ;", false),
            ("after", "run when these have ended: backup; mirror:failure; sync:any", false),
            ("if", "run by itself only if: load<4; ac; network; cmd:COMMAND", false),
            ("if-window", "how long it waits for that before it is skipped: 30m", false),
            ("due", "of a to-do: 2026-12-24 18:00, tomorrow 9:00, +2h", false),
            ("remind", "1d and 2h before it is due, 0s when it is, or 2026-12-24 9:00; several with commas", false),
            ("depends-on", "what has to be done before it: tests; approve:each for a new done before each run", false),
            ("recur", "of a to-do: every month, weekdays at 9:00; or 1 week after done; until=2027-12-31", false),
        ],
    ),
    (
        "How",
        &[
            (
                "script",
                "in place of a command: the path of a script file; new python, new shell, {templates}: it is made",
                false,
            ),
            ("cwd", "the folder in which it runs; else the home folder", false),
            ("env", "NAME=VALUE. {line}: another one", true),
            ("retry", "how many more attempts after a failure: 3; 3 delay=1m backoff=2 on=1,timeout", false),
            ("overlap", "at its next slot: skip, queue, queue-all, parallel=N, replace", false),
            ("group", "it shares a place with others of the group: disk", false),
            ("secrets", "TOKEN=file:/run/secrets/token; GH=env:GH_TOKEN. Masked in the output", false),
            ("stdin", "the text on standard input. {line}: a new line", true),
            ("shell", "the shell for a command line: /bin/sh", false),
            ("python", "of a script, in an environment of its own: 3.12, /usr/bin/python3.11", false),
            ("pty", "true: it prints to a terminal of its own, with colours", false),
        ],
    ),
    (
        "Limits",
        &[
            ("timeout", "stop a run after this long: 90s, 5m, 2h30m", false),
            ("deadline", "all attempts together have so long: 2h", false),
            ("memory", "of all its processes together; more ends the run: 512M, 2G", false),
            ("cpu", "CPU time of all its processes together; more ends the run: 10m", false),
            ("open-files", "that each of its processes may have: 4096", false),
            ("nice", "how much it lets others go before: -20 to 19", false),
            ("output-cap", "how much of a run's output is kept: 64M, 2G, none; as the settings say when empty", false),
            ("grace", "from the stop signal to KILL: 10s", false),
            ("stop-signal", "what asks a run to stop: TERM, INT, HUP, QUIT, USR1, USR2 or a number", false),
            ("pause-after", "pause it after so many failures in a row: 3", false),
            ("todo-after", "open a to-do about it after so many failures in a row: 3", false),
            ("expect-by", "say so when it has not succeeded: for 25h, or by 06:00 each day", false),
        ],
    ),
    (
        "About",
        &[
            ("category", "a path such as media/backup", false),
            ("tags", "words, separated by commas", false),
            ("priority", "1 (first) to 10 (last)", false),
            ("assignee", "who does it or answers for it", false),
            ("description", "what it is about, in Markdown. {line}: a new line", true),
            ("progress", "how far it is, in percent: 0 to 100", false),
            ("type", "its type, of those in the configuration", false),
            ("field", "fields of its type: customer=Acme; hours=3", false),
        ],
    ),
];

/// The fields that mean something only for what the machine does.
const OF_MACHINE: &[&str] = &[
    "when",
    "after",
    "if",
    "if-window",
    "script",
    "cwd",
    "env",
    "retry",
    "overlap",
    "group",
    "secrets",
    "stdin",
    "shell",
    "python",
    "pty",
    "timeout",
    "deadline",
    "memory",
    "cpu",
    "open-files",
    "nice",
    "output-cap",
    "grace",
    "stop-signal",
    "pause-after",
    "todo-after",
    "expect-by",
];

/// The fields of the form of a new script, in order.
const SCRIPT: &[&str] = &["name", "category", "script", "when"];

/// The form.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Form {
    /// The task that is edited and its slug; `None` adds one.
    pub task: Option<(TaskId, String)>,
    /// The fields.
    pub fields: Vec<FormField>,
    /// The field that is typed into.
    pub focus: usize,
    /// What the domain says about the text, as of the last answer.
    pub checked: Checked,
    /// The text with which it was opened.
    pub first: Draft,
    /// The texts of the task when the person began to change them (see [`Draft::base`]).
    pub base: Texts,
    /// What the store has instead, when it was opened with text kept from the last time.
    pub stored: Option<Texts>,
    /// What was changed elsewhere since then, of the fields that were changed here, too: key and what to say.
    pub overtaken: Texts,
    /// The text that was last sent to be checked.
    pub sent: Option<Draft>,
    /// Whether saving was tried: from then on every field says what is wrong.
    pub tried: bool,
    /// What the template from which it was filled wants changed.
    pub advice: Vec<String>,
    /// Whether it is being saved.
    pub saving: bool,
    /// Whether Enter saves in each field, and not in the last one only.
    pub quick: bool,
    /// Whether it is about a to-do that there is: as long as it stays one, it shows only what a to-do has.
    pub of_todo: bool,
    /// The schedule builder, when it was closed with text that the form did not get.
    pub builder: Option<Box<Builder>>,
}

impl Form {
    /// A form with these texts, of a task that had the texts `base`; keys that are not given are empty.
    pub fn new(task: Option<(TaskId, String)>, texts: &[(&'static str, String)], base: Texts) -> Self {
        let fields: Vec<FormField> = LAYOUT
            .iter()
            .flat_map(|(heading, fields)| fields.iter().map(move |field| (*heading, *field)))
            // A new to-do is open, and nothing else has a status.
            .filter(|(_, (key, ..))| *key != "status" || texts.iter().any(|(k, _)| *k == "status"))
            .map(|(heading, (key, help, lines))| {
                let text = texts.iter().find(|(k, _)| *k == key).map_or("", |(_, text)| text);
                FormField { heading, key, help, lines, text: edit::editor(text), visited: false }
            })
            .collect();
        let first = draft(task.as_ref(), &base, &fields);
        let of_todo = task.is_some() && fields.iter().any(|field| field.key == "status");
        Self {
            task,
            fields,
            focus: 0,
            checked: Checked::default(),
            first,
            base,
            stored: None,
            overtaken: Vec::new(),
            sent: None,
            tried: false,
            advice: Vec::new(),
            saving: false,
            quick: false,
            of_todo,
            builder: None,
        }
    }

    /// The form of a new task with a new script: what is needed to begin, and Enter saves in each field.
    pub fn script(texts: &[(&'static str, String)]) -> Self {
        let mut form = Self::new(None, texts, Vec::new());
        form.fields.retain(|field| SCRIPT.contains(&field.key));
        form.fields.sort_by_key(|field| SCRIPT.iter().position(|key| *key == field.key));
        // Four fields need no headings.
        form.fields.iter_mut().for_each(|field| field.heading = "");
        form.quick = true;
        form.first = form.draft();
        form
    }

    /// Fills the fields that are empty from a template; returns those that are not, and stay as they are.
    pub fn fill(&mut self, template: &Template) -> Vec<&'static str> {
        let mut kept = Vec::new();
        let new = format!("{NEW} {}", template.name);
        let script = template.script.as_ref().map(|_| ("script", &new));
        if self.quick {
            // A template may say more than the short form has; and what that says of the script is no person's word.
            let Draft { mut texts, .. } = self.draft();
            texts.retain(|(key, _)| *key != "script");
            let full = Self::new(None, &texts, Vec::new());
            (self.fields, self.focus, self.quick) = (full.fields, 0, false);
        }
        let fields = template.fields.iter().map(|(key, text)| (*key, text));
        for (key, text) in fields.chain(script) {
            let key = &key;
            let Some(field) = self.fields.iter_mut().find(|field| field.key == *key) else { continue };
            if edit::text(&field.text).trim().is_empty() {
                edit::replace(&mut field.text, text);
            } else {
                kept.push(*key);
            }
        }
        kept
    }

    /// The texts as they are now.
    pub fn draft(&self) -> Draft {
        draft(self.task.as_ref(), &self.base, &self.fields)
    }

    /// What is wrong with a field and should be said.
    pub fn error(&self, at: usize) -> Option<&str> {
        let field = self.fields.get(at)?;
        if let Some((_, text)) = self.overtaken.iter().find(|(key, _)| *key == field.key) {
            return Some(text);
        }
        let (_, text) = self.checked.errors.iter().find(|(key, _)| *key == field.key)?;
        let typed = !field.text.is_empty();
        (self.tried || (field.visited && at != self.focus) || (typed && at == self.focus)).then_some(text)
    }

    /// Fields that were changed here were changed elsewhere, too, to these texts. That is said, and not asked again.
    pub fn overtake(&mut self, theirs: Texts) {
        self.overtaken = theirs.iter().map(|(key, text)| (*key, overtaken(text))).collect();
        self.base.retain(|(key, _)| theirs.iter().all(|(k, _)| k != key));
        self.base.extend(theirs);
    }

    /// Brings back what is stored, in a form with text kept from the last time. Ctrl-z in a field takes it back there.
    pub fn revert(&mut self) {
        let Some(stored) = self.stored.take() else { return };
        for field in &mut self.fields {
            let text = stored.iter().find(|(key, _)| *key == field.key).map_or("", |(_, text)| text);
            if edit::text(&field.text) != text {
                edit::replace(&mut field.text, text);
            }
        }
        self.overtaken.clear();
        self.base = stored;
        self.first = self.draft();
    }

    /// Whether it is about a to-do, of which nothing makes a machine's task.
    pub fn is_of_todo(&self) -> bool {
        let makes_one = |field: &&FormField| ["command", "script"].contains(&field.key);
        let works = self.fields.iter().filter(makes_one);
        self.of_todo && works.map(|field| edit::text(&field.text)).all(|text| text.trim().is_empty())
    }

    /// Whether a field is on the screen: of a to-do, what it has a use for, or what stands or is wrong there.
    pub fn shows(&self, at: usize) -> bool {
        let is_other = |field: &&FormField| self.is_of_todo() && OF_MACHINE.contains(&field.key);
        let Some(field) = self.fields.get(at).filter(is_other) else { return true };
        at == self.focus || !edit::text(&field.text).trim().is_empty() || self.error(at).is_some()
    }

    /// To the field after this one that is shown, or before it; stays at the ends.
    pub fn step(&mut self, forward: bool) {
        let shown = |at: &usize| self.shows(*at);
        let to =
            if forward { (self.focus + 1..self.fields.len()).find(shown) } else { (0..self.focus).rev().find(shown) };
        self.go(to.unwrap_or(self.focus));
    }

    /// To another field; stays at the ends.
    pub fn go(&mut self, to: usize) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.visited = true;
        }
        self.focus = to.min(self.fields.len().saturating_sub(1));
    }

    /// To the first field that is wrong; returns what is wrong there, with the name of the field.
    pub fn go_to_error(&mut self) -> Option<String> {
        let said =
            |field: &FormField| self.overtaken.iter().chain(&self.checked.errors).find(|(key, _)| *key == field.key);
        let (at, text) = self.fields.iter().enumerate().find_map(|(at, field)| {
            let (key, text) = said(field)?;
            Some((at, format!("{key}: {text}")))
        })?;
        self.go(at);
        Some(text)
    }
}

/// The most of a text that is quoted.
const QUOTED: usize = 60;

/// What is said of a field that was changed elsewhere, too.
pub fn overtaken(theirs: &str) -> String {
    let line = theirs.lines().collect::<Vec<_>>().join(" / ");
    let quoted: String = line.chars().take(QUOTED).collect();
    let more = if quoted.len() < line.len() { "..." } else { "" };
    let now = if line.is_empty() { "nothing".to_owned() } else { format!("`{quoted}{more}`") };
    format!("was changed meanwhile to {now}; save again to overwrite it")
}

fn draft(task: Option<&(TaskId, String)>, base: &Texts, fields: &[FormField]) -> Draft {
    let texts = fields.iter().map(|field| (field.key, edit::text(&field.text))).collect();
    Draft { task: task.map(|(id, _)| *id), base: base.clone(), texts }
}
