//! The command palette: what can be done, with what, ranked by what is typed.

use std::collections::HashMap;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_textarea::TextArea;

use super::{Model, Subject, edit};
use crate::domain::run::Run;
use crate::domain::task::Kind;
use crate::domain::{RunId, TaskId};
use crate::store::tasks::TaskRow;
use crate::tui::action::{self, Action, Scope, Spec};

/// The palette.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What is typed.
    pub text: TextArea<'static>,
    /// The entry under the cursor.
    pub cursor: usize,
    /// What was selected when it opened: an action is meant for that.
    pub subject: Option<Subject>,
    /// What the store has for the text.
    pub found: Offers,
    /// The text for which it was asked last.
    pub asked: Option<String>,
    /// What can be done, the best match first.
    pub entries: Vec<Entry>,
}

/// What the store has for a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The first tasks that contain it, and before them the one that is called so.
    pub tasks: Vec<TaskRow>,
    /// The newest runs, and before them the one of that number.
    pub runs: Vec<Run>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub deed: Deed,
    /// In words.
    pub title: String,
    /// Its key.
    pub key: String,
    /// The pane in which it is done, when there is another of the same title.
    pub place: Option<String>,
    /// Why it is not possible now.
    pub reason: Option<String>,
    /// What Tab makes of the prompt.
    pub fill: String,
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// An action of the table, on what was selected.
    Act(Action),
    /// An action on this task and its newest run.
    On(Action, Subject),
    /// Selects this task.
    Go(TaskId, String),
    /// Shows what the newest run of this task printed.
    Output(TaskId, String),
    /// Shows what this run printed.
    Run(RunId, TaskId, String),
    /// Opens the form for a task of this name.
    Add(String),
    /// Filters the tasks.
    Filter(String),
    /// Leaves.
    Quit,
}

/// A first word that takes the rest as its argument.
struct Verb {
    word: &'static str,
    title: &'static str,
    of: Of,
}

/// What a verb is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Task(Action),
    Go,
    Output,
    Add,
    Filter,
}

const VERBS: &[Verb] = &[
    Verb { word: "run", title: "Run", of: Of::Task(Action::Run) },
    Verb { word: "stop", title: "Stop", of: Of::Task(Action::Stop) },
    Verb { word: "kill", title: "Kill", of: Of::Task(Action::Kill) },
    Verb { word: "pause", title: "Pause or resume", of: Of::Task(Action::Pause) },
    Verb { word: "edit", title: "Edit", of: Of::Task(Action::Edit) },
    Verb { word: "schedule", title: "Schedules of", of: Of::Task(Action::Schedule) },
    Verb { word: "why", title: "Why did or did not run", of: Of::Task(Action::Why) },
    Verb { word: "delete", title: "Delete", of: Of::Task(Action::Delete) },
    Verb { word: "go", title: "Go to", of: Of::Go },
    Verb { word: "output", title: "Output of", of: Of::Output },
    Verb { word: "add", title: "Add a task", of: Of::Add },
    Verb { word: "filter", title: "Filter the tasks", of: Of::Filter },
];

/// What vi's people type to leave.
const QUIT: &[&str] = &["q", "q!", "qa", "quit", "wq", "x", "exit"];

/// The verb that begins a text, and the rest of it.
fn verb(text: &str) -> Option<(&'static Verb, &str)> {
    let (word, rest) = text.split_once(' ')?;
    Some((VERBS.iter().find(|verb| verb.word == word)?, rest.trim()))
}

impl Palette {
    /// An empty one, over what is selected.
    pub fn new(subject: Option<Subject>) -> Self {
        let (found, entries) = (Offers::default(), Vec::new());
        Self { text: edit::editor(""), cursor: 0, subject, found, asked: None, entries }
    }

    /// What is typed; a colon before it is a habit.
    fn typed(&self) -> String {
        let text = edit::text(&self.text);
        text.trim_start().trim_start_matches(':').to_owned()
    }

    /// What is said when nothing can be done with what is typed.
    pub fn nothing(&self) -> String {
        let typed = self.typed();
        match verb(&typed) {
            Some((Verb { of: Of::Output, .. }, rest)) => format!("no task and no run is found by `{rest}`"),
            Some((_, rest)) => format!("no task is found by `{rest}`"),
            None => format!("no command, task or run is found by `{}`", typed.trim()),
        }
    }

