//! What Details shows of a to-do, and of every task: its description, its notes, and what waits for what.

use jiff::Timestamp;

use super::super::due;
use super::super::text::{clean, clock, show};
use super::{Goto, Line};
use crate::domain::quantity::format_duration;
use crate::domain::reminder::Reminder;
use crate::domain::task::{Definition, Priority, Status, Work};
use crate::store::kin::Kin;
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::msg::Details;
use std::time::Duration;

/// The fields that these lines show, which the definition need not repeat.
pub(super) const SHOWN: [&str; 11] = [
    "name",
    "status",
    "due",
    "remind",
    "progress",
    "priority",
    "assignee",
    "category",
    "tags",
    "description",
    // It has no schedules that could rest.
    "paused",
];

/// How a to-do is: what changes first.
pub(super) fn head(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    let task = &details.task;
    let definition = &task.definition;
    let Work::Todo(status) = definition.work else { return };
    lines.extend([Line::Blank, Line::Heading(clean(&definition.name))]);
    let mut pair = |name: &str, value: String| lines.push(Line::Pair(name.to_owned(), value));
    pair("status", self::status(model, details, status));
    if let Some(due) = definition.due_at {
        pair("due", due::in_full(model, due));
    }
    reminders(model, definition, lines);
    if definition.progress > 0 {
        lines.push(Line::Progress(definition.progress));
    }
    let mut pair = |name: &str, value: String| lines.push(Line::Pair(name.to_owned(), value));
    if definition.priority != Priority::default() {
        pair("priority", definition.priority.to_string());
    }
    let texts = [
        ("assignee", definition.assignee.as_deref().unwrap_or_default()),
        ("category", &definition.category),
        ("tags", &definition.tags.join(", ")),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        pair(name, clean(text));
    }
    // The list has its name.
    pair("slug", clean(&task.slug));
    if let Some(spent) = spent(model, details) {
        let goes_on = if status == Status::InProgress { ", and it goes on" } else { "" };
        pair("worked", format!("{spent}{goes_on}"));
    }
}

/// When a command or a script is to have succeeded; once it has, it is not late.
pub(super) fn due_of_machine(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    let definition = &details.task.definition;
    if matches!(definition.work, Work::Todo(_)) || (definition.due_at.is_none() && definition.reminders.is_empty()) {
        return;
    }
    lines.extend([Line::Blank, Line::Heading("Due".to_owned())]);
    if let Some(due) = definition.due_at {
        let is_met = details.task.last_run.is_some() && details.task.failures == 0;
        let text = if is_met && due <= model.at() { due::day(model, due) } else { due::in_full(model, due) };
        lines.push(Line::Pair("due".to_owned(), text));
    }
    reminders(model, definition, lines);
}

fn reminders(model: &Model, definition: &Definition, lines: &mut Vec<Line>) {
    for (at, reminder) in definition.reminders.iter().enumerate() {
        let name = if at == 0 { "remind" } else { "" };
        lines.push(Line::Pair(name.to_owned(), self::reminder(model, *reminder, definition.due_at)));
    }
}

fn status(model: &Model, details: &Details, status: Status) -> String {
    let (begun, done) = (details.task.begun_at, details.task.done_at);
    let at = |at: Timestamp| clock(at, model);
    match (status, begun, done) {
        (Status::Open, None, _) => "open".to_owned(),
        (Status::Open, Some(begun), _) => format!("open, begun {} and laid aside", at(begun)),
        (Status::InProgress, begun, _) => {
            format!("in progress{}", begun.map(|begun| format!(", begun {}", at(begun))).unwrap_or_default())
        }
        (Status::Completed, _, done) => {
            format!("done{}", done.map(|done| format!(" {}", at(done))).unwrap_or_default())
        }
        (Status::Cancelled, _, done) => {
            format!("cancelled{}", done.map(|done| format!(" {}", at(done))).unwrap_or_default())
        }
    }
}

fn reminder(model: &Model, reminder: Reminder, due: Option<Timestamp>) -> String {
    let when = reminder
        .at(due)
        .map_or_else(|| "when it gets a due time".to_owned(), |at| show(at, "%a %Y-%m-%d %H:%M", model));
    match reminder {
        Reminder::Before(before) if before.is_zero() => format!("when it is due: {when}"),
        Reminder::Before(before) => format!("{} before: {when}", format_duration(before)),
        Reminder::At(_) => when,
    }
}

/// How long people worked on it, in whole minutes; nothing when nobody did.
fn spent(model: &Model, details: &Details) -> Option<String> {
    let spent = spent_now(model, details);
    match spent.as_secs() / 60 {
        _ if spent.is_zero() => None,
        0 => Some("less than a minute".to_owned()),
        minutes => Some(format_duration(Duration::from_secs(minutes * 60))),
    }
}

fn spent_now(model: &Model, details: &Details) -> Duration {
    let grows = matches!(details.task.definition.work, Work::Todo(Status::InProgress));
    let since = model.at().duration_since(details.asked_at);
    details.spent + if grows { Duration::try_from(since).unwrap_or_default() } else { Duration::ZERO }
}

/// Until another minute of work is full, while one grows.
pub fn until_minute(model: &Model) -> Option<Duration> {
    let details = model.details.as_ref().filter(|details| Some(details.task.id) == model.subject)?;
    let grows = matches!(details.task.definition.work, Work::Todo(Status::InProgress));
    let into = Duration::from_nanos((spent_now(model, details).as_nanos() % 60_000_000_000) as u64);
    grows.then(|| Duration::from_secs(60).saturating_sub(into))
}

/// What it is about, what was noted, and what waits for what.
pub(super) fn rest(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    let is_todo = matches!(details.task.definition.work, Work::Todo(_));
    if !details.description.is_empty() || is_todo {
        lines.extend([Line::Blank, Line::Heading("Description".to_owned())]);
        lines.extend(details.description.iter().cloned().map(Line::Rich));
        if details.description.is_empty() {
            let key = model.key_in(Scope::Details, Action::Describe);
            lines.push(Line::Pair(String::new(), format!("none yet: {key} in here writes it")));
        }
    }
    kin("Waits for", &details.waits_for, lines);
    kin("Is waited for by", &details.waited_by, lines);
    let (notes, older) = &details.notes;
    if !notes.is_empty() {
        lines.extend([Line::Blank, Line::Heading("Notes, the newest first".to_owned())]);
    }
    for (note, of) in notes {
        for (at, line) in note.text.lines().enumerate() {
            let name = if at == 0 { clock(note.at, model) } else { String::new() };
            lines.push(Line::Pair(name, clean(line)));
        }
        if let (Some(run), Some((task, slug))) = (note.run, of) {
            lines.push(Line::Output(*task, slug.clone(), run));
        }
    }
    if *older > 0 {
        lines.push(Line::Pair(String::new(), format!("{older} older ones")));
    }
}

fn kin(heading: &str, tree: &[Kin], lines: &mut Vec<Line>) {
    if !tree.is_empty() {
        lines.extend([Line::Blank, Line::Heading(heading.to_owned())]);
        lines.extend(tree.iter().cloned().map(|kin| Line::Kin(Box::new(kin))));
    }
}

/// Where a line leads to.
pub(super) fn goto(line: &Line) -> Option<Goto> {
    match line {
        Line::Kin(kin) => Some(Goto::Task(kin.id, kin.slug.clone())),
        Line::Output(task, slug, run) => Some(Goto::Run(*task, slug.clone(), *run)),
        _ => None,
    }
}
