//! The schedule builder: what comes is what the engine will do, and what is typed is saved as one text, kept, or refused at its token.

mod fires;
mod screens;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Rig;
use crate::domain::TaskId;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Overlap, Work};
use crate::domain::when::When;
use crate::store::{runs, schedules, tasks};
use crate::tui::model::builder::{Builder, Origin};
use crate::tui::model::draft::Draft;
use crate::tui::model::edit;
use crate::tui::model::form::Form;
use crate::tui::model::layer::Layer;
use crate::tui::model::outlook::{Jitter, Outlook, Seen};
use crate::tui::msg::Msg;
use crate::tui::worker::preview;

fn builder(rig: &Rig) -> &Builder {
    match rig.model.layers.last() {
        Some(Layer::Builder(builder)) => builder,
        other => panic!("no builder but {other:?}"),
    }
}

fn form(rig: &Rig) -> &Form {
    match rig.model.layers.last() {
        Some(Layer::Form(form)) => form,
        other => panic!("no form but {other:?}"),
    }
}

fn outlook(rig: &Rig) -> &Outlook {
    builder(rig).fresh().unwrap()
}

fn seen(rig: &Rig) -> &Seen {
    outlook(rig).seen.as_ref().unwrap_or_else(|| panic!("{:?}", outlook(rig).errors))
}

/// Goes to a field and writes it anew.
fn fill(rig: &mut Rig, key: &str, text: &str) {
    while builder(rig).focus > 0 {
        rig.press("Shift-Tab");
    }
    while builder(rig).fields[builder(rig).focus].key != key {
        rig.press("Tab");
    }
    rig.press("Ctrl-u");
    rig.type_text(text);
}

fn rules(rig: &Rig, slug: &str) -> Vec<String> {
    let task = tasks::find(&rig.reader, slug).unwrap().id;
    let text = |schedule: schedules::AgendaRow| schedule.schedule.rule.to_string();
    schedules::agenda(&rig.reader, Some(task), 9).unwrap().into_iter().map(text).collect()
}

#[test]
fn t5_a_phrase_is_shown_as_cron_and_saved_with_what_else_is_said_in_one_text() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    rig.type_text("every 30 minutes, mon-fri, 06:00-22:00");
    let parts: Vec<&str> = seen(&rig).parts.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!((seen(&rig).when.as_str(), parts), ("*/30 6-21 * * 1-5", vec!["*/30", "6-21", "*", "*", "1-5"]));
    assert_eq!(seen(&rig).phrase, "every 30 minutes between 06:00 and 22:00 on weekdays");
    assert_eq!(seen(&rig).preview.slots.len(), 10);
    fill(&mut rig, "tz", "Europe/Berlin");
    fill(&mut rig, "missed", "all");
    fill(&mut rig, "jitter", "5 minutes");
    fill(&mut rig, "except", "2099-12-24, sat");
    fill(&mut rig, "overlap", "queue");
    fill(&mut rig, "timeout", "20m");
    assert_eq!(outlook(&rig).errors, []);
    rig.press("Enter");
    assert_eq!((rig.model.layers.len(), rig.said()), (0, "saved a (u undoes)"));
    assert_eq!(rules(&rig, "a"), ["*/30 6-21 * * 1-5 missed=all jitter=5m except=2099-12-24,sat"]);
    let task = tasks::find(&rig.reader, "a").unwrap();
    assert_eq!(schedules::of_task(&rig.reader, task.id).unwrap()[0].zone, "Europe/Berlin");
    let execution = task.definition.execution;
    assert_eq!((execution.overlap, execution.timeout), (Overlap::Queue, Some(Duration::from_secs(1200))));
    rig.press("u");
    assert_eq!(rules(&rig, "a"), [""; 0]);
}

#[test]
fn s5_an_unchanged_schedule_keeps_its_identity_and_another_one_is_added_and_removed() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    let before = schedules::of_task(&rig.reader, task).unwrap();
    rig.press("s F7");
    assert_eq!((builder(&rig).at, builder(&rig).count()), (1, 2));
    rig.type_text("weekdays at 7:30");
    rig.press("Ctrl-s");
    let after = schedules::of_task(&rig.reader, task).unwrap();
    assert_eq!((after.len(), &after[0]), (2, &before[0]));
    rig.press("s");
    fill(&mut rig, "jitter", "5m");
    assert_eq!(seen(&rig).preview.slots[0].due.at, after[0].slot_at.unwrap(), "it goes on where it was");
    assert!(matches!(seen(&rig).jitter, Jitter::Is(late) if late <= jiff::SignedDuration::from_mins(5)), "it is known");
    rig.press("Ctrl-n F8 Ctrl-s");
    let last = schedules::of_task(&rig.reader, task).unwrap();
    assert_eq!((last.len(), last[0].id, last[0].rule.to_string().as_str()), (1, before[0].id, "every 1h jitter=5m"));
    // In the agenda it opens at the schedule under the cursor.
    rig.plan(task, "* * * * *");
    rig.wake();
    rig.press("2 s");
    assert_eq!((builder(&rig).at, builder(&rig).text("when").as_str()), (1, "* * * * *"));
}