    /// Whether it is for the store to say what the entry under the cursor is.
    pub fn is_of_store(&self) -> bool {
        let entry = self.entries.get(self.cursor);
        !entry.is_some_and(|e| matches!(e.deed, Deed::Act(_) | Deed::Add(_) | Deed::Filter(_) | Deed::Quit))
    }

    /// The text that tasks and runs must fit; `None` when none is wanted.
    pub fn wanted(&self) -> Option<String> {
        let typed = self.typed();
        match verb(&typed) {
            Some((Verb { of: Of::Add | Of::Filter, .. }, _)) => None,
            Some((_, rest)) => Some(rest.to_owned()),
            None => Some(typed.trim().to_owned()).filter(|text| !text.is_empty()),
        }
    }

    /// Everything that can be done with what is typed.
    pub fn rank(&self, model: &Model) -> Vec<Entry> {
        let typed = self.typed();
        if let Some((verb, rest)) = verb(&typed) {
            return self.arguments(model, verb, rest);
        }
        let typed = typed.trim();
        let mut all: Vec<(u32, Entry)> = Vec::new();
        let mut rank = Rank::of(typed);
        for (haystack, entry) in actions(model) {
            all.extend(rank.score(&haystack).map(|score| (score, entry)));
        }
        if !typed.is_empty() {
            // What the store found by its command or its category stands behind what is called so.
            all.extend(self.found.tasks.iter().map(|row| (rank.score(&row.slug).unwrap_or(0), go(row))));
            let runs = self.found.runs.iter().map(run);
            all.extend(runs.filter_map(|entry| rank.score(&entry.title).map(|score| (score, entry))));
        }
        all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let mut entries: Vec<Entry> = all.into_iter().map(|(_, entry)| entry).collect();
        if QUIT.contains(&typed) {
            entries.insert(0, entry(Deed::Quit, "Quit", "q"));
        }
        if let Some(at) =
            number(typed).and_then(|id| entries.iter().position(|e| matches!(e.deed, Deed::Run(run, ..) if run == id)))
        {
            let first = entries.remove(at);
            entries.insert(0, first);
        }
        entries
    }

    /// What a verb can be about.
    fn arguments(&self, model: &Model, verb: &Verb, rest: &str) -> Vec<Entry> {
        let fill = |what: &str| format!("{} {what}", verb.word);
        match verb.of {
            Of::Add if rest.is_empty() => vec![entry(Deed::Add(String::new()), verb.title, &fill(""))],
            Of::Add => vec![entry(Deed::Add(rest.to_owned()), &format!("{}: {rest}", verb.title), &fill(rest))],
            Of::Filter => vec![entry(Deed::Filter(rest.to_owned()), &format!("{}: {rest}", verb.title), &fill(rest))],
            Of::Task(_) | Of::Go | Of::Output => {
                let mut rank = Rank::of(rest);
                let title = |slug: &str| format!("{} {slug}", verb.title);
                let mut all: Vec<(u32, Entry)> = Vec::new();
                for row in &self.found.tasks {
                    let slug = row.slug.clone();
                    let deed = match verb.of {
                        Of::Task(action) => Deed::On(action, subject(row)),
                        Of::Output => Deed::Output(row.id, slug.clone()),
                        _ => Deed::Go(row.id, slug.clone()),
                    };
                    let reason = match &deed {
                        Deed::On(action, subject) => model.reason_of(*action, subject, Some(row.kind)),
                        _ => None,
                    };
                    let exact = u32::from(slug == rest) * u32::MAX;
                    let score = rank.score(&slug).unwrap_or(0).max(exact);
                    all.push((score, Entry { reason, ..entry(deed, &title(&slug), &fill(&slug)) }));
                }
                if verb.of == Of::Output {
                    let fitting = self.found.runs.iter().map(run).filter_map(|entry| {
                        let exact = matches!(entry.deed, Deed::Run(id, ..) if number(rest) == Some(id));
                        let score = rank.score(&entry.title)?.max(u32::from(exact) * u32::MAX);
                        Some((score, Entry { title: title(&entry.title), ..entry }))
                    });
                    all.extend(fitting);
                }
                all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
                all.into_iter().map(|(_, entry)| entry).collect()
            }
        }
    }
}

