//! simulate.

use super::Home;

#[test]
fn t8_a_simulation_counts_what_would_run_and_be_skipped_and_shows_what_is_not_simply_run() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "*/10 * * * *"]);
    let shown = home.ok(&["simulate", "a", "--days", "1"]);
    assert!(shown.contains("144 slots: 144 run\n") && !shown.contains("DUE"), "{shown}");
    let shown = home.ok(&["simulate", "a", "--days", "1", "--takes", "12m"]);
    assert!(shown.contains("144 slots: 72 run, 72 skipped\n"), "{shown}");
    assert!(
        shown.contains("was still running") && shown.contains("... and 52 more; --all shows every slot"),
        "{shown}"
    );
    let shown = home.ok(&["simulate", "a", "--days", "1", "--takes", "12m", "--overlap", "parallel=2"]);
    assert!(shown.contains("144 slots: 144 run, 143 overlapping"), "{shown}");
    let object = &home.json(&["simulate", "a", "--days", "1", "--takes", "12m", "--overlap", "replace", "--past"])[0];
    assert_eq!((&object["counts"]["slots"], &object["counts"]["replaced"]), (&144.into(), &143.into()));
    assert_eq!(object["slots"].as_array().unwrap().len(), 144);
    assert_eq!(object["task"], "a");
}

#[test]
fn t4_t6_t8_a_rule_that_no_task_has_is_played_with_changes_of_the_clock_and_downtime() {
    let home = Home::new();
    let shown = home.ok(&["simulate", "--when", "daily at 2:30", "--tz", "Europe/Berlin", "--days", "366"]);
    assert!(shown.starts_with("30 2 * * * (daily at 02:30), Europe/Berlin\n"), "{shown}");
    assert!(shown.contains("366 slots: 366 run") && shown.contains("shifted"), "{shown}");
    let down = "tomorrow 1:30..tomorrow 4:30";
    let play =
        |missed| home.ok(&["simulate", "--when", "0 * * * *", "--days", "3", "--down", down, "--missed", missed]);
    assert!(play("skip").contains("72 slots: 69 run, 3 missed"), "{}", play("skip"));
    assert!(play("latest").contains("72 slots: 70 run, 2 missed"), "{}", play("latest"));
    assert!(play("all").contains("72 slots: 72 run\n"), "{}", play("all"));
}

#[test]
fn t7_t8_slots_are_shown_in_the_zone_of_the_schedules_when_they_have_one_and_several_can_be_played() {
    let home = Home::new();
    let rule = "0 9 * * *; 30 9 * * *";
    let out = home.ok(&["simulate", "--when", rule, "--tz", "Asia/Tokyo", "--days", "1", "--all"]);
    assert!(out.contains(" (1 day), times in Asia/Tokyo, overlap skip") && out.contains("2 slots: 2 run"), "{out}");
    assert!(out.contains(" 09:00:00  run  ") && out.contains(" 09:30:00  run  "), "{out}");
    let out = home.ok(&["simulate", "--when", "*/10 * * * *", "--takes", "1h", "--overlap", "queue", "--days", "1"]);
    assert!(out.contains(" dropped") && out.contains("left the queue for a later slot"), "{out}");
    assert!(out.contains("times in Europe/Berlin") && !out.contains("replaced") && !out.contains("ended for"), "{out}");
}

#[test]
fn x1_what_cannot_be_played_is_refused_with_what_would_be_right() {
    let home = Home::new();
    home.ok(&["add", "boot", "--command", "true", "--startup"]);
    home.refuses(&["simulate", "boot"], 4, &["boot has no schedule that comes with time"]);
    home.refuses(&["simulate", "nobody"], 3, &["nobody"]);
    home.refuses(&["simulate", "--when", "sometimes"], 4, &["when: ", "is not a schedule"]);
    home.refuses(&["simulate", "--when", "* * * * * *"], 4, &["days: more than 100000 slots"]);
    home.refuses(&["simulate", "--when", "@daily", "--down", "now"], 4, &["down: `now` is not a span"]);
    home.refuses(
        &["simulate", "--when", "@daily", "--missed", "some"],
        4,
        &["missed: `some` is not skip, latest or all"],
    );
    assert_eq!(home.tempo(&["simulate"]).code, 2);
    assert_eq!(home.tempo(&["simulate", "boot", "--tz", "UTC"]).code, 2, "the zone of a task is its own");
}
