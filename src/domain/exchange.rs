//! A to-do on its way between Tempo and another program.

mod names;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use self::names::{Origin, first_of, is_ours, task_of, uid_of, uid_of_series};
use super::due::whole_day;
use super::field::LONGEST_NAME;
use super::recur::Recur;
use super::sorted::{Sorted, sorted};
use super::task::{Definition, Priority, Status, Work};
use super::zone;

/// The field of a to-do that keeps the name which another program has for it.
pub const UID: &str = "uid";

/// The field that keeps the name which another program has for the series of a to-do.
pub const PARENT: &str = "parent";

/// The field that keeps the names of what a to-do waits for and what is not here.
pub const DEPENDS: &str = "depends";

/// Fields of one instance of a series of taskwarrior.
const OF_ONE: &[&str] = &[UID, "recur", "mask", "imask", "rtype"];

/// Fields that are instants, so far from when it is due.
const INSTANTS: &[&str] = &["wait", "scheduled", "until", "end"];

/// A to-do as another program has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The name by which programs know it again: its UUID.
    pub uid: Option<String>,
    /// Its slug here, where the text says one.
    pub slug: Option<String>,
    /// What the text says of it; all else by default.
    pub definition: Definition,
    /// The fields of which the text speaks: an update of a to-do leaves the others as they are.
    pub says: Vec<&'static str>,
    /// The custom fields of which it speaks also when it has none.
    pub knows: &'static [&'static str],
    /// The priorities which the text does not tell from its own.
    pub priorities: RangeInclusive<u8>,
    /// Its notes, the oldest first.
    pub notes: Vec<Remark>,
    /// The to-dos for which it waits (A3); what it needs that is none stands in its definition.
    pub waits: Vec<Wait>,
    /// The name by which programs know its series.
    pub series: Option<String>,
    /// When it became what it is.
    pub times: Times,
    /// What differs from the original, in sentences without a full stop.
    pub remarks: Vec<String>,
}

/// A to-do for which another one waits: the name by which programs know it, its slug here, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wait {
    /// Its UUID.
    pub uid: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
}

impl Wait {
    /// The one with this UUID.
    pub const fn uid(uid: String) -> Self {
        Self { uid: Some(uid), slug: None }
    }

    /// The one with this slug.
    pub const fn slug(slug: String) -> Self {
        Self { uid: None, slug: Some(slug) }
    }

    /// As it is written.
    pub fn name(&self) -> &str {
        self.uid.as_deref().or(self.slug.as_deref()).unwrap_or_default()
    }
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// When it was written; `None` where the text does not say it.
    pub at: Option<Timestamp>,
    /// What it says.
    pub text: String,
}

/// When a to-do became what it is, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// When it was added.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// When it was begun.
    pub begun: Option<Timestamp>,
    /// When it was completed or given up.
    pub done: Option<Timestamp>,
}

impl Todo {
    /// An open one of this name, made to fit: of a text that is no name the whole is the description.
    ///
    /// # Errors
    /// When the text has no letter or digit.
    pub fn new(line: usize, text: &str) -> Result<Self, String> {
        let mut todo = Self {
            line,
            uid: None,
            slug: None,
            definition: Definition::new("", Work::Todo(Status::Open)),
            says: vec!["name"],
            knows: &[],
            priorities: 1..=10,
            notes: Vec::new(),
            waits: Vec::new(),
            series: None,
            times: Times::default(),
            remarks: Vec::new(),
        };
        todo.call(text)?;
        Ok(todo)
    }

    /// Names it. A name is one line of at most 200 characters: of a longer text the whole is the description.
    fn call(&mut self, text: &str) -> Result<(), String> {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if super::name::slug(&line).is_empty() {
            return Err(format!("`{line}` cannot be a name: it needs at least one letter or digit"));
        }
        let is_long = line.chars().count() > LONGEST_NAME;
        self.definition.name =
            if is_long { line.chars().take(LONGEST_NAME - 3).chain("...".chars()).collect() } else { line };
        if is_long || text.trim().contains('\n') {
            self.describe(text.trim());
            self.remarks.push("its text is longer than a name: the whole is its description".to_owned());
        }
        Ok(())
    }

    /// Says what it is about, behind what is said already.
    pub fn describe(&mut self, text: &str) {
        let description = &mut self.definition.description;
        if !description.is_empty() {
            description.push_str("\n\n");
        }
        description.push_str(&text.replace('\0', ""));
        self.say("description");
    }

    /// The text speaks of this field.
    pub fn say(&mut self, field: &'static str) {
        if !self.says.contains(&field) {
            self.says.push(field);
        }
    }

    /// Gives it a priority, which stands for all of these.
    pub fn rank(&mut self, number: u8, like: RangeInclusive<u8>) {
        self.definition.priority = Priority::new(number).unwrap_or_default();
        self.priorities = like;
        self.say("priority");
    }

