//! The form: adding, editing, what it says while it is typed, and that nothing typed is lost.

use jiff::Timestamp;

use super::Rig;
use crate::domain::TaskId;
use crate::domain::task::{Definition, Status, Work};
use crate::store::{schedules, tasks};
use crate::tui::model::edit;
use crate::tui::model::form::Form;
use crate::tui::model::layer::Layer;
use crate::tui::msg::Msg;

fn form(rig: &Rig) -> &Form {
    match rig.model.layers.last() {
        Some(Layer::Form(form)) => form,
        other => panic!("no form but {other:?}"),
    }
}

/// Goes to a field and types.
pub(super) fn fill(rig: &mut Rig, key: &str, text: &str) {
    while form(rig).fields[form(rig).focus].key != key {
        rig.press("Tab");
    }
    rig.type_text(text);
}

#[test]
fn a_task_is_added_with_its_schedules_and_selected() {
    let mut rig = Rig::new(&["z"]);
    rig.press("a");
    rig.type_text("Backup DB");
    rig.press("Enter");
    rig.type_text("pg_dump app");
    fill(&mut rig, "when", "*/30 * * * *; every 2h");
    assert_eq!(form(&rig).checked.next.len(), 3);
    fill(&mut rig, "timeout", "20m");
    rig.press("Ctrl-s");
    assert_eq!((rig.selected(), rig.said()), ("backup-db", "added backup-db (u undoes)"));
    assert!(rig.model.layers.is_empty());
    let task = tasks::find(&rig.reader, "backup-db").unwrap();
    assert_eq!(task.definition.work, Work::Command("pg_dump app".to_owned()));
    assert_eq!(schedules::of_task(&rig.reader, task.id).unwrap().len(), 2);
    assert_eq!(rig.model.agenda.rows.len(), 2);
}

#[test]
fn t6_t10_a_schedule_is_typed_with_its_options_and_what_is_wrong_is_said_by_its_key() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.type_text("Backup DB");
    rig.press("Enter");
    rig.type_text("pg_dump app");
    fill(&mut rig, "when", "0 2 * * * missed=al");
    let at = form(&rig).focus;
    assert_eq!(form(&rig).error(at).unwrap(), "missed: `al` is not skip, latest or all");
    rig.type_text("l jitter=10m except=sat,sun excluded=shift");
    assert_eq!(form(&rig).error(at), None);
    let next = form(&rig).checked.next.clone();
    assert_eq!(next.len(), 3);
    rig.press("Ctrl-s");
    let task = tasks::find(&rig.reader, "backup-db").unwrap();
    let schedule = schedules::of_task(&rig.reader, task.id).unwrap().remove(0);
    assert_eq!(schedule.rule.to_string(), "0 2 * * * missed=all jitter=10m except=sat,sun excluded=shift");
    rig.press("e");
    fill(&mut rig, "when", " end=2099-01-01");
    rig.press("Ctrl-s");
    let changed = schedules::of_task(&rig.reader, task.id).unwrap().remove(0);
    assert_eq!((changed.id, changed.rule.options.end.is_some()), (schedule.id, true), "it is the same schedule");
}

#[test]
fn enter_on_the_last_field_saves() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.type_text("Buy milk");
    for _ in 0..form(&rig).fields.len() {
        rig.press("Enter");
    }
    let task = tasks::find(&rig.reader, "buy-milk").unwrap();
    assert_eq!(task.definition.work, Work::Todo(Status::Open));
}

#[test]
fn x1_what_is_wrong_is_said_at_its_field_and_nothing_is_saved() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    assert_eq!(form(&rig).error(0), None, "an empty form is not called wrong");
    rig.type_text("A");
    fill(&mut rig, "when", "sometimes");
    let at = form(&rig).focus;
    assert!(form(&rig).error(at).unwrap().contains("is not a schedule"));
    fill(&mut rig, "priority", "11");
    rig.press("Ctrl-s");
    assert_eq!(form(&rig).fields[form(&rig).focus].key, "when", "the first wrong field has the focus");
    assert!(rig.said().starts_with("not saved (and 1 more): when: `sometimes` is not a schedule"), "{}", rig.said());
    assert!(rig.slugs().is_empty());
}

#[test]
fn esc_keeps_what_was_typed_until_the_form_is_opened_again() {
    let mut rig = Rig::new(&["a"]);
    rig.press("a");
    rig.type_text("half a name");
    rig.press("Esc");
    assert!(rig.said().contains("a opens it again"), "{}", rig.said());
    rig.press("a");
    assert_eq!(edit::text(&form(&rig).fields[0].text), "half a name");
    rig.press("Esc a");
    assert_eq!(edit::text(&form(&rig).fields[0].text), "half a name");
    rig.press("Ctrl-s a");
    assert_eq!(edit::text(&form(&rig).fields[0].text), "", "what was saved is not offered again");
}