/// A run's number, as `1284` or `#1284`.
pub fn number(text: &str) -> Option<RunId> {
    text.strip_prefix('#').unwrap_or(text).parse().ok().map(RunId)
}

/// A task and its newest run.
fn subject(row: &TaskRow) -> Subject {
    Subject { task: row.id, slug: row.slug.clone(), run: row.last.as_ref().map(|last| (last.id, last.state)) }
}

fn entry(deed: Deed, title: &str, fill: &str) -> Entry {
    Entry { deed, title: title.to_owned(), key: String::new(), place: None, reason: None, fill: fill.to_owned() }
}

fn go(row: &TaskRow) -> Entry {
    let kind = if row.kind == Kind::Todo { "to-do" } else { "task" };
    Entry { key: kind.to_owned(), ..entry(Deed::Go(row.id, row.slug.clone()), &row.slug, &format!("go {}", row.slug)) }
}

fn run(run: &Run) -> Entry {
    let deed = Deed::Run(run.id, run.task, run.slug.clone());
    Entry { key: "run".to_owned(), ..entry(deed, &format!("#{} {}", run.id, run.slug), &format!("#{}", run.id)) }
}

/// Every action that can be done from a pane, each once, with the text that it is found by: its title and its id.
fn actions(model: &Model) -> Vec<(String, Entry)> {
    let here = model.scope();
    let mut entries: Vec<(String, Entry)> = Vec::new();
    let mut add = |spec: &Spec, pane: Option<Scope>, key: String, title: String| {
        if spec.action == Action::Palette || entries.iter().any(|(_, known)| known.deed == Deed::Act(spec.action)) {
            return;
        }
        let reason = model.reason(spec.action);
        let entry = Entry {
            deed: Deed::Act(spec.action),
            key,
            place: pane.map(|pane| format!("{pane:?}")),
            reason,
            fill: spec.id.to_owned(),
            ..entry(Deed::Quit, &title, "")
        };
        entries.push((format!("{title} {}", spec.id), entry));
    };
    // Where two panes have an action under different names, this pane's is the right one.
    for spec in action::within(here).chain(action::all()) {
        if let Some(pane) = spec.pane(here) {
            let row = model.keymap.within(pane).iter().find(|row| row.id == spec.id);
            add(&spec, Some(pane), row.map(|row| row.key().to_owned()).unwrap_or_default(), spec.title.to_owned());
        }
    }
    for opener in action::all() {
        if let Action::Menu(menu) = opener.action {
            let first = model.key_of(opener.action);
            for spec in action::within(menu) {
                let row = model.keymap.within(menu).iter().find(|row| row.id == spec.id);
                let key = row.map(|row| format!("{first} {}", row.key())).unwrap_or_default();
                add(&spec, None, key, format!("{}: {}", spec.group, spec.title));
            }
        }
    }
    let mut titles: HashMap<String, usize> = HashMap::new();
    for (_, entry) in &entries {
        *titles.entry(entry.title.clone()).or_default() += 1;
    }
    for (haystack, entry) in &mut entries {
        match &entry.place {
            Some(place) if titles[&entry.title] > 1 => haystack.extend([" ", place]),
            _ => entry.place = None,
        }
    }
    entries
}

/// Scores texts against what is typed.
struct Rank {
    matcher: Matcher,
    pattern: Pattern,
    letters: Vec<char>,
}

impl Rank {
    fn of(typed: &str) -> Self {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let pattern = Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        Self { matcher: Matcher::new(config), pattern, letters: Vec::new() }
    }

    /// The higher the better; `None` when it does not match.
    fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.letters), &mut self.matcher)
    }
}

impl Spec {
    /// The pane in which it can be done: `here` if it can be done here, else the first that has it; `None` when it belongs to a layer.
    pub fn pane(&self, here: Scope) -> Option<Scope> {
        let holds = |scope: &Scope| self.scopes.contains(scope) || self.scopes.contains(&Scope::Anywhere);
        if holds(&here) { Some(here) } else { Scope::PANES.into_iter().find(holds) }
    }
}
