//! A task as it stands in the form: texts, which the domain reads; and what it says about them.

use std::path::PathBuf;

use jiff::Timestamp;

use super::merge::Texts;
use crate::config::calendars;
use crate::domain::field::{Context, Field};
use crate::domain::name::slug;
use crate::domain::rule::{Rule, ZONE, take_zone};
use crate::domain::schedule::{Schedule, continued};
use crate::domain::settle::settle;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Work};
use crate::domain::when::Mark;
use crate::domain::zone;
use crate::domain::{ScheduleId, TaskId};
use crate::store::changes::Wish;

/// How many next run times the form shows.
pub const PREVIEW: usize = 3;

/// How the text of a script begins that is to be made, and the template when none is named.
pub const NEW: &str = "new";
const PYTHON: &str = "python";

/// The texts of a form by field key, in the order of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The task that is edited; `None` adds one.
    pub task: Option<TaskId>,
    /// The texts of the task with which the form was opened: what differs was typed. Nothing for a new task.
    pub base: Texts,
    /// Key and text. Several schedules stand in `when`, separated by `;`; several variables in `env`, a line each.
    pub texts: Texts,
}

/// What the domain says about a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// What is wrong, by field key.
    pub errors: Vec<(&'static str, String)>,
    /// The next times at which the schedules are due, and what is special about them.
    pub next: Vec<(Timestamp, Option<Mark>)>,
    /// The schedules as they were understood.
    pub understood: Vec<String>,
    /// Whether it is a to-do, for want of a command.
    pub todo: bool,
    /// Of a new task: the slug that it would get, and the one made of its name when that is taken.
    pub slug: Option<(String, Option<String>)>,
    /// Of a to-do that comes again: when, after its due time.
    pub again: Option<String>,
    /// What a run of it will see; `None` for a to-do.
    pub sees: Option<String>,
}

/// A draft without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The definition.
    pub definition: Definition,
    /// All schedules.
    pub rules: Vec<Wish>,
}

impl Draft {
    /// The text of a field; empty when the form does not have it.
    pub fn text(&self, key: &str) -> &str {
        self.texts.iter().find(|(k, _)| *k == key).map_or("", |(_, text)| text)
    }

    /// Reads the texts. `before` is the task as it is, with its schedules; `zone` the name of the zone of new schedules, which is
    /// that of `context`. The errors are in [`Checked`]; only without any there is something wanted.
    pub fn read(
        &self,
        before: Option<(&Definition, &[Schedule])>,
        zone: &str,
        context: &Context,
    ) -> (Checked, Option<Wanted>) {
        let mut checked = Checked::default();
        let mut definition =
            before.map_or_else(|| Definition::new("", Work::Todo(Status::Open)), |(definition, _)| definition.clone());
        self.read_work(&mut definition, context, &mut checked);
        checked.todo = self.text("command").trim().is_empty() && self.text("script").trim().is_empty();
        for (key, text) in &self.texts {
            match *key {
                "command" | "script" | "when" => {}
                "env" => {
                    definition.execution.env.clear();
                    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                        let result =
                            if line.contains('=') { Ok(()) } else { Err(format!("`{line}` is not NAME=VALUE")) };
                        note(&mut checked, key, result.and_then(|()| set(key, line, &mut definition, context)));
                    }
                }
                // It is the whole of them that stands there.
                "field" => {
                    definition.custom.clear();
                    note(&mut checked, key, set(key, text, &mut definition, context));
                }
                // Without a value the one by default holds.
                "priority" | "grace" | "overlap" | "shell" | "status" if text.trim().is_empty() => {
                    let default = Definition::new("", definition.work.clone());
                    match *key {
                        "priority" => definition.priority = default.priority,
                        "grace" => definition.execution.grace = default.execution.grace,
                        "overlap" => definition.execution.overlap = default.execution.overlap,
                        "shell" => definition.execution.shell = default.execution.shell,
                        _ => {}
                    }
                }
                "status" if !checked.todo => {}
                _ => note(&mut checked, key, set(key, text, &mut definition, context)),
            }
        }
        settle_all(&mut definition, before.map(|(definition, _)| definition), context, &mut checked);
        let rules = self.read_rules(before.map_or(&[], |(_, schedules)| schedules), zone, context, &mut checked);
        if checked.todo && !rules.is_empty() {
            note(
                &mut checked,
                "when",
                Err("a to-do does not run by itself: give it a command, or say when it is due".to_owned()),
            );
        }
        let wanted = checked.errors.is_empty().then_some(Wanted { definition, rules });
        (checked, wanted)
    }

    fn read_work(&self, definition: &mut Definition, context: &Context, checked: &mut Checked) {
        let (command, script) = (self.text("command").trim(), self.text("script").trim());
        match (command.is_empty(), script.is_empty()) {
            (true, true) => {
                if !matches!(definition.work, Work::Todo(_)) {
                    definition.work = Work::Todo(Status::Open);
                }
            }
            (false, true) => note(checked, "command", set("command", command, definition, context)),
            (true, false) if self.new_script().is_some() => definition.work = Work::Script(PathBuf::new()),
            (true, false) => {
                // Also when the file is not there it is no to-do.
                definition.work = Work::Script(script.into());
                note(checked, "script", set("script", script, definition, context));
            }
            (false, false) => note(checked, "script", Err("a task has a command or a script, not both".to_owned())),
        }
    }

    fn read_rules(&self, before: &[Schedule], zone: &str, context: &Context, checked: &mut Checked) -> Vec<Wish> {
        let mut rules: Vec<Wish> = Vec::new();
        for text in self.text("when").split([';', '\n']).map(str::trim).filter(|text| !text.is_empty()) {
            let rule = match read_wish(text, self.spread(), before, zone, context) {
                Ok(rule) => rule,
                Err(e) => {
                    note(checked, "when", Err(e));
                    continue;
                }
            };
            checked.understood.push(wish_text(&rule.0, &rule.1, zone, context));
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        checked.next = preview(&rules, before, context);
        rules
    }

    /// The template of a script that is to be made for a new task: `new`, `new shell`, `new py-backup`.
    pub fn new_script(&self) -> Option<&str> {
        if self.task.is_some() || !self.text("command").trim().is_empty() {
            return None;
        }
        let template = self.text("script").trim().strip_prefix(NEW)?;
        match template.trim() {
            "" => Some(PYTHON),
            name => template.starts_with(' ').then_some(name),
        }
    }

    /// What `H` in a schedule becomes numbers by.
    pub fn spread(&self) -> Spread {
        Spread::by(&slug(self.text("name")))
    }
}