#[test]
fn s5_an_edit_keeps_unchanged_schedules_and_u_takes_it_back() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    let before = schedules::of_task(&rig.reader, task).unwrap();
    rig.press("e");
    fill(&mut rig, "command", " twice");
    fill(&mut rig, "when", "; 0 3 * * *");
    rig.press("Ctrl-s");
    assert_eq!(tasks::get(&rig.reader, task).unwrap().definition.work, Work::Command("echo a twice".to_owned()));
    let after = schedules::of_task(&rig.reader, task).unwrap();
    assert_eq!((after.len(), after[0].id, after[0].anchor), (2, before[0].id, before[0].anchor));
    rig.press("u");
    assert_eq!(tasks::get(&rig.reader, task).unwrap().definition.work, Work::Command("echo a".to_owned()));
    assert_eq!(schedules::of_task(&rig.reader, task).unwrap().len(), 1);
}

#[test]
fn a_to_do_is_edited_by_its_status() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.type_text("Buy milk");
    rig.press("Ctrl-s r");
    assert!(rig.said().contains("d says that it is done"), "{}", rig.said());
    rig.press("e");
    fill(&mut rig, "status", "");
    rig.press("Ctrl-u");
    rig.type_text("completed");
    rig.press("Ctrl-s");
    let task = tasks::find(&rig.reader, "buy-milk").unwrap();
    assert_eq!(task.definition.work, Work::Todo(Status::Completed));
}

#[test]
fn a_command_may_have_several_lines_and_a_name_only_one() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    rig.send(Msg::Paste("two\nlines\n".to_owned()));
    assert_eq!(edit::text(&form(&rig).fields[0].text), "two lines");
    rig.press("Alt-Enter Tab");
    rig.type_text("one");
    rig.press("Alt-Enter");
    rig.type_text("two");
    rig.press("Up");
    rig.type_text("!");
    rig.press("Ctrl-s");
    let task = tasks::find(&rig.reader, "two-lines").unwrap();
    assert_eq!(task.definition.work, Work::Command("one!\ntwo".to_owned()));
}

#[test]
fn keys_of_the_panes_are_text_in_the_form() {
    let mut rig = Rig::new(&["a"]);
    rig.press("a q D x ? 1 / :");
    assert_eq!(edit::text(&form(&rig).fields[0].text), "qDx?1/:");
    assert_eq!(rig.exit, None);
}

/// Changes a task as another window does while the form is open.
fn elsewhere(rig: &Rig, task: TaskId, change: fn(&mut Definition)) {
    let mut definition = tasks::get(&rig.reader, task).unwrap().definition;
    change(&mut definition);
    rig.world.store.write(move |db| tasks::set(db, task, &definition, Timestamp::now())).unwrap();
}

#[test]
fn s2_a_field_that_was_changed_elsewhere_only_is_not_overwritten() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.press("e");
    fill(&mut rig, "timeout", "5m");
    elsewhere(&rig, task, |d| d.assignee = Some("ana".to_owned()));
    rig.plan(task, "every 1h");
    rig.press("Ctrl-s");
    assert!(rig.said().starts_with("saved a"), "{}", rig.said());
    let definition = tasks::get(&rig.reader, task).unwrap().definition;
    assert_eq!(definition.execution.timeout, Some(std::time::Duration::from_secs(300)));
    assert_eq!(definition.assignee.as_deref(), Some("ana"));
    assert_eq!(schedules::of_task(&rig.reader, task).unwrap().len(), 1, "the schedule is still there");
}

#[test]
fn s2_a_field_that_was_changed_on_both_sides_is_saved_by_the_second_save_only() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.press("e");
    fill(&mut rig, "command", " mine");
    // The same holds for text that was kept.
    rig.press("Esc");
    elsewhere(&rig, task, |d| d.work = Work::Command("echo theirs".to_owned()));
    rig.press("e Ctrl-s");
    let said = "not saved: command: was changed meanwhile to `echo theirs`; save again to overwrite it";
    assert_eq!(rig.said(), said);
    let at = form(&rig).focus;
    assert_eq!(
        (form(&rig).fields[at].key, form(&rig).error(at)),
        ("command", said.strip_prefix("not saved: command: "))
    );
    assert_eq!(tasks::get(&rig.reader, task).unwrap().definition.work, Work::Command("echo theirs".to_owned()));
    rig.press("Ctrl-s");
    assert_eq!(tasks::get(&rig.reader, task).unwrap().definition.work, Work::Command("echo a mine".to_owned()));
}

#[test]
fn what_is_stored_comes_back_in_place_of_text_that_was_kept() {
    let mut rig = Rig::new(&["a"]);
    rig.press("e Ctrl-r");
    fill(&mut rig, "command", " mine");
    rig.press("Esc e");
    let text = |rig: &Rig| edit::text(&form(rig).fields[1].text);
    assert_eq!((text(&rig).as_str(), form(&rig).stored.is_some()), ("echo a mine", true));
    rig.press("Tab Ctrl-r");
    assert_eq!((text(&rig).as_str(), form(&rig).stored.is_some()), ("echo a", false));
    rig.press("Ctrl-z Ctrl-z");
    assert_eq!(text(&rig), "echo a mine", "nothing typed is lost");
    rig.press("Ctrl-s");
    assert!(rig.said().starts_with("saved a"), "{}", rig.said());
}

