//! To-dos: in the list, by their keys, and typed in one line.

use std::time::Duration;

use super::stage::{LOOKS, Stage, UNICODE, at, details as stage_details, row};
use super::{A_WHILE, Rig};
use crate::config::EditorKeys;
use crate::domain::reminder::Reminder;
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::domain::task::{Definition, Kind, Priority, Status, Task, Work};
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::store::duties::Duty;
use crate::store::kin::Kin;
use crate::store::notes::Note;
use crate::store::tasks::TaskRow;
use crate::store::{notes, runs, tasks};
use crate::tui::effect::Kind as Of;
use crate::tui::markdown;
use crate::tui::model::calendar::{DAYS, Day};
use crate::tui::model::duties::{Entry, NextTab};
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::Messages;
use crate::tui::model::window::Page;
use crate::tui::model::{Pane, Tab};
use crate::tui::msg::{Answer, Details, Heat, Msg};
use crate::tui::view;

fn task(rig: &Rig, slug: &str) -> Task {
    tasks::find(&rig.reader, slug).unwrap()
}

fn status(rig: &Rig, slug: &str) -> Status {
    match task(rig, slug).definition.work {
        Work::Todo(status) => status,
        work => panic!("{work:?}"),
    }
}

/// Adds a to-do by its line.
fn quick(rig: &mut Rig, line: &str) {
    rig.press("n");
    rig.type_text(line);
    rig.press("Enter");
}

fn last_line(rig: &Rig) -> String {
    rig.screen().lines().last().unwrap_or_default().trim_end().to_owned()
}

#[test]
fn ux_27_to_dos_in_the_list_say_when_they_are_due_and_how_far_they_are() {
    let todo = |id, slug, status, due: Option<&str>, progress, priority| TaskRow {
        kind: Kind::Todo,
        status: Some(status),
        due_at: due.map(at),
        progress,
        priority: Priority::new(priority).unwrap(),
        ..row(id, slug, None)
    };
    let rows = vec![
        row(1, "backup-db", Some((RunState::Finished, Some(Outcome::Succeeded), "2026-11-21T02:00:00Z"))),
        todo(2, "buy-disks", Status::Open, Some("2026-11-18T09:00:00Z"), 0, 1),
        todo(3, "call-ana", Status::InProgress, Some("2026-11-21T18:00:00Z"), 40, 5),
        todo(4, "dust-the-rack", Status::Open, Some("2026-11-22T00:00:00Z"), 0, 9),
        todo(5, "file-taxes", Status::InProgress, None, 100, 2),
        todo(6, "lay-cable", Status::InProgress, Some("2026-11-21T12:00:00Z"), 5, 5),
        todo(7, "move-rack", Status::Open, Some("2026-12-24T00:00:00Z"), 0, 5),
        todo(8, "name-things", Status::Open, None, 0, 5),
        todo(9, "old-thing", Status::Completed, Some("2026-11-01T00:00:00Z"), 60, 5),
        todo(10, "paint-it", Status::Cancelled, None, 0, 5),
        TaskRow {
            blocked: 1,
            ..todo(11, "wire-the-rack-and-label-it", Status::Open, Some("2026-11-22T09:00:00Z"), 0, 7)
        },
    ];
    for size in [(120, 40), (80, 24), (60, 20)] {
        for (name, look) in LOOKS {
            let mut stage = Stage::full(size);
            let page = Page { rows: rows.clone(), at_start: true, at_end: true };
            stage.answer(Of::Tasks, Answer::Tasks(String::new(), page, None));
            stage.press("j");
            insta::assert_snapshot!(format!("todos-{}x{}-{name}", size.0, size.1), stage.snapshot(look));
        }
    }
}

#[test]
fn lists_call_a_to_do_by_its_name_and_what_the_machine_does_by_its_slug() {
    let mut rig = Rig::new(&["Back up"]);
    quick(&mut rig, "Buy 2 disks! due:today");
    quick(&mut rig, "Büro aufräumen");
    rig.model.messages = Messages::default();
    let left = |rig: &Rig| {
        rig.screen().lines().map(|line| line.chars().take(42).collect::<String>() + "\n").collect::<String>()
    };
    let shown = left(&rig);
    for words in ["Buy 2 disks!", "Büro aufräumen", "back-up"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("buy-2"), "{shown}");
    rig.press("2 2");
    assert!(left(&rig).matches("Buy 2 disks!").count() == 2, "{}", left(&rig));
    // Details have the slug.
    rig.send(Msg::Resize(ratatui::layout::Size::new(72, 24)));
    rig.press("1 G");
    assert!(left(&rig).contains("Buy 2"), "{}", left(&rig));
    rig.send(Msg::Resize(ratatui::layout::Size::new(120, 40)));
    rig.press("Enter");
    assert!(rig.screen().contains("slug") && rig.screen().contains("buy-2-disks"), "{}", rig.screen());
}