/// Reads one schedule: a rule, and a `tz=ZONE` word when it is not meant in `zone`, which is that of `context`. What stands there
/// as it was `before` stays as it is, also a time that has passed.
/// `H` becomes numbers by `task`.
pub fn read_wish(text: &str, task: Spread, before: &[Schedule], zone: &str, context: &Context) -> Result<Wish, String> {
    if let Some(kept) = before.iter().find(|kept| wish_text(&kept.rule, &kept.zone, zone, context) == text) {
        return Ok((kept.rule.clone(), kept.zone.clone()));
    }
    let (text, named) = take_zone(text);
    let (name, rules) = match named {
        Some(name) => {
            let rules = zone::zone(name).map_err(|e| format!("{ZONE}: {e}"))?;
            (rules.iana_name().unwrap_or(name).to_owned(), rules)
        }
        None => (zone.to_owned(), context.zone.clone()),
    };
    let rule = Rule::parse_for(task, &text, &rules, context.now, &context.folder).map_err(|e| e.to_string())?;
    calendars::check(&rule, &rules, context.now)?;
    Ok((rule, name))
}

/// A schedule as [`read_wish`] reads it back.
pub fn wish_text(rule: &Rule, name: &str, zone: &str, context: &Context) -> String {
    if name == zone {
        return rule.text_in(&context.zone);
    }
    // A zone that this machine does not know any more is still named.
    let rules = zone::zone(name).unwrap_or_else(|_| context.zone.clone());
    format!("{} {ZONE}={name}", rule.text_in(&rules))
}

/// A schedule as it will be when it is saved now: it goes on with the one that it has been, or begins.
pub fn planned(wish: &Wish, kept: Option<&Schedule>, now: Timestamp) -> Schedule {
    let calendar = wish.0.options.calendar.as_deref().map(calendars::load);
    match kept {
        Some(kept) => Schedule { rule: wish.0.clone(), calendar, ..kept.clone() },
        None => Schedule {
            id: ScheduleId(0),
            task: TaskId(0),
            rule: wish.0.clone(),
            zone: wish.1.clone(),
            anchor: now,
            watermark: now,
            slot_at: None,
            next_at: None,
            calendar,
            spread: Spread::by(""),
        },
    }
}