    /// Keeps what has no place of its own. Nothing says that there is nothing.
    pub fn keep(&mut self, name: &str, value: &str) {
        let (name, value) = (name.split_whitespace().collect::<Vec<_>>().join("-"), value.trim());
        if !name.is_empty() && !value.is_empty() {
            self.definition.custom.insert(name, value.to_owned());
            self.say("field");
        }
    }

    /// Keeps the name of what it waits for and what is not here.
    pub fn keep_wait(&mut self, name: &str) {
        let all = self.definition.custom.entry(DEPENDS.to_owned()).or_default();
        if !all.split(',').any(|one| one == name) {
            let comma = if all.is_empty() { "" } else { "," };
            all.push_str(comma);
            all.push_str(name);
        }
        self.say("field");
    }

    /// Says how it comes again (A2).
    pub fn set_recur(&mut self, recur: Recur) {
        self.definition.recur = Some(recur);
        self.say("recur");
    }

    /// Whether there is something left to do.
    pub fn is_open(&self) -> bool {
        !self.definition.is_closed()
    }

    /// Says how far it is.
    pub fn set_status(&mut self, status: Status) {
        self.definition.work = Work::Todo(status);
        self.say("status");
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        match self.definition.work {
            Work::Todo(status) => status,
            Work::Command(_) | Work::Script(_) => Status::Open,
        }
    }

    /// What a to-do with this definition becomes when it is told this.
    pub fn merged(&self, present: &Definition) -> Definition {
        let (from, mut to) = (&self.definition, present.clone());
        for field in &self.says {
            match *field {
                "name" => to.name.clone_from(&from.name),
                "status" => to.work.clone_from(&from.work),
                "category" => to.category.clone_from(&from.category),
                "tags" => to.tags.clone_from(&from.tags),
                "priority" if !self.priorities.contains(&to.priority.get()) => to.priority = from.priority,
                "assignee" => to.assignee.clone_from(&from.assignee),
                "due" => to.due_at = from.due_at,
                "recur" => to.recur.clone_from(&from.recur),
                "depends-on" => {
                    to.depends_on.clone_from(&from.depends_on);
                    to.custom.remove(DEPENDS);
                }
                "remind" => to.reminders.clone_from(&from.reminders),
                "description" => to.description.clone_from(&from.description),
                "progress" => to.progress = from.progress,
                "type" => to.task_type.clone_from(&from.task_type),
                "paused" => to.paused = from.paused,
                _ => {}
            }
        }
        to.custom.retain(|name, _| !self.knows.contains(&name.as_str()));
        to.custom.extend(from.custom.clone());
        to
    }
}

/// Brings those that wait for others of them behind these, else leaves them in their order. What would close a circle is waited for no
/// more, but kept, and said with those that have it.
pub fn in_order(mut todos: Vec<Todo>) -> Vec<Todo> {
    if todos.iter().all(|todo| todo.waits.is_empty()) {
        return todos;
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, todo) in todos.iter().enumerate() {
        let series = todo.series.as_ref().filter(|_| todo.definition.recur.is_some());
        for name in [series, todo.slug.as_ref(), todo.uid.as_ref()].into_iter().flatten() {
            places.insert(name, at);
        }
    }
    let needs: Vec<Vec<usize>> = todos
        .iter()
        .map(|todo| todo.waits.iter().filter_map(|wait| places.get(wait.name()).copied()).collect())
        .collect();
    let Sorted { order, circles } = sorted(&needs);
    let closing: Vec<(usize, usize, String)> = circles
        .iter()
        .map(|circle| (circle.of, circle.on, circle.sentence(|one| todos[one].definition.name.clone())))
        .collect();
    let names: Vec<Vec<String>> = closing
        .iter()
        .map(|(of, on, _)| {
            let is_it = |wait: &&Wait| places.get(wait.name()) == Some(on);
            todos[*of].waits.iter().filter(is_it).map(|wait| wait.name().to_owned()).collect()
        })
        .collect();
    for ((of, _, way), names) in closing.into_iter().zip(names) {
        let todo = &mut todos[of];
        todo.waits.retain(|wait| !names.iter().any(|name| name == wait.name()));
        for name in names {
            todo.keep_wait(&name);
        }
        todo.remarks.push(format!("that would be a circle: {way}; the last of it is kept in its field {DEPENDS}"));
    }
    let mut todos: Vec<Option<Todo>> = todos.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| todos[at].take()).collect()
}

