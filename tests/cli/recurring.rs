//! To-dos that come again (A2), reminders (A4), and types of tasks with fields of their own.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tempo::domain::reminder::Reminder;
use tempo::domain::task::{Definition, Status, Work};
use tempo::store::tasks;

use super::{Home, instant};

#[test]
fn a2_a_to_do_comes_again_and_what_is_said_of_it_is_what_happens() {
    let home = Home::new();
    home.ok(&[
        "add",
        "Pay rent",
        "--todo",
        "--due",
        "2031-01-31 18:00",
        "--recur",
        "every 1 month until=2031-04-30",
        "--remind",
        "1d",
    ]);
    let shown = home.ok(&["show", "pay-rent"]);
    for text in [
        "every month from=2031-01-31T18:00 until=2031-04-30",
        "2031-02-28 18:00 (February has no 31st), 2031-03-31 18:00, 2031-04-30 18:00 (April has no 31st)",
        "number 1 of pay-rent",
        "2031-01-30 18:00:00, to come",
    ] {
        assert!(shown.contains(text), "{text} is not in {shown}");
    }
    let answer = home.ok(&["set", "pay-rent", "status=completed"]);
    assert!(answer.contains("pay-rent comes again: due 2031-02-28 18:00"), "{answer}");
    let next = &home.json(&["show", "pay-rent"])[0];
    assert_eq!((&next["status"], &next["due_at"]), (&json!("open"), &json!("2031-02-28T18:00:00+01:00")));
    assert_eq!((&next["series"]["index"], &next["series"]["passed"]), (&json!(2), &json!(0)));
    assert_eq!(next["series"]["next"], json!(["2031-03-31T18:00:00+02:00", "2031-04-30T18:00:00+02:00"]));
    assert_eq!(next["reminds"][0]["at"], json!("2031-02-27T18:00:00+01:00"));
    assert!(home.ok(&["show", "pay-rent-1"]).contains("number 1 of pay-rent; it goes on with pay-rent"));
    // Taken back, also by the name of the one that followed.
    home.ok(&["undo", "--task", "pay-rent"]);
    let back = &home.json(&["show", "pay-rent"])[0];
    assert_eq!((&back["id"], &back["status"]), (&json!(1), &json!("open")));
    home.refuses(&["show", "pay-rent-1"], 3, &["pay-rent-1"]);
    // To the end.
    let done = home.ok(&["done", "pay-rent"]);
    assert_eq!(done, "done pay-rent-1\npay-rent comes again: due 2031-02-28 18:00\n");
    for _ in 0..2 {
        home.ok(&["set", "pay-rent", "status=completed"]);
    }
    let last = home.ok(&["set", "pay-rent", "status=cancelled"]);
    assert!(last.contains("that was the last pay-rent"), "{last}");
    home.refuses(
        &["set", "pay-rent-4", "recur=1 week after done"],
        4,
        &["recur: pay-rent-4 is done; its series has ended"],
    );
}

#[test]
fn a2_when_it_is_due_is_moved_what_comes_then_is_said_and_what_is_done_is_followed_by_that() {
    let home = Home::new();
    home.ok(&["add", "Pay rent", "--todo", "--due", "2031-02-01 18:00", "--recur", "every month"]);
    let answer = home.ok(&["set", "pay-rent", "due=2031-02-10 9:00"]);
    assert!(answer.contains("2031-03-10 09:00, 2031-04-10 09:00"), "{answer}");
    let done = home.ok(&["done", "pay-rent"]);
    assert_eq!(done, "done pay-rent-1\npay-rent comes again: due 2031-03-10 09:00\n");
    // In one undo each, with the rule as it was.
    home.ok(&["undo"]);
    home.ok(&["undo"]);
    let answer = home.ok(&["done", "pay-rent"]);
    assert!(answer.contains("due 2031-03-01 18:00"), "{answer}");
    home.ok(&["add", "Bins", "--todo", "--due", "2031-02-05 18:00", "--recur", "every monday"]);
    assert!(home.ok(&["show", "bins"]).contains("2031-02-10 18:00"));
    let answer = home.ok(&["set", "bins", "due=2031-02-06 7:00"]);
    assert!(answer.contains("then  2031-02-10 18:00"), "{answer}");
}