#[test]
fn s2_a_form_that_finds_no_room_says_so_keeps_its_text_and_is_saved_when_there_is_room() {
    let mut rig = Rig::new(&[]);
    let room = |rig: &Rig, pages: u32| {
        let limit = format!("PRAGMA max_page_count = {pages}");
        rig.world.store.write(move |db| Ok(db.execute_batch(&limit)?)).unwrap();
    };
    // As many as there are already.
    room(&rig, 1);
    rig.press("a");
    rig.type_text("Backup DB");
    rig.press("Enter");
    rig.send(Msg::Paste("echo backup; ".repeat(2000)));
    rig.press("Ctrl-s");
    assert_eq!(rig.said(), "not saved: the disk is full: nothing was changed");
    assert_eq!(edit::text(&form(&rig).fields[0].text), "Backup DB");
    assert!(rig.slugs().is_empty());
    room(&rig, 1_000_000);
    rig.press("Ctrl-s");
    assert_eq!((rig.slugs(), rig.model.layers.len()), (vec!["backup-db".to_owned()], 0));
}

#[test]
fn s3_a_dashboard_whose_database_a_newer_tempo_changed_says_so_once_and_keeps_what_was_typed() {
    let mut rig = Rig::new(&["a"]);
    rig.press("a");
    rig.type_text("Backup DB");
    rig.world.store.write(|db| Ok(db.execute_batch("PRAGMA user_version = 1000")?)).unwrap();
    rig.pulse();
    let said = rig.said().to_owned();
    assert!(said.starts_with("a newer Tempo has changed") && said.contains("start the newer one"), "{said}");
    assert!(rig.model.unusable.is_some());
    let messages = rig.model.messages.all().len();
    rig.pulse();
    rig.wake();
    assert_eq!(rig.model.messages.all().len(), messages, "it is said once");
    rig.press("Ctrl-s");
    assert!(rig.said().starts_with("not saved: a newer Tempo"), "{}", rig.said());
    assert_eq!(edit::text(&form(&rig).fields[0].text), "Backup DB");
    assert_eq!(rig.slugs(), ["a"]);
}

#[test]
fn the_form_of_a_to_do_has_what_a_to_do_has_and_with_a_command_everything() {
    let mut rig = Rig::new(&[]);
    let definition = Definition::new("Buy milk", Work::Todo(Status::Open));
    rig.world.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
    rig.wake();
    rig.press("E");
    let shown = |rig: &Rig| {
        let form = form(rig);
        (0..form.fields.len()).filter(|at| form.shows(*at)).map(|at| form.fields[at].key).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(&rig),
        [
            "name",
            "command",
            "status",
            "due",
            "remind",
            "depends-on",
            "recur",
            "category",
            "tags",
            "priority",
            "assignee",
            "description",
            "progress",
            "type",
            "field"
        ]
    );
    assert!(!rig.screen().contains("memory"), "{}", rig.screen());
    let hints = |rig: &Rig| rig.screen().lines().last().unwrap().to_owned();
    assert!(hints(&rig).contains("Ctrl-s save") && !hints(&rig).contains("F3"), "{}", hints(&rig));
    rig.press("F4");
    assert_eq!(
        (rig.said(), rig.model.layers.len()),
        ("a to-do is not run by a schedule; with a command it is the machine's", 1)
    );
    rig.wait(std::time::Duration::from_secs(20));
    assert!(!hints(&rig).contains("F4"), "{}", hints(&rig));
    // No key leads to what is not there.
    let mut met = vec![form(&rig).fields[0].key];
    while form(&rig).focus + 1 < form(&rig).fields.len() {
        rig.press("Tab");
        met.push(form(&rig).fields[form(&rig).focus].key);
    }
    assert_eq!(met, shown(&rig));
    for _ in 0..met.len() - 2 {
        rig.press("Shift-Tab");
    }
    assert_eq!(form(&rig).fields[form(&rig).focus].key, "command");
    rig.type_text("echo milk");
    assert_eq!(shown(&rig).len(), form(&rig).fields.len(), "it is the machine's now");
    assert!(hints(&rig).contains("F4 schedule"), "{}", hints(&rig));
    fill(&mut rig, "when", "every 1h");
    rig.press("Ctrl-s");
    let task = tasks::find(&rig.reader, "buy-milk").unwrap();
    assert_eq!(task.definition.work, Work::Command("echo milk".to_owned()));
    rig.press("E");
    assert_eq!(shown(&rig).len(), form(&rig).fields.len());
}