#[test]
fn a_command_with_a_due_time_says_so_in_the_list_and_in_details_until_it_has_succeeded() {
    let mut rig = Rig::new(&["Renew"]);
    let renew = task(&rig, "renew");
    let due = |rig: &Rig, due: &str| {
        let mut definition = task(rig, "renew").definition;
        definition.due_at = Some(due.parse().unwrap());
        definition.reminders = vec![Reminder::Before(Duration::from_secs(3600))];
        let id = task(rig, "renew").id;
        rig.world.store.write(move |db| tasks::set(db, id, &definition, jiff::Timestamp::now())).unwrap();
    };
    due(&rig, "2099-12-24T18:00:00Z");
    rig.wake();
    assert!(rig.screen().contains("never ran due 2099"), "{}", rig.screen());
    rig.press("4 4 4");
    assert_eq!(rig.model.tab, Tab::Details);
    for words in ["due       Thu 2099-12-24 18:00, in ", "remind    1h before: Thu 2099-12-24 17:00"] {
        assert!(rig.screen().contains(words), "{words}: {}", rig.screen());
    }
    // Beside a long name it gives way before the state does.
    rig.add("a long name that needs all of the room there is");
    rig.wake();
    assert!(!rig.screen().contains("due 2099") && rig.screen().contains(" never ran"), "{}", rig.screen());
    due(&rig, "2020-12-24T18:00:00Z");
    rig.wake();
    assert!(rig.screen().contains("d late") && rig.screen().contains(" d overdue"), "{}", rig.screen());
    let finish = move |db: &crate::store::Db| {
        let now = jiff::Timestamp::now();
        let run = runs::queue(db, renew.id, Trigger::Manual, None, &[], now)?;
        runs::finish(db, run, Outcome::Succeeded, None, None, now)
    };
    rig.world.store.write(finish).unwrap();
    rig.wake();
    assert!(
        !rig.screen().contains("overdue")
            && !rig.screen().contains("d late")
            && rig.screen().contains("Thu 2020-12-24 18:00"),
        "{}",
        rig.screen()
    );
}