#[test]
fn ux_45_what_is_wrong_is_said_at_its_field_and_column_and_is_not_saved() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    for (key, text, column, said) in [
        ("when", "0 24 * * *", Some(3), "hour: 24 is out of range"),
        ("when", "weekdays att 7:30", Some(10), "`att` is not understood"),
        ("when", "0 2 * * *; 0 3 * * *", Some(10), "another one is added beside it"),
        ("when", "0 2 * * * colour=red", None, "colour: there is no such word"),
        ("tz", "Europe/Berln", None, "did you mean Europe/Berlin"),
        ("jitter", "5", None, "`5` has no unit"),
        ("except", "christmas", None, "`christmas` is not a day"),
        ("end", "2020-01-01", None, "is in the past"),
        ("excluded", "shift", None, "say on which days"),
        ("calendar", "/no/such.ics", None, "No such file"),
        ("overlap", "parallel=0", None, "1 or more"),
        ("timeout", "0s", None, "longer than nothing"),
    ] {
        if key != "when" {
            fill(&mut rig, "when", "0 2 * * *");
        }
        fill(&mut rig, key, text);
        let wrong = builder(&rig).error(key).unwrap_or_else(|| panic!("{key} {text}: {:?}", outlook(&rig).errors));
        assert!(wrong.text.contains(said) && wrong.column == column, "{text}: {wrong:?}");
        assert_eq!(outlook(&rig).errors.len(), 1, "{:?}", outlook(&rig).errors);
        rig.press("Shift-Tab Ctrl-s");
        assert_eq!(builder(&rig).fields[builder(&rig).focus].key, key, "the wrong field has the focus");
        assert!(rig.said().starts_with(&format!("not saved: {key}: ")), "{}", rig.said());
        fill(&mut rig, key, "");
    }
    assert_eq!(rules(&rig, "a"), [""; 0]);
    // Of several schedules the wrong one comes into the fields.
    fill(&mut rig, "when", "sometimes");
    rig.press("F7");
    rig.type_text("@daily");
    rig.press("Ctrl-s");
    assert_eq!((builder(&rig).at, builder(&rig).text("when").as_str()), (0, "sometimes"));
}

#[test]
fn ctrl_e_writes_words_as_cron_and_cron_as_words_and_gives_back_what_was_typed() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    for (text, other) in [
        ("monday to friday, 7:30", "30 7 * * 1-5"),
        ("0 18 * * 5L", "last friday of the month at 18:00"),
        ("every 90m", "every 1h30m"),
        ("every 1h30m", "every 1 hour 30 minutes"),
    ] {
        fill(&mut rig, "when", text);
        rig.press("Ctrl-e");
        assert_eq!(builder(&rig).text("when"), other);
        rig.press("Ctrl-e");
        assert_eq!(builder(&rig).text("when"), text);
    }
    for text in ["at tomorrow 9:00", "0 24 * * *", "startup"] {
        fill(&mut rig, "when", text);
        rig.press("Ctrl-e");
        assert_eq!(builder(&rig).text("when"), text, "{}", rig.said());
    }
}

#[test]
fn esc_keeps_what_was_typed_until_the_builder_or_the_form_is_opened_again() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s Esc s");
    rig.type_text("weekdays at 7:");
    rig.press("Esc");
    assert_eq!((rig.model.layers.len(), rig.said()), (0, "not saved; s opens it again with this text"));
    rig.press("s");
    assert_eq!(builder(&rig).text("when"), "weekdays at 7:");
    rig.press("Ctrl-r");
    assert_eq!((builder(&rig).text("when").as_str(), builder(&rig).stored.is_none()), ("", true), "what is stored");
    rig.type_text("weekdays at 7:");
    rig.press("Esc e");
    assert!(form(&rig).fields.iter().any(|field| edit::text(&field.text) == "weekdays at 7:"));
}

