//! The messages of seven days: kept, shared, read, cleared, and left for what they are about.

use super::Rig;
use crate::domain::message::{Level, Note, Source};
use crate::domain::reminder::{self, Reminder};
use crate::domain::task::Definition;
use crate::store::{From, messages, reminders, tasks};
use crate::tui::model::Pane;
use crate::tui::model::layer::Layer;
use crate::tui::model::told::ToldList;

fn list(rig: &Rig) -> &ToldList {
    match rig.model.layers.last() {
        Some(Layer::Messages(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn texts(rig: &Rig) -> Vec<&str> {
    list(rig).rows.rows().iter().map(|told| told.note.text.as_str()).collect()
}

/// What the engine would say.
fn warn(rig: &Rig, text: &str, source: Source) {
    let note = Note { at: jiff::Timestamp::now(), level: Level::Warn, text: text.to_owned(), source };
    rig.world.store.write(move |db| messages::add(db, &note, messages::ENGINE)).unwrap();
}

#[test]
fn ux_4_every_toast_is_kept_and_another_dashboard_sees_the_same_list() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    rig.press("p p !");
    assert_eq!(texts(&rig), ["resumed a (u undoes)", "paused a (u undoes)"]);
    assert_eq!(list(&rig).rows.rows()[0].slug.as_deref(), Some("a"));
    let mut other = rig.restarted();
    other.press("!");
    assert_eq!(texts(&other), ["resumed a (u undoes)", "paused a (u undoes)"]);
}

#[test]
fn ux_4_what_is_loud_is_counted_in_the_header_until_somebody_looked() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    warn(&rig, "has not succeeded in time", Source::task(task));
    rig.wake();
    assert!(rig.screen().lines().next().unwrap().contains("! 1 unread  ? help"), "{}", rig.screen());
    rig.press("! Esc");
    assert!(!rig.screen().contains("unread"), "{}", rig.screen());
    assert_eq!(messages::unread(&rig.reader, 9).unwrap(), 0);
}

#[test]
fn a4_a_reminder_that_comes_is_a_toast_and_an_unread_message_and_one_from_before_is_no_toast() {
    let mut rig = Rig::new(&["a"]);
    let now = jiff::Timestamp::now();
    let fire = |rig: &Rig, minutes: i64| {
        let at = now + jiff::SignedDuration::from_mins(minutes);
        rig.world
            .store
            .write(move |db| {
                let task = tasks::find(db, "a")?;
                let definition = Definition { reminders: vec![Reminder::At(at)], ..task.definition };
                tasks::set(db, task.id, &definition, now)?;
                for fired in reminders::fire(db, at, 9)? {
                    let text = reminder::told(&fired.slug, None, &fired.at, at, &jiff::tz::TimeZone::UTC);
                    messages::add(
                        db,
                        &Note { at, level: Level::Warn, text, source: Source::task(fired.task) },
                        messages::ENGINE,
                    )?;
                }
                Ok(())
            })
            .unwrap();
    };
    fire(&rig, 1);
    rig.wake();
    assert!(rig.screen().contains("reminder of a"), "{}", rig.screen());
    // What came before the dashboard is in the list, and no news.
    let mut rig = rig.restarted();
    rig.wake();
    assert!(!rig.screen().contains("reminder of a"), "{}", rig.screen());
    fire(&rig, 2);
    rig.wake();
    assert!(rig.screen().contains("reminder of a"), "{}", rig.screen());
    assert!(rig.screen().contains("! 2 unread"), "{}", rig.screen());
    rig.press("!");
    assert_eq!(texts(&rig), ["reminder of a", "reminder of a"], "none is kept twice");
}

#[test]
fn ux_4_enter_goes_to_the_task_or_the_run_that_a_message_is_about() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    rig.press("G r");
    let c = tasks::find(&rig.reader, "c").unwrap();
    warn(&rig, "run was lost", Source::run(c.last_run.unwrap()));
    warn(&rig, "has not succeeded in time", Source::task(tasks::find(&rig.reader, "b").unwrap().id));
    rig.press("g r /");
    rig.type_text("a");
    rig.press("Enter !");
    let at = texts(&rig).iter().position(|text| text.contains("succeeded")).unwrap();
    rig.press(&"j ".repeat(at));
    rig.press("Enter");
    assert_eq!((rig.selected(), rig.model.focus, rig.model.filter.as_str()), ("b", Pane::Tasks, ""));
    rig.press("!");
    let at = texts(&rig).iter().position(|text| text.contains("lost")).unwrap();
    rig.press(&"j ".repeat(at));
    rig.press("Enter");
    assert_eq!((rig.selected(), rig.model.focus), ("c", Pane::Main));
    assert_eq!(rig.model.runs.selected().map(|run| run.id), c.last_run);
    rig.world.store.write(move |db| tasks::delete(db, c.id, jiff::Timestamp::now())).unwrap();
    rig.press("1 !");
    let at = texts(&rig).iter().position(|text| text.contains("lost")).unwrap();
    rig.press(&"j ".repeat(at));
    rig.press("Enter");
    assert!(rig.said().contains("is gone"), "{}", rig.said());
}

#[test]
fn ux_4_c_clears_the_list_for_all() {
    let mut rig = Rig::new(&["a"]);
    warn(&rig, "first", Source::NONE);
    rig.press("x ! c");
    assert!(texts(&rig).is_empty(), "{:?}", texts(&rig));
    assert!(messages::page(&rig.reader, &From::Start, 9).unwrap().is_empty());
    warn(&rig, "later", Source::NONE);
    rig.wake();
    assert_eq!(texts(&rig), ["later"]);
}

#[test]
fn ux_4_what_the_store_does_not_take_is_in_the_list_all_the_same() {
    let mut rig = Rig::new(&["a"]);
    rig.model.note(Level::Error, "the disk is full", Source::NONE);
    rig.model.layers.push(Layer::Messages(Box::default()));
    let (unkept, first) = (rig.model.messages.unkept().to_vec(), rig.model.messages.first_unkept());
    let Some(Layer::Messages(list)) = rig.model.layers.last_mut() else { panic!("no list") };
    list.merge(&unkept, first);
    assert_eq!(texts(&rig), ["the disk is full"]);
    rig.wake();
    assert_eq!(texts(&rig), ["the disk is full"], "and it is there once when it is kept");
}