#[test]
fn ux_28_what_is_typed_for_a_new_to_do_is_understood_while_it_is_typed() {
    for size in [(80, 24), (60, 20)] {
        let mut stage = Stage::full(size);
        stage.press("n");
        stage.send(Msg::Paste("Pay rent due:tomorrow prio:2 +home category:money @ana".to_owned()));
        insta::assert_snapshot!(format!("quick-{}x{}", size.0, size.1), stage.text(UNICODE));
        stage.send(Msg::Paste(" prio:12".to_owned()));
        insta::assert_snapshot!(format!("quick-wrong-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

#[test]
fn a_to_do_is_added_in_one_line_selected_and_u_takes_it_back() {
    let mut rig = Rig::new(&["a"]);
    quick(&mut rig, "Pay rent due:2099-12-24 prio:2 +home category:money @ana");
    assert_eq!((rig.selected(), rig.said()), ("pay-rent", "added pay-rent (u undoes)"));
    let rent = task(&rig, "pay-rent").definition;
    assert_eq!((rent.tags.as_slice(), rent.assignee.as_deref()), (&["home".to_owned()][..], Some("ana")));
    quick(&mut rig, "Sweep prio:12");
    assert_eq!(rig.said(), "priority: `12` is not a number from 1 to 10");
    assert!(last_line(&rig).contains("to do: Sweep prio:12"), "it can be mended: {}", last_line(&rig));
    rig.press("Backspace Enter");
    assert_eq!(task(&rig, "sweep").definition.priority.get(), 1);
    rig.press("u u");
    assert_eq!(rig.slugs(), ["a"]);
    rig.press("n Up");
    assert!(last_line(&rig).contains("Sweep prio:1"), "what was typed is remembered");
}

#[test]
fn a_to_do_is_begun_completed_and_opened_again_by_its_keys_and_u_takes_back_each() {
    let mut rig = Rig::new(&["a"]);
    quick(&mut rig, "Buy disks");
    rig.press("b");
    assert_eq!((status(&rig, "buy-disks"), rig.said()), (Status::InProgress, "begun buy-disks (u undoes)"));
    rig.press("b");
    assert_eq!((status(&rig, "buy-disks"), rig.said()), (Status::Open, "laid aside buy-disks (u undoes)"));
    rig.press("b d");
    assert_eq!((status(&rig, "buy-disks"), rig.said()), (Status::Completed, "completed buy-disks (u undoes)"));
    rig.press("d");
    assert_eq!((status(&rig, "buy-disks"), rig.said()), (Status::Open, "reopened buy-disks (u undoes)"));
    rig.press("u u");
    assert_eq!(status(&rig, "buy-disks"), Status::InProgress);
    rig.press("P");
    rig.type_text("40%");
    rig.press("Enter P");
    rig.type_text("+5");
    rig.press("Enter");
    assert_eq!(rig.said(), "changed buy-disks: 45% (u undoes)");
    rig.press("W");
    rig.type_text("2099-12-24 18:00");
    assert!(rig.screen().contains("Thu 2099-12-24 18:00, in "), "{}", rig.screen());
    rig.press("Enter");
    assert_eq!(rig.said(), "changed buy-disks: due 2099-12-24 (u undoes)");
    rig.press("K K");
    assert_eq!(rig.said(), "changed buy-disks: priority 3 (u undoes)");
    let disks = task(&rig, "buy-disks").definition;
    assert_eq!((disks.progress, disks.priority.get()), (45, 3));
    rig.press("W Enter");
    assert_eq!(task(&rig, "buy-disks").definition.due_at, None);
    rig.press("u J");
    assert_eq!(
        (task(&rig, "buy-disks").definition.priority.get(), task(&rig, "buy-disks").definition.due_at.is_some()),
        (4, true)
    );
}

#[test]
fn a2_the_toast_says_when_one_that_was_moved_comes_again() {
    let mut rig = Rig::new(&[]);
    let moved = |rig: &mut Rig| {
        rig.press("W");
        rig.type_text("2099-12-25 18:00");
        rig.press("Enter");
        rig.said().to_owned()
    };
    quick(&mut rig, "Bins due:2099-12-24 recur:\"every monday 9:00\"");
    assert_eq!(moved(&mut rig), "changed bins: due 2099-12-25, then 2099-12-28 09:00 (u undoes)");
    quick(&mut rig, "Rent due:2099-12-24 recur:\"every month\"");
    assert_eq!(moved(&mut rig), "changed rent: due 2099-12-25, then 2100-01-25 18:00 (u undoes)");
}

#[test]
fn a3_the_form_completes_nothing_that_waits_for_others() {
    let mut rig = Rig::new(&[]);
    quick(&mut rig, "Paint");
    quick(&mut rig, "Wall depends-on:paint");
    let complete = |rig: &mut Rig| {
        rig.press("E");
        super::forms::fill(rig, "status", "");
        rig.press("Ctrl-u");
        rig.type_text("completed");
        rig.press("Ctrl-s");
    };
    complete(&mut rig);
    assert!(rig.said().starts_with("not saved: status: it waits for paint to be done"), "{}", rig.said());
    assert_eq!(status(&rig, "wall"), Status::Open);
    rig.press("Esc k d j");
    complete(&mut rig);
    assert_eq!((status(&rig, "wall"), rig.said()), (Status::Completed, "saved wall (u undoes)"));
    assert_eq!(task(&rig, "wall").definition.progress, 100);
}

#[test]
fn a4_a_reminder_that_is_past_when_it_is_made_is_said_in_the_toast() {
    let mut rig = Rig::new(&[]);
    quick(&mut rig, "Call due:+26h remind:2d,2h");
    let said = "a reminder would have come already and does not come: that 2d before (";
    assert!(rig.said().starts_with(&format!("added call (u undoes); {said}")), "{}", rig.said());
    quick(&mut rig, "Write due:+80h remind:2d");
    assert_eq!(rig.said(), "added write (u undoes)");
    rig.press("W");
    rig.type_text("+30h");
    rig.press("Enter");
    assert!(rig.said().starts_with("changed write: due ") && rig.said().contains(said), "{}", rig.said());
    rig.press("* W");
    rig.type_text("+28h");
    rig.press("Enter");
    assert!(rig.said().contains("; of 2 of them a reminder is past already, ! says which"), "{}", rig.said());
    let notes: Vec<_> = rig.model.messages.all().iter().map(|message| message.text.clone()).collect();
    assert!(notes.iter().any(|text| text.starts_with(&format!("write: {said}"))), "{notes:?}");
}

#[test]
fn a_note_is_kept_with_its_time_and_in_the_runs_pane_with_the_output_of_the_run() {
    let mut rig = Rig::new(&["a"]);
    rig.press("#");
    rig.press("Enter");
    assert!(rig.said().starts_with("a note says something"), "{}", rig.said());
    rig.type_text("asked the shop");
    rig.press("Enter");
    assert_eq!(rig.said(), "noted a (u undoes)");
    rig.press("r 3 #");
    let run = rig.model.runs.selected().unwrap().id;
    assert!(last_line(&rig).contains(&format!("with the output of #{run}:")), "{}", last_line(&rig));
    rig.type_text("this is what it said");
    rig.press("Enter");
    let all = notes::of_task(&rig.reader, task(&rig, "a").id).unwrap();
    let all: Vec<_> = all.iter().map(|note| (note.text.as_str(), note.run)).collect();
    assert_eq!(all, [("asked the shop", None), ("this is what it said", Some(run))]);
}

#[test]
fn ux_41_marked_to_dos_are_completed_as_one_step_and_what_a_machine_does_stays_marked_with_the_reason() {
    let mut rig = Rig::new(&["c"]);
    quick(&mut rig, "A");
    quick(&mut rig, "B");
    rig.press("* d");
    assert_eq!(rig.said(), "completed 2 of 3 (u undoes); 1 failed stays marked, ! says why");
    let marked: Vec<_> = rig.model.marks.tasks.all().map(|(_, slug)| slug.to_owned()).collect();
    assert_eq!(marked, ["c"]);
    let notes: Vec<_> = rig.model.messages.all().iter().map(|message| message.text.clone()).collect();
    assert!(notes.iter().any(|text| text == "c was not completed: it is done by the machine, not by a person"));
    rig.press("u");
    assert_eq!((status(&rig, "a"), status(&rig, "b")), (Status::Open, Status::Open), "one step");
    // One of two is done: both are to be done; then both are not.
    rig.press("Esc g d v j d");
    assert_eq!((status(&rig, "a"), status(&rig, "b")), (Status::Completed, Status::Completed));
    rig.press("g v j d");
    assert_eq!((status(&rig, "a"), status(&rig, "b")), (Status::Open, Status::Open));
}

#[test]
fn ux_42_a_machine_task_says_why_it_is_not_completed_and_a_to_do_why_it_does_not_run() {
    let mut rig = Rig::new(&["a"]);
    for key in ["d", "b", "P", "W"] {
        rig.press(key);
        assert_eq!(rig.said(), "a is done by the machine: r runs it", "{key}");
        rig.wait(A_WHILE);
    }
    assert!(!last_line(&rig).contains(" d done"), "{}", last_line(&rig));
    quick(&mut rig, "B");
    rig.press("r");
    assert_eq!(rig.said(), "b is a to-do, done by a person: d says that it is done");
    rig.wait(A_WHILE * 10);
    assert!(last_line(&rig).contains(" d done  b begin  # note"), "{}", last_line(&rig));
    assert!(!last_line(&rig).contains("r run"), "{}", last_line(&rig));
}

#[test]
fn ux_1_a_screen_with_a_to_do_wakes_up_when_that_becomes_late_and_not_before() {
    let mut rig = Rig::new(&[]);
    quick(&mut rig, "Buy disks due:+20m");
    rig.press("z");
    rig.wait(A_WHILE * 20);
    let late = rig.model.wakes_at().unwrap().checked_sub(rig.model.now.since).unwrap();
    let expected = task(&rig, "buy-disks").definition.due_at.unwrap().duration_since(rig.model.now.at);
    let midnight = rig.model.now.at.to_zoned(jiff::tz::TimeZone::UTC).tomorrow().unwrap().start_of_day().unwrap();
    let midnight = midnight.timestamp().duration_since(rig.model.now.at);
    assert_eq!(late, expected.min(midnight).unsigned_abs());
}

/// Everything that Details show of a to-do.
fn full_details() -> Details {
    let mut definition = Definition::new("Buy disks", Work::Todo(Status::InProgress));
    definition.due_at = Some(at("2026-11-24T18:00:00Z"));
    definition.reminders = vec![Reminder::Before(Duration::ZERO), Reminder::Before(Duration::from_secs(86_400))];
    definition.progress = 40;
    definition.priority = Priority::new(2).unwrap();
    definition.assignee = Some("ana".to_owned());
    definition.category = "home/rack".to_owned();
    definition.tags = vec!["nas".to_owned(), "shop".to_owned()];
    let text = "# Which ones\nTwo with **at least** 8 TB, *not* shingled:\n\n- [x] measure the `bay`\n- [ ] ask [the shop](https://shop.example)\n\n> CMR only\n\n```\nlsblk -d\n```\n";
    let kin = |id, slug: &str, status: Option<Status>, class, depth, goes_on: &[bool]| Kin {
        id: TaskId(id),
        slug: slug.to_owned(),
        kind: if status.is_some() { Kind::Todo } else { Kind::Command },
        status,
        due_at: None,
        class,
        how: "after success".to_owned(),
        depth,
        goes_on: goes_on.to_vec(),
        more: false,
    };
    let note = |id, when: &str, text: &str, run: Option<RunId>| {
        let of = run.map(|_| (TaskId(1), "backup-db".to_owned()));
        (Note { id, at: at(when), text: text.to_owned(), run }, of)
    };
    let base = stage_details();
    let task = Task {
        id: TaskId(2),
        slug: "buy-disks".to_owned(),
        begun_at: Some(at("2026-11-21T13:00:00Z")),
        last_run: None,
        definition,
        ..base.task
    };
    Details {
        description: markdown::read(text),
        notes: (
            vec![
                note(2, "2026-11-21T13:30:00Z", "smart says it is the old one", Some(RunId(1281))),
                note(1, "2026-11-20T09:00:00Z", "asked Ana\nshe has none", None),
            ],
            3,
        ),
        spent: Duration::from_secs(72 * 60),
        waits_for: vec![
            kin(3, "measure-bay", Some(Status::Completed), 0, 0, &[true]),
            kin(4, "save-money", Some(Status::Open), 0, 0, &[false]),
            kin(5, "sell-old-nas", Some(Status::InProgress), 0, 1, &[false, false]),
        ],
        waited_by: vec![kin(6, "copy-everything", None, 3, 0, &[false])],
        task,
        fields: vec![("name", "Buy disks".to_owned()), ("status", "in_progress".to_owned())],
        schedules: Vec::new(),
        now: Vec::new(),
        last: None,
        slots: Vec::new(),
        heat: Heat::default(),
        ..base
    }
}

#[test]
fn ux_28_the_details_of_a_to_do_are_its_state_its_description_and_what_belongs_to_it() {
    for size in [(120, 60), (80, 24), (60, 20)] {
        for (name, look) in LOOKS {
            let mut stage = Stage::full(size);
            stage.press("j");
            assert_eq!(stage.model.tab, Tab::Details, "a to-do has no log");
            stage.press("Enter");
            stage.answer(Of::Details, Answer::Details(TaskId(2), Some(Box::new(full_details()))));
            if size.1 < 60 {
                stage.press("PgDn PgDn");
            }
            stage.press("j");
            insta::assert_snapshot!(format!("details-todo-{}x{}-{name}", size.0, size.1), stage.snapshot(look));
        }
    }
}

#[test]
fn details_stand_in_for_the_log_of_a_to_do_and_the_log_is_back_at_the_next_task_that_runs() {
    let mut rig = Rig::new(&["z"]);
    quick(&mut rig, "A");
    assert_eq!(rig.model.tab, Tab::Details);
    rig.press("j");
    assert_eq!((rig.selected(), rig.model.tab), ("z", Tab::Log));
    // Who wants to see details sees those of all tasks.
    rig.press("4 4 4 1 k j");
    assert_eq!((rig.selected(), rig.model.tab), ("z", Tab::Details));
    rig.press("k Enter");
    assert_eq!(rig.model.focus, Pane::Main);
    rig.press("Esc");
    assert_eq!(rig.model.focus, Pane::Tasks, "there are no runs in between");
}

#[test]
fn the_lines_of_details_that_lead_somewhere_are_selected_on_the_way_and_enter_goes_there() {
    let mut rig = Rig::new(&["a", "b"]);
    let (a, b) = (task(&rig, "a").id, task(&rig, "b").id);
    rig.press("r");
    let run = task(&rig, "a").last_run.unwrap();
    rig.world
        .store
        .write(move |db| {
            notes::add(db, b, "look at this", Some(run), jiff::Timestamp::now())?;
            let mut definition = tasks::get(db, b)?.definition;
            definition.execution.after = crate::domain::after::parse("a").unwrap();
            tasks::set(db, b, &definition, jiff::Timestamp::now()).map(drop)
        })
        .unwrap();
    rig.wake();
    rig.press("j 4 4 4 Enter");
    assert!(rig.said().starts_with("nothing is selected here"), "{}", rig.said());
    rig.press("j Enter");
    assert_eq!((rig.selected(), rig.model.focus, rig.model.tab), ("a", Pane::Main, Tab::Details));
    assert_eq!(rig.model.subject, Some(a));
    rig.press("j Enter");
    assert_eq!(rig.selected(), "b", "what waits for it");
    rig.press("j j Enter");
    assert_eq!(rig.selected(), "a", "the output is of another task");
    assert_eq!((rig.model.tab, rig.model.goal), (Tab::Log, None), "{}", rig.screen());
    assert_eq!(rig.model.runs.selected().map(|run| run.id), Some(run));
}

#[test]
fn a_description_is_written_in_the_editor_saved_as_one_step_and_asked_about_when_it_was_changed_elsewhere() {
    let mut rig = Rig::new(&[]);
    quick(&mut rig, "Buy disks");
    rig.press("Enter i");
    rig.type_text("# Which");
    rig.press("Enter");
    rig.type_text("- [x] big");
    rig.press("Ctrl-s");
    assert_eq!(rig.said(), "the description is saved (u undoes)");
    let described = |rig: &Rig| task(rig, "buy-disks").definition.description;
    assert_eq!(described(&rig), "# Which\n- [x] big\n");
    assert!(rig.screen().contains("[Description]"), "{}", rig.screen());
    let id = task(&rig, "buy-disks").id;
    rig.type_text("!");
    let mut theirs = task(&rig, "buy-disks").definition;
    theirs.description = "theirs".to_owned();
    rig.world.store.write(move |db| tasks::set(db, id, &theirs, jiff::Timestamp::now()).map(drop)).unwrap();
    rig.wake();
    rig.press("Ctrl-s");
    assert_eq!(described(&rig), "theirs");
    assert!(rig.screen().contains("The description was changed"), "{}", rig.screen());
    rig.wait(A_WHILE);
    rig.press("m");
    assert_eq!(described(&rig), "# Which\n- [x] big!\n");
    rig.press("Esc 1 u");
    assert_eq!(described(&rig), "theirs");
    // What is not saved waits as a draft.
    rig.press("4 i");
    rig.type_text("x");
    rig.press("Esc 1 4 4");
    assert_eq!(rig.model.tab, Tab::Details);
    rig.press("i");
    assert!(rig.model.editor.doc().unwrap().is_modified(), "what was typed is still here");
    let mut again = rig.restarted();
    again.press("Enter i");
    assert!(again.screen().contains("A draft of description.md"), "{}", again.screen());
}

#[test]
fn ux_42_i_on_a_to_do_in_the_list_writes_its_description_and_elsewhere_imports() {
    let mut rig = Rig::new(&["backup"]);
    quick(&mut rig, "Zip it");
    rig.press("i");
    rig.type_text("all of it");
    rig.press("Ctrl-s Esc");
    assert_eq!(task(&rig, "zip-it").definition.description, "all of it\n");
    rig.press("1 g i");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Import(_))), "{}", rig.said());
    let mut empty = Rig::new(&[]);
    empty.press("i");
    assert!(matches!(empty.model.layers.last(), Some(Layer::Import(_))), "{}", empty.said());
}

#[test]
fn ux_2_time_that_is_spent_grows_on_the_screen_once_a_minute_while_it_is_seen() {
    let mut stage = Stage::full((120, 60));
    stage.press("j Enter");
    stage.model.messages = Messages::default();
    let before = stage.model.wakes_at();
    let details = Details { spent: Duration::from_secs(72 * 60 + 50), ..full_details() };
    stage.model.reduced_motion = true;
    stage.answer(Of::Details, Answer::Details(TaskId(2), Some(Box::new(details))));
    let next = stage.model.wakes_at().unwrap().checked_sub(stage.model.now.since).unwrap();
    assert_eq!(next, Duration::from_secs(10), "{before:?}");
    assert!(stage.text(UNICODE).contains("1h12m, and it goes on"));
    stage.model.now.at += jiff::SignedDuration::from_secs(10);
    assert!(stage.text(UNICODE).contains("1h13m, and it goes on"));
}

fn duty(id: i64, slug: &str, status: Status, due: Option<&str>, progress: u8, priority: u8) -> Entry {
    Entry::Todo(Duty {
        id: TaskId(id),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        status,
        due_at: due.map(at),
        priority: Priority::new(priority).unwrap(),
        progress,
    })
}

fn duties() -> Vec<Entry> {
    let run = |schedule, slug: &str, when: &str| Entry::Run {
        schedule: ScheduleId(schedule),
        task: TaskId(1),
        slug: slug.to_owned(),
        at: at(when),
    };
    vec![
        duty(2, "buy-disks", Status::Open, Some("2026-11-18T09:00:00Z"), 0, 1),
        duty(3, "dust-the-rack", Status::InProgress, Some("2026-11-21T09:00:00Z"), 40, 5),
        run(1, "backup-db", "2026-11-21T14:30:00Z"),
        duty(4, "call-ana", Status::Open, Some("2026-11-21T18:00:00Z"), 0, 5),
        duty(5, "file-taxes", Status::Open, Some("2026-11-22T00:00:00Z"), 0, 2),
        duty(6, "lay-cable", Status::Open, Some("2026-11-26T00:00:00Z"), 0, 5),
        duty(7, "move-rack", Status::Open, Some("2026-12-24T00:00:00Z"), 0, 5),
        duty(8, "name-things", Status::Open, None, 10, 5),
    ]
}

#[test]
fn ux_28_the_agenda_groups_to_dos_by_when_they_are_due_with_the_runs_of_today_among_them() {
    for (width, height, zoom) in [(120, 40, false), (80, 24, false), (60, 20, false), (120, 40, true)] {
        for (name, look) in LOOKS {
            let mut stage = Stage::full((width, height));
            stage.press("2 2");
            stage.answer(Of::Duties, Answer::Duties(Page { rows: duties(), at_start: true, at_end: true }));
            stage.press(if zoom { "j z" } else { "j" });
            let zoomed = if zoom { "zoomed-" } else { "" };
            insta::assert_snapshot!(format!("agenda-{zoomed}{width}x{height}-{name}"), stage.snapshot(look));
        }
    }
}

#[test]
fn ux_28_where_it_is_narrow_the_groups_have_lines_of_their_own_and_the_cursor_stays_on_the_screen() {
    let mut stage = Stage::full((80, 24));
    stage.press("2 2");
    stage.answer(Of::Duties, Answer::Duties(Page { rows: duties(), at_start: true, at_end: true }));
    let inside = stage.model.layout().unwrap().inside(Pane::Next).unwrap();
    let at = (0..5).map(|line| view::duties::row_at(&stage.model, inside, line));
    assert_eq!(at.collect::<Vec<_>>(), [None, Some(0), None, Some(1), Some(2)]);
    let late = (0..50).map(|n| duty(n, &format!("a{n:02}"), Status::Open, Some("2026-11-18T09:00:00Z"), 0, 5));
    let later = (50..99).map(|n| duty(n, &format!("b{n:02}"), Status::Open, Some("2026-12-24T00:00:00Z"), 0, 5));
    let rows: Vec<Entry> = late.chain(later).collect();
    stage.answer(Of::Duties, Answer::Duties(Page { rows: rows.clone(), at_start: true, at_end: true }));
    stage.press("g");
    for row in rows {
        let text = stage.text(UNICODE);
        assert!(
            text.contains(&format!("\u{258c}\u{25a1} {}", row.title()))
                || text.contains(&format!("\u{258c}! {}", row.title())),
            "{text}"
        );
        stage.press("j");
    }
}

#[test]
fn the_agenda_is_the_other_tab_of_pane_2_its_keys_act_on_the_to_do_and_enter_goes_to_it() {
    let mut rig = Rig::new(&["a"]);
    rig.press("2 2");
    assert!(rig.screen().contains("Nothing is to be done; n adds a to-do."), "{}", rig.screen());
    quick(&mut rig, "Someday");
    quick(&mut rig, "Soon due:tomorrow");
    quick(&mut rig, "Late due:2020-01-01");
    let plan = task(&rig, "a").id;
    rig.plan(plan, "every 1h");
    rig.wake();
    rig.press("2");
    assert_eq!(rig.model.next_tab, NextTab::Agenda);
    let shown = |rig: &Rig| -> Vec<String> {
        rig.model
            .duties
            .rows()
            .iter()
            .filter(|row| matches!(row, Entry::Todo(_)))
            .map(|row| row.task().1.to_owned())
            .collect()
    };
    assert_eq!(shown(&rig), ["late", "soon", "someday"]);
    assert_eq!(rig.model.listed().map(|(_, slug)| slug), Some("late"), "the other panes follow");
    rig.press("b");
    assert_eq!(status(&rig, "late"), Status::InProgress);
    rig.press("d");
    assert_eq!(status(&rig, "late"), Status::Completed);
    assert_eq!(shown(&rig), ["soon", "someday"]);
    rig.press("G Enter");
    assert_eq!((rig.selected(), rig.model.focus), ("someday", Pane::Tasks));
    rig.press("2 2");
    assert_eq!((rig.model.next_tab, rig.model.agenda.rows.len()), (NextTab::Runs, 1));
    rig.press("1 , d");
    assert_eq!(
        rig.model.tasks.rows().iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(),
        ["soon", "someday", "a", "late"]
    );
}

#[test]
fn a_long_agenda_is_loaded_by_pages_and_each_run_of_today_stands_in_it_once() {
    let mut rig = Rig::new(&[]);
    let now = jiff::Timestamp::now();
    rig.world
        .store
        .write(move |db| {
            for n in 0..600_i64 {
                let mut definition = Definition::new(format!("t{n:03}"), Work::Todo(Status::Open));
                definition.due_at = Some(now + jiff::SignedDuration::from_mins((n - 300) * 60));
                tasks::add(db, &definition, now)?;
            }
            let machine = tasks::add(db, &Definition::new("m", Work::Command("true".to_owned())), now)?;
            let soon = crate::domain::when::When::parse("every 10s", &jiff::tz::TimeZone::UTC, now).unwrap();
            crate::store::schedules::add(db, machine.id, &soon, "UTC", now).map(drop)
        })
        .unwrap();
    rig.wake();
    rig.press("2 2");
    assert!(rig.model.duties.rows().len() < 600, "not all of it");
    for _ in 0..40 {
        rig.press("PgDn PgDn");
    }
    rig.press("G");
    assert_eq!(rig.model.duties.selected().map(|row| row.task().1), Some("t599"));
    rig.press("g");
    let mut seen = vec![rig.model.duties.selected().unwrap().task().1.to_owned()];
    for _ in 0..600 {
        rig.press("j");
        seen.push(rig.model.duties.selected().unwrap().task().1.to_owned());
    }
    let count = |slug: &str| seen.iter().filter(|seen| *seen == slug).count();
    assert_eq!((count("m"), count("t000"), count("t300"), count("t598")), (1, 1, 1, 1));
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1] || pair.contains(&"m".to_owned())), "in their order");
}