#[test]
fn from_the_form_it_edits_the_texts_of_the_form_and_returns_to_it() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.type_text("Back up");
    rig.press("Tab");
    rig.type_text("true");
    rig.press("Tab");
    rig.type_text("@daily; every 1h");
    rig.press("F4");
    assert_eq!((&builder(&rig).origin, builder(&rig).name(), builder(&rig).count()), (&Origin::Form, "Back up", 2));
    rig.press("Ctrl-e Esc");
    assert_eq!(rig.said(), "not taken over; F4 opens it again with this text");
    rig.press("F4");
    assert_eq!(builder(&rig).text("when"), "0 0 * * *");
    rig.press("Ctrl-r");
    assert_eq!(builder(&rig).text("when"), "@daily", "what the form has");
    rig.press("Ctrl-e");
    fill(&mut rig, "timeout", "5m");
    rig.press("Ctrl-s");
    let texts: Vec<String> = form(&rig).fields.iter().map(|field| edit::text(&field.text)).collect();
    assert!(texts.contains(&"0 0 * * *; every 1h".to_owned()) && texts.contains(&"5m".to_owned()), "{texts:?}");
    assert_eq!(form(&rig).checked.understood.len(), 2, "the form has it checked");
    rig.press("Ctrl-s");
    assert_eq!(rules(&rig, "back-up").len(), 2);
}

#[test]
fn s2_what_was_changed_elsewhere_is_kept_or_said_before_it_is_overwritten() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.press("s");
    rig.type_text("weekdays at 7:30");
    let mut definition = tasks::find(&rig.reader, "a").unwrap().definition;
    definition.execution.overlap = Overlap::Queue;
    rig.world.store.write(move |db| tasks::set(db, task, &definition, Timestamp::now())).unwrap();
    rig.plan(task, "every 1h");
    rig.press("Ctrl-s");
    assert_eq!(rig.said(), "not saved: when: was changed meanwhile to `every 1h`; save again to overwrite it");
    rig.press("Ctrl-s");
    assert_eq!(rules(&rig, "a"), ["30 7 * * 1-5"]);
    let saved = tasks::find(&rig.reader, "a").unwrap().definition;
    assert_eq!(saved.execution.overlap, Overlap::Queue, "which was not touched here");
}

#[test]
fn t5_h_becomes_the_number_of_the_task() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    rig.type_text("H 2 * * *");
    let when = seen(&rig).when.clone();
    rig.press("Ctrl-s");
    assert_eq!(rules(&rig, "a"), [when]);
}

#[test]
fn a_to_do_has_no_schedules_and_says_so() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.type_text("Buy milk");
    rig.press("Ctrl-s s");
    assert!(rig.model.layers.is_empty() && rig.said().contains("is a to-do"), "{}", rig.said());
}

#[test]
fn pasted_text_goes_into_the_field_as_one_line() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    rig.send(Msg::Paste("0 2\n* * *\n".to_owned()));
    assert_eq!(builder(&rig).text("when"), "0 2 * * *");
}

#[test]
fn tasks_at_the_same_instant_are_named_and_counted() {
    let mut rig = Rig::new(&["a", "b", "c", "d", "e", "far"]);
    for (slug, when) in
        [("b", "0 2 * * *"), ("c", "0 */2 * * *"), ("d", "0 2 * * *"), ("e", "0 2 * * 1-7"), ("far", "1 2 * * *")]
    {
        let task = tasks::find(&rig.reader, slug).unwrap().id;
        rig.plan(task, when);
    }
    rig.press("s");
    rig.type_text("0 2 * * *");
    let said = seen(&rig).collisions.clone().unwrap();
    assert!(said.starts_with("collides with b ") && said.ends_with(" 02:00 and 2 more"), "{said}");
    rig.press("Ctrl-u");
    rig.type_text("0 2 31 12 *");
    assert!(seen(&rig).collisions.as_ref().unwrap().contains("and 2 more"));
    rig.press("Ctrl-u");
    rig.type_text("17 3 * * *");
    assert_eq!(seen(&rig).collisions, None);
}

#[test]
fn ux_45_with_many_tasks_the_first_are_looked_at_and_that_is_said() {
    let mut rig = Rig::new(&["a"]);
    let write = |db: &crate::store::Db| {
        for n in 0..250 {
            let task =
                tasks::add(db, &Definition::new(format!("t{n}"), Work::Command("true".into())), Timestamp::now())?;
            let rule = When::parse("*/7 * * * *", &TimeZone::UTC, Timestamp::now()).unwrap();
            schedules::add(db, task.id, &rule, "UTC", Timestamp::now())?;
        }
        Ok(())
    };
    rig.world.store.write(write).unwrap();
    rig.press("s");
    rig.type_text("*/7 * * * *");
    let said = seen(&rig).collisions.clone().unwrap();
    assert!(said.ends_with(" and 198 more, of the 200 schedules that are due first"), "{said}");
    fill(&mut rig, "when", "1-3,50 * * * *");
    let said = seen(&rig).collisions.clone().unwrap();
    // Each of them was asked up to ten times.
    let count: usize = said.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    assert!(said.starts_with("no collisions with the ") && (60..=200).contains(&count), "{said}");
}