/// The day on which a to-do is due, when only a day was said: it goes out as that, and is the same day in the zone in which it comes
/// in. One that comes again on the clock of a zone of its own is due at an instant.
pub fn due_day(definition: &Definition, zone: &TimeZone) -> Option<Date> {
    let is_elsewhere = definition.recur.as_ref().is_some_and(|recur| recur.zone.is_some());
    let day = definition.due_at.filter(|_| !is_elsewhere).and_then(|due| whole_day(due, zone))?;
    (zone::instant(day.at(0, 0, 0, 0), zone) == definition.due_at).then_some(day)
}

/// When a to-do is due in the forms of Tempo: a day, or an instant by itself, not on the clock of this machine.
pub fn due_text(definition: &Definition, zone: &TimeZone) -> Option<String> {
    let due = definition.due_at?;
    Some(due_day(definition, zone).map_or_else(|| due.to_string(), |day| day.to_string()))
}

/// The fields for the next one of a series: what names one alone is left out, and instants go as far as its due time does.
pub fn renew(custom: &mut BTreeMap<String, String>, due: Option<Timestamp>, next: Timestamp) {
    custom.retain(|name, _| !OF_ONE.contains(&name.as_str()));
    let by: Option<SignedDuration> = due.map(|due| next.duration_since(due));
    for (_, value) in custom.iter_mut().filter(|(name, _)| INSTANTS.contains(&name.as_str())) {
        let moved = value.parse::<Timestamp>().ok().zip(by).and_then(|(at, by)| at.checked_add(by).ok());
        if let Some(at) = moved {
            *value = at.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_what_waits_comes_behind_and_a_circle_is_said_and_kept_as_a_field() {
        let todo = |name: &str, waits: &[&str]| {
            let mut todo = Todo::new(1, name).unwrap();
            todo.uid = Some(name.to_owned());
            todo.waits = waits.iter().map(|uid| Wait::uid((*uid).to_owned())).collect();
            todo
        };
        let all = in_order(vec![todo("a", &["b", "far"]), todo("b", &[]), todo("c", &["d"]), todo("d", &["c", "a"])]);
        let names: Vec<&str> = all.iter().map(|todo| todo.definition.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "d", "c"]);
        let waits = |at: usize| all[at].waits.iter().map(Wait::name).collect::<Vec<_>>();
        assert_eq!((waits(1), waits(2), waits(3)), (vec!["b", "far"], vec!["a"], vec!["d"]));
        assert_eq!(all[2].definition.custom[DEPENDS], "c");
        assert!(all[2].remarks[0].contains("circle: c -> d -> c"), "{:?}", all[2].remarks);
    }

    #[test]
    fn a2_the_next_one_of_a_series_has_no_name_of_the_one_before() {
        let mut custom: BTreeMap<String, String> = [
            ("uid", "1"),
            ("imask", "3"),
            ("parent", "p"),
            ("size", "2"),
            ("wait", "2026-11-01T08:00:00Z"),
            ("end", "?"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        renew(&mut custom, Some(at("2026-11-02T08:00:00Z")), at("2026-11-09T08:00:00Z"));
        let all: Vec<(&str, &str)> = custom.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(all, [("end", "?"), ("parent", "p"), ("size", "2"), ("wait", "2026-11-08T08:00:00Z")]);
    }

    #[test]
    fn a_text_that_is_no_name_becomes_one_and_is_kept_whole() {
        let todo = Todo::new(1, "Buy\tmilk").unwrap();
        assert_eq!((todo.definition.name.as_str(), todo.definition.description.as_str()), ("Buy milk", ""));
        let long = format!("{} end", "word ".repeat(50));
        let todo = Todo::new(1, &long).unwrap();
        assert_eq!(todo.definition.name.chars().count(), 200);
        assert_eq!(
            (todo.definition.description.as_str(), todo.says.as_slice()),
            (long.as_str(), &["name", "description"][..])
        );
        assert!(Todo::new(1, "!!").unwrap_err().contains("letter or digit"));
    }

    #[test]
    fn an_update_changes_only_what_the_text_speaks_of() {
        let mut present = Definition::new("Milk", Work::Todo(Status::Open));
        present.assignee = Some("ana".to_owned());
        present.priority = Priority::new(1).unwrap();
        present.custom = [("shop", "Aldi"), ("wait", "later")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let mut todo = Todo::new(1, "Oat milk").unwrap();
        todo.rank(2, 1..=3);
        todo.knows = &["wait"];
        todo.keep("size", "1l");
        todo.set_status(Status::Completed);
        let merged = todo.merged(&present);
        assert_eq!((merged.name.as_str(), merged.assignee.as_deref()), ("Oat milk", Some("ana")));
        assert_eq!(merged.priority.get(), 1, "both are as high there");
        assert_eq!(merged.work, Work::Todo(Status::Completed));
        let custom: Vec<&str> = merged.custom.keys().map(String::as_str).collect();
        assert_eq!(custom, ["shop", "size"]);
    }
}