/// The next times of all rules together, by the code that fires them (T8). A schedule that there is already goes on as it is; when
/// a new one starts by its jitter is not known before it is saved.
fn preview(rules: &[Wish], before: &[Schedule], context: &Context) -> Vec<(Timestamp, Option<Mark>)> {
    let mut all = Vec::new();
    for (wish, kept) in rules.iter().zip(continued(before, rules)) {
        let Ok(zone) = zone::zone(&wish.1) else { continue };
        let kept = kept.and_then(|at| before.get(at));
        let schedule = planned(wish, kept, context.now);
        let mut after = schedule.still_to_come(context.now);
        for _ in 0..PREVIEW {
            let Some(due) = schedule.next_after(after, &zone) else { break };
            all.push((if kept.is_some() { schedule.start_of(due.at) } else { due.at }, due.mark(&zone)));
            after = due.at;
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.dedup_by_key(|(at, _)| *at);
    all.truncate(PREVIEW);
    all
}

/// Brings what was read into line with itself, when each field is right by itself.
fn settle_all(definition: &mut Definition, before: Option<&Definition>, context: &Context, checked: &mut Checked) {
    if !checked.errors.is_empty() {
        return;
    }
    let plain = Definition::new("", Work::Todo(Status::Open));
    if let Err(e) = settle(definition, before.unwrap_or(&plain), context) {
        let key = ["recur", "remind", "type", "field"].into_iter().find(|key| e.starts_with(&format!("{key}: ")));
        note(checked, key.unwrap_or("name"), Err(e));
    }
    if let Some(recur) = &definition.recur {
        let after = definition.due_at.unwrap_or(context.now);
        checked.again = Some(recur.outlook(after, &context.zone, PREVIEW));
    }
}

fn set(key: &str, text: &str, definition: &mut Definition, context: &Context) -> Result<(), String> {
    Field::named(key)?.set(definition, text, context)
}

fn note(checked: &mut Checked, key: &'static str, result: Result<(), String>) {
    if let Err(text) = result {
        let text = text.strip_prefix(&format!("{key}: ")).map_or(text.clone(), str::to_owned);
        checked.errors.push((key, text));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::spread::Spread;
    use crate::domain::when::When;

    fn context() -> Context {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Context { zone, now: "2026-11-20T09:30:00Z".parse().unwrap(), folder: PathBuf::from("/"), types: None }
    }

    fn draft(texts: &[(&'static str, &str)]) -> Draft {
        Draft {
            task: None,
            base: Vec::new(),
            texts: texts.iter().map(|(key, text)| (*key, (*text).to_owned())).collect(),
        }
    }

    fn read(texts: &[(&'static str, &str)]) -> (Checked, Option<Wanted>) {
        draft(texts).read(None, "Europe/Berlin", &context())
    }

    #[test]
    fn a_whole_form_becomes_a_definition_and_its_schedules() {
        let (checked, wanted) = read(&[
            ("name", "Back up"),
            ("command", "pg_dump app\ngzip"),
            ("when", "*/30 * * * *; every 2h"),
            ("env", "A=1\nB=2 3\n"),
            ("priority", ""),
            ("timeout", "20m"),
        ]);
        assert_eq!(checked.errors, []);
        let wanted = wanted.unwrap();
        assert_eq!(wanted.definition.work, Work::Command("pg_dump app\ngzip".to_owned()));
        assert_eq!(wanted.definition.execution.env.len(), 2);
        assert_eq!(wanted.rules.len(), 2);
        assert!(wanted.rules.iter().all(|(_, zone)| zone == "Europe/Berlin"));
        let next: Vec<String> = checked.next.iter().map(|(at, _)| at.to_string()).collect();
        assert_eq!(next, ["2026-11-20T10:00:00Z", "2026-11-20T10:30:00Z", "2026-11-20T11:00:00Z"]);
    }

    #[test]
    fn x1_each_field_gets_its_own_error_and_nothing_is_wanted() {
        let (checked, wanted) = read(&[
            ("name", "!"),
            ("command", "true"),
            ("script", "/bin/sh"),
            ("when", "sometimes; every 15m"),
            ("priority", "11"),
            ("env", "NAME"),
        ]);
        assert_eq!(wanted, None);
        let keys: Vec<&str> = checked.errors.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["script", "name", "priority", "env", "when"]);
        assert!(
            checked.errors.iter().all(|(key, text)| !text.starts_with(&format!("{key}: "))),
            "{:?}",
            checked.errors
        );
        assert_eq!(checked.understood, ["every 15m"]);
    }

    #[test]
    fn without_a_command_it_is_a_to_do_which_has_no_schedule() {
        let (checked, wanted) = read(&[("name", "Buy milk"), ("command", " "), ("when", "")]);
        assert!(checked.todo);
        assert_eq!(wanted.unwrap().definition.work, Work::Todo(Status::Open));
        let (checked, wanted) = read(&[("name", "Buy milk"), ("when", "every 1d")]);
        assert_eq!((checked.errors[0].0, wanted), ("when", None));
    }

    fn schedule(rule: Rule, anchor: &str, watermark: &str) -> Schedule {
        Schedule {
            id: ScheduleId(1),
            task: TaskId(1),
            rule,
            zone: "Europe/Berlin".to_owned(),
            anchor: anchor.parse().unwrap(),
            watermark: watermark.parse().unwrap(),
            slot_at: None,
            next_at: None,
            calendar: None,
            spread: Spread::by(""),
        }
    }

    #[test]
    fn t8_a_schedule_that_is_left_alone_is_previewed_as_it_goes_on_and_a_new_one_from_now() {
        let context = context();
        let hourly = Rule::from(When::Every(std::time::Duration::from_secs(3600)));
        let schedule = schedule(hourly, "2026-11-20T06:10:00Z", "2026-11-20T09:10:00Z");
        let definition = Definition::new("a", Work::Command("true".to_owned()));
        let previewed = |when: &str| {
            let draft = draft(&[("name", "a"), ("command", "true"), ("when", when)]);
            let (checked, _) =
                draft.read(Some((&definition, std::slice::from_ref(&schedule))), "Europe/Berlin", &context);
            checked.next.iter().map(|(at, _)| at.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(previewed("every 1h"), ["2026-11-20T10:10:00Z", "2026-11-20T11:10:00Z", "2026-11-20T12:10:00Z"]);
        assert_eq!(previewed("every 2h")[0], "2026-11-20T11:30:00Z");
    }

    #[test]
    fn an_unchanged_schedule_is_kept_as_it_is_even_if_its_time_has_passed() {
        let context = context();
        let passed = Rule::from(When::At("2020-01-01T00:00:00Z".parse().unwrap()));
        let schedule = Schedule {
            id: ScheduleId(1),
            task: TaskId(1),
            rule: passed.clone(),
            zone: "Asia/Tokyo".to_owned(),
            anchor: context.now,
            watermark: context.now,
            slot_at: None,
            next_at: None,
            calendar: None,
            spread: Spread::by(""),
        };
        let definition = Definition::new("a", Work::Command("true".to_owned()));
        let text = wish_text(&passed, "Asia/Tokyo", "Europe/Berlin", &context);
        assert_eq!(text, "at 2020-01-01 09:00:00 tz=Asia/Tokyo");
        let draft = draft(&[("name", "a"), ("command", "true"), ("when", &text)]);
        let (_, wanted) = draft.read(Some((&definition, &[schedule])), "Europe/Berlin", &context);
        assert_eq!(wanted.unwrap().rules, [(passed, "Asia/Tokyo".to_owned())]);
    }

    #[test]
    fn t7_a_schedule_of_another_zone_says_so_and_keeps_it_when_it_is_changed() {
        let texts =
            ["30 2 * * * jitter=5m tz=asia/tokyo", "at 2026-12-24 18:00 tz=Asia/Tokyo", "@daily tz=Europe/Berlin"];
        let (checked, wanted) = read(&[("name", "a"), ("command", "true"), ("when", &texts.join("; "))]);
        let shown = ["30 2 * * * jitter=5m tz=Asia/Tokyo", "at 2026-12-24 18:00:00 tz=Asia/Tokyo", "0 0 * * *"];
        assert_eq!((checked.errors, checked.understood), (vec![], shown.map(str::to_owned).to_vec()));
        let rules = wanted.unwrap().rules;
        assert_eq!(rules[0].1, "Asia/Tokyo");
        assert_eq!(rules[1].0.when, When::At("2026-12-24T09:00:00Z".parse().unwrap()), "the time is that of the zone");
        assert_eq!(rules[2].1, "Europe/Berlin");
        let (again, _) = read(&[("name", "a"), ("command", "true"), ("when", &shown.join("; "))]);
        assert_eq!(again.understood, shown);
        for (text, error) in [
            ("@daily tz=Berln", "tz: `Berln` is not a time zone"),
            ("@daily tz=UTC tz=UTC", "tz: the zone stands beside the schedule"),
            ("@daily calendar=\"/a tz=UTC b\"", "calendar: /a tz=UTC b: No such file"),
        ] {
            let (checked, _) = read(&[("name", "a"), ("command", "true"), ("when", text)]);
            assert!(checked.errors[0].1.contains(error), "{:?}", checked.errors);
        }
    }
}