#[test]
fn ux_28_the_calendar_shows_a_month_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (60, 20), (40, 12)] {
        for (name, look) in LOOKS {
            let mut stage = Stage::full((width, height));
            stage.press("6");
            let mut days = vec![Day::default(); DAYS];
            // The page begins with 26 October.
            for (at, todos, runs) in [(3, 2, 0), (25, 1, 0), (26, 3, 12), (27, 0, 12), (30, 100, 100), (40, 1, 0)] {
                days[at] = Day { todos, runs };
            }
            let first = jiff::civil::date(2026, 10, 26);
            stage.answer(Of::Month, Answer::Month(first, days));
            stage.press("j l");
            insta::assert_snapshot!(format!("calendar-{width}x{height}-{name}"), stage.snapshot(look));
            stage.press("Enter");
            let rows = duties().into_iter().skip(2).take(2).collect();
            stage.answer(Of::Day, Answer::Day(jiff::civil::date(2026, 11, 29), rows));
            stage.press("j");
            insta::assert_snapshot!(format!("calendar-day-{width}x{height}-{name}"), stage.text(look));
        }
    }
}

#[test]
fn the_calendar_counts_what_is_due_and_what_runs_lists_a_day_and_leads_to_its_tasks() {
    let mut rig = Rig::new(&["a"]);
    let today = rig.model.now.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let tomorrow = today.tomorrow().unwrap();
    quick(&mut rig, &format!("Late due:{}", today.yesterday().unwrap()));
    quick(&mut rig, &format!("Soon due:{tomorrow}"));
    quick(&mut rig, &format!("Then due:\"{tomorrow} 23:59\""));
    quick(&mut rig, "Someday");
    let plan = task(&rig, "a").id;
    rig.plan(plan, "every 5m");
    rig.wake();
    let day = |rig: &Rig, date| match rig.model.layers.last() {
        Some(Layer::Calendar(calendar)) => calendar.found(date).unwrap_or_default(),
        _ => panic!("no calendar"),
    };
    rig.press("6");
    assert_eq!((day(&rig, today).todos, day(&rig, today).runs), (0, 1), "a schedule counts once a day");
    rig.press("l");
    assert_eq!((day(&rig, tomorrow).todos, day(&rig, tomorrow).runs), (2, 1));
    rig.press("Enter");
    let listed = |rig: &Rig| -> Vec<String> {
        let Some(Layer::Calendar(calendar)) = rig.model.layers.last() else { panic!("no calendar") };
        let rows = calendar.list.as_ref().and_then(|list| list.rows.as_deref()).unwrap_or_default();
        rows.iter().map(|row| row.task().1.to_owned()).collect()
    };
    let mut first = listed(&rig);
    assert_eq!(first.pop().as_deref(), Some("then"));
    first.sort();
    assert_eq!(first, ["a", "soon"]);
    // What changes meanwhile is seen.
    let soon = task(&rig, "soon");
    let mut done = soon.definition;
    done.work = Work::Todo(Status::Completed);
    rig.world.store.write(move |db| tasks::set(db, soon.id, &done, jiff::Timestamp::now()).map(drop)).unwrap();
    rig.wake();
    assert_eq!(listed(&rig), ["a", "then"]);
    rig.press("h h");
    assert_eq!(listed(&rig), ["late"]);
    rig.press("Esc ] [ 0 l Enter j Enter");
    assert_eq!((rig.selected(), rig.model.layers.len(), rig.model.focus), ("then", 0, Pane::Tasks));
    rig.press("6 ] Esc");
    assert!(rig.model.layers.is_empty());
}

#[test]
fn ux_28_a_description_tells_the_keys_that_do_something_in_it_and_the_others_say_why_not() {
    for style in [EditorKeys::Plain, EditorKeys::Vim] {
        let mut rig = Rig::new(&[]);
        rig.model.editor.style = style;
        quick(&mut rig, "Buy disks");
        rig.press("Enter i");
        rig.wait(Duration::from_secs(20));
        let hints = last_line(&rig);
        assert!(hints.contains("save") && hints.contains("leave"), "{hints}");
        for useless in ["run", "comment", "next file"] {
            assert!(!hints.contains(useless), "{hints}");
        }
        for (key, why) in [
            ("F5", "buy-disks is a to-do, done by a person: there is nothing to run"),
            ("Ctrl-n", "there is one file here"),
            ("Ctrl-_", "Markdown has no comments of one line"),
        ] {
            rig.press(key);
            assert_eq!(rig.said(), why);
        }
        assert!(rig.model.editor.editing && !rig.model.editor.doc().unwrap().is_modified());
        assert_eq!(rig.model.editor.launch, None);
    }
}