#[test]
fn a2_periodic_and_chained_cannot_be_confused_and_a_machine_task_has_schedules() {
    let home = Home::new();
    let add =
        |rule: &str| vec!["add".to_owned(), "a".to_owned(), "--todo".to_owned(), "--recur".to_owned(), rule.to_owned()];
    for (rule, words) in [
        ("1 month", &["every 1 month", "1 month after done"][..]),
        ("every month", &["recur: every 1 month from when on?", "due"]),
        ("every week after done", &["is both"]),
        ("now and then", &["`now` is not understood", "or 1 week after done"]),
        ("sometimes", &["every month, every 2 weeks", "1 week after done"]),
    ] {
        let args = add(rule);
        home.refuses(&args.iter().map(String::as_str).collect::<Vec<_>>(), 4, words);
    }
    home.refuses(&["add", "a", "-c", "true", "--recur", "1 week after done"], 4, &["recur: only a to-do", "when"]);
    home.ok(&["add", "Water", "--todo", "--recur", "3d after done"]);
    let answer = home.ok(&["set", "water", "recur=4 days after done"]);
    assert!(answer.contains("4 days after it is done"), "{answer}");
    let before = Timestamp::now();
    home.ok(&["set", "water", "status=completed"]);
    let due = instant(&home.json(&["show", "water"])[0]["due_at"]);
    let days = SignedDuration::from_hours(4 * 24);
    // An hour of summer time, and the seconds that nobody means.
    assert!(
        due >= before + days - SignedDuration::from_secs(3660)
            && due <= Timestamp::now() + days + SignedDuration::from_secs(3600),
        "{due}"
    );
}

#[test]
fn a2_what_passed_while_it_was_open_is_counted_and_one_is_open() {
    let home = Home::new();
    home.ok(&["add", "Report", "--todo", "--due", "2026-01-01 9:00", "--recur", "every month"]);
    let passed = home.json(&["show", "report"])[0]["series"]["passed"].as_u64().unwrap();
    assert!(passed >= 6, "{passed}");
    assert!(home.ok(&["show", "report"]).contains(&format!("{passed} missed: 1 Feb, 1 Mar, 1 Apr and")));
    let answer = home.ok(&["set", "report", "status=completed"]);
    assert!(answer.contains(&format!("; {passed} missed: 1 Feb, 1 Mar, 1 Apr and")), "{answer}");
    let open: Vec<_> = home.json(&["list"]).into_iter().filter(|task| task["status"] == "open").collect();
    assert_eq!(open.len(), 1);
    assert!(instant(&open[0]["due_at"]) > Timestamp::now());
}

#[test]
fn a2_a_series_is_exported_and_imported() {
    let home = Home::new();
    home.ok(&["add", "Pay rent", "--todo", "--due", "2031-01-31 18:00", "--recur", "every month"]);
    home.ok(&["set", "pay-rent", "status=completed"]);
    let file = home.path().join("tasks.toml");
    std::fs::write(&file, home.ok(&["export"])).unwrap();
    let other = Home::new();
    let imported = other.ok(&["import", file.to_str().unwrap()]);
    assert_eq!(imported.lines().count(), 2, "{imported}");
    other.ok(&["set", "pay-rent", "status=completed"]);
    assert_eq!(other.json(&["show", "pay-rent"])[0]["due_at"], json!("2031-03-31T18:00:00+02:00"));
}