#[test]
fn t10_the_days_of_a_calendar_are_named_and_one_that_cannot_be_read_is_an_error() {
    let rig = Rig::new(&["a"]);
    let path = rig.world.folder.join("days.txt");
    std::fs::write(&path, "2026-12-24..2026-12-26 Christmas\n").unwrap();
    let look = |calendar: &str| {
        let texts = vec![("command", "true".to_owned()), ("when", format!("0 9 * * * calendar={calendar}"))];
        let asked = Builder::new(Origin::Form, Draft { task: None, base: Vec::new(), texts }, 0).asked();
        preview::outlook(&rig.reader, &rig.world, &asked, "2026-12-20T10:00:00Z".parse().unwrap()).unwrap()
    };
    let named = look("days.txt").seen.unwrap().preview.excluded;
    assert_eq!(named.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>(), ["Christmas"; 3]);
    std::fs::write(&path, "Christmas\n").unwrap();
    let wrong = look("days.txt").errors;
    assert!(wrong[0].key == "calendar" && wrong[0].text.contains("line 1"), "{wrong:?}");
}

/// Runs of a task that took so many minutes each.
fn took(rig: &Rig, task: TaskId, minutes: i64, count: i64) {
    let write = move |db: &crate::store::Db| {
        for n in 0..count {
            let started = Timestamp::from_second(1_700_000_000 + n * 86_400).unwrap();
            let run = runs::queue(db, task, Trigger::Manual, None, &[], started)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, started)?;
            let ended = started + jiff::SignedDuration::from_mins(minutes);
            runs::finish(db, run, Outcome::Succeeded, None, None, ended)?;
        }
        Ok(())
    };
    rig.world.store.write(write).unwrap();
}

#[test]
fn r2_a_period_shorter_than_the_usual_run_is_warned_of_by_what_overlap_makes_of_it() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    took(&rig, task, 12, 50);
    rig.press("s");
    rig.type_text("*/10 * * * *");
    let first = "runs usually take 12m (p95 of 50), the shortest distance is 10m: with overlap ";
    for (overlap, outcome) in [
        ("", Some("skip slots are lost")),
        ("queue", Some("queue they wait, and of those that wait only the latest runs")),
        ("replace", Some("replace runs are stopped before their end")),
        ("parallel=2", None),
    ] {
        fill(&mut rig, "overlap", overlap);
        let expected: Vec<String> = outcome.iter().map(|outcome| format!("{first}{outcome}")).collect();
        assert_eq!(seen(&rig).warnings, expected, "{overlap}");
    }
    fill(&mut rig, "timeout", "5m");
    assert!(seen(&rig).warnings[0].contains("with a timeout of 5m they are stopped"), "{:?}", seen(&rig).warnings);
    fill(&mut rig, "timeout", "");
    fill(&mut rig, "when", "*/15 * * * *");
    assert_eq!(seen(&rig).warnings, [""; 0]);
}

#[test]
fn what_is_to_come_is_looked_at_again_when_time_has_passed() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    rig.type_text("0 2 * * *");
    let asked = rig.model.ticket;
    rig.wait(Duration::from_secs(30));
    assert_eq!(rig.model.ticket, asked);
    let until = builder(&rig).refresh_at.unwrap();
    assert!(rig.model.wakes_at().unwrap() <= until);
    rig.wait(Duration::from_secs(31));
    assert_eq!(rig.model.ticket, asked + 1);
}

#[test]
fn t7_times_are_those_of_the_zone_that_is_typed() {
    let mut rig = Rig::new(&["a"]);
    rig.press("s");
    rig.type_text("0 9 * * *");
    fill(&mut rig, "tz", "asia/tokyo");
    assert_eq!(
        (outlook(&rig).zone_name.as_str(), &seen(&rig).zone),
        ("Asia/Tokyo", &TimeZone::get("Asia/Tokyo").unwrap())
    );
    assert!(seen(&rig).preview.slots.iter().all(|next| next.due.at.to_string().contains("T00:00:00Z")));
    let task = Definition::new("x", Work::Command("true".into()));
    assert_eq!(task.execution.overlap, Overlap::Skip, "the default that an empty field shows");
}