#[test]
fn a4_a_reminder_needs_what_it_counts_from_and_show_lists_what_is_to_come_and_what_came() {
    let home = Home::new();
    home.refuses(
        &["add", "a", "--todo", "--remind", "1d"],
        4,
        &["remind: 1d counts from when it is due", "2026-12-24 9:00"],
    );
    home.ok(&["add", "a", "--todo", "--remind", "2031-01-30 9:00"]);
    home.refuses(&["set", "a", "remind=2h"], 4, &["remind: 2h"]);
    home.ok(&["set", "a", "remind=2h, 0s", "due=2031-01-31 18:00"]);
    home.refuses(&["set", "a", "due="], 4, &["remind: 0s"]);
    let reminds = home.json(&["show", "a"])[0]["reminds"].clone();
    assert_eq!(
        reminds,
        json!([{ "at": "2031-01-31T16:00:00+01:00", "came_at": null }, { "at": "2031-01-31T18:00:00+01:00", "came_at": null }])
    );
    // Without an engine it does not come.
    let mut late = Definition::new("late", Work::Todo(Status::Open));
    let at = Timestamp::now() - SignedDuration::from_hours(1);
    late.reminders = vec![Reminder::At(at)];
    home.store().write(move |db| tasks::add(db, &late, at - SignedDuration::from_hours(1))).unwrap();
    assert!(home.ok(&["show", "late"]).contains("reminder  overdue since "));
    assert_eq!(home.ok(&["next"]), "", "they are no slots");
}

#[test]
fn a1_the_fields_of_a_type_are_checked_when_a_person_sets_them() {
    let home = Home::new();
    home.refuses(&["add", "a", "--todo", "--type", "order"], 4, &["type: there is no type `order`; none are declared"]);
    let config = home.paths().settings();
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    let types =
        "[types.order]\ncustomer = \"text\"\nhours = \"number\"\ndue-to-ship = \"date\"\nstate = [\"new\", \"paid\"]\n";
    std::fs::write(&config, types).unwrap();
    home.ok(&[
        "add",
        "a",
        "--todo",
        "--type",
        "order",
        "--field",
        "hours=2.50",
        "--field",
        "state=PAID",
        "--field",
        "due-to-ship=2026-12-24",
    ]);
    let fields = || home.json(&["show", "a"])[0]["fields"].clone();
    assert_eq!(fields(), json!({ "hours": "2.5", "state": "paid", "due-to-ship": "2026-12-24" }));
    for (field, words) in [
        ("field=hours=many", &["field: hours: `many` is not a number"][..]),
        ("field=state=old", &["not one of new, paid"]),
        ("field=colour=red", &["no field `colour`; it has customer, due-to-ship, hours, state"]),
        ("type=ordr", &["config.toml declares order"]),
        ("type=", &["without a type it has no"]),
    ] {
        home.refuses(&["set", "a", field], 4, words);
    }
    let file = home.path().join("tasks.toml");
    std::fs::write(&file, "[[task]]\nname = \"b\"\nkind = \"todo\"\ntype = \"order\"\nfield = { hours = \"x\" }\n")
        .unwrap();
    home.refuses(
        &["import", file.to_str().unwrap()],
        4,
        &["tasks.toml:5: task `b`: field: hours: `x` is not a number"],
    );
    std::fs::write(&file, home.ok(&["export"])).unwrap();
    // Without the type they stay, and so they do elsewhere.
    std::fs::write(&config, "").unwrap();
    home.ok(&["set", "a", "progress=50"]);
    assert_eq!(fields()["hours"], "2.5");
    home.refuses(&["set", "a", "field=hours=3"], 4, &["there is no type `order`"]);
    let other = Home::new();
    assert_eq!(other.ok(&["import", file.to_str().unwrap()]), "a\n");
    std::fs::write(&config, "[types.order]\nhours = \"nummer\"\n").unwrap();
    home.refuses(
        &["config", "check"],
        4,
        &["config.toml:2: types has order.hours = \"nummer\"; a field is \"text\", \"number\""],
    );
}
