//! Options of schedules: missed slots, jitter, start and end, excluded days and calendars.

use super::{Home, instant};

#[test]
fn t6_t9_t10_the_flags_of_add_are_for_every_schedule_of_the_call_and_words_after_one_are_its_own() {
    let home = Home::new();
    home.ok(&[
        "add",
        "a",
        "--command",
        "true",
        "--cron",
        "0 2 * * * missed=all",
        "--every",
        "2h",
        "--jitter",
        "5m",
        "--start",
        "2026-01-01",
        "--end",
        "2099-12-31",
        "--except",
        "2026-12-24..2026-12-26,SUN",
    ]);
    let show = home.ok(&["show", "a"]);
    let options = "jitter=5m start=2026-01-01 end=2099-12-31 except=2026-12-24..2026-12-26,sun (Europe/Berlin)";
    assert!(show.contains(&format!("0 2 * * * missed=all {options}")), "{show}");
    assert!(show.contains(&format!("every 2h {options}")), "{show}");
    let schedule = &home.json(&["show", "a"])[0]["schedules"][0];
    assert_eq!((schedule["missed"].as_str(), schedule["jitter_s"].as_f64()), (Some("all"), Some(300.0)));
    assert_eq!(schedule["except"].as_array().unwrap().len(), 2);
    assert!((0.0..=300.0).contains(&schedule["delay_s"].as_f64().unwrap()));
}

#[test]
fn set_changes_the_options_of_all_schedules_or_of_those_that_it_names_and_they_stay_the_same_schedules() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "0 2 * * *", "--every", "2h"]);
    let ids = |home: &Home| -> Vec<(i64, String)> {
        let object = home.json(&["show", "a"]).remove(0);
        let schedules = object["schedules"].as_array().unwrap().clone();
        schedules.iter().map(|s| (s["id"].as_i64().unwrap(), s["when"].as_str().unwrap().to_owned())).collect()
    };
    home.ok(&["set", "a", "missed=all", "jitter=5m"]);
    assert_eq!(ids(&home), [(1, "0 2 * * * missed=all jitter=5m".into()), (2, "every 2h missed=all jitter=5m".into())]);
    home.ok(&["set", "a", "when=0 2 * * * missed=skip; every 2h", "end=2099-01-01"]);
    assert_eq!(ids(&home), [(1, "0 2 * * * missed=skip end=2099-01-01".into()), (2, "every 2h end=2099-01-01".into())]);
    home.ok(&["set", "a", "when+=startup jitter=2m"]);
    assert_eq!(ids(&home)[2], (3, "startup jitter=2m".into()));
    home.ok(&["set", "a", "end="]);
    assert_eq!(ids(&home)[1], (2, "every 2h".into()));
    home.ok(&["set", "a", "missed=latest"]);
    assert_eq!((&*ids(&home)[1].1, &*ids(&home)[2].1), ("every 2h missed=latest", "startup jitter=2m"));
    home.ok(&["set", "a", "when="]);
    home.refuses(&["set", "a", "jitter=5m"], 4, &["jitter: the task has no schedule"]);
}

#[test]
fn x1_what_is_wrong_in_an_option_is_refused_with_its_key() {
    let home = Home::new();
    std::fs::write(home.path().join("days.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT\n").unwrap();
    for (args, words) in [
        (&["--cron", "0 2 * * *", "--missed", "some"][..], &["missed: `some` is not skip, latest or all"][..]),
        (&["--cron", "0 2 * * * jitter=5"], &["cron: jitter: `5` has no unit"]),
        (&["--jitter", "5m"], &["jitter: say of which schedule"]),
        (&["--every", "5m", "--excluded", "shift", "--except", "sat"], &["excluded: only what has a time of the day"]),
        (&["--at", "2031-12-25 9:00", "--except", "2031-12-25"], &["except: no day is left"]),
        (&["--cron", "0 2 * * *", "--calendar", "none.ics"], &["calendar: ", "none.ics: No such file"]),
        (&["--cron", "0 2 * * *", "--calendar", "days.ics"], &["calendar: ", "days.ics: line 3: `soon` is not a date"]),
    ] {
        home.refuses(&[&["add", "a", "--command", "true"], args].concat(), 4, words);
    }
}

#[test]
fn t8_t9_t10_next_marks_jitter_excluded_days_and_moved_slots() {
    let home = Home::new();
    std::fs::write(home.path().join("days"), "2031-12-25 Christmas Day\n2031-12-26 Boxing Day\n").unwrap();
    home.ok(&["add", "a", "--command", "true", "--cron", "0 9 * * *", "--calendar", "days"]);
    home.ok(&["add", "b", "--command", "true", "--cron", "0 8 * * thu", "--calendar", "days", "--excluded", "shift"]);
    let out = home.ok(&["next", "-n", "4", "--from", "2031-12-24"]);
    let expected = "Wed 2031-12-24 09:00:00 CET  a  0 9 * * *\n\
                    Thu 2031-12-25 09:00:00 CET  a  0 9 * * *  excluded: Christmas Day, and 1 more day\n\
                    Sat 2031-12-27 09:00:00 CET  a  0 9 * * *\n\
                    Sun 2031-12-28 09:00:00 CET  a  0 9 * * *\n\
                    Mon 2031-12-29 08:00:00 CET  b  0 8 * * 4  moved from 2031-12-25\n";
    assert_eq!(out, expected);
    let slots = home.json(&["next", "b", "-n", "1", "--from", "2031-12-24"]);
    assert_eq!(slots[0]["moved_from"], "2031-12-25");

    home.ok(&["add", "c", "--command", "true", "--cron", "0 9 * * *", "--jitter", "1d"]);
    let slot = home.json(&["next", "c", "-n", "1"]).remove(0);
    let (due, start) = (instant(&slot["due_at"]), instant(&slot["starts_at"]));
    assert!(start > due && start.duration_since(due).as_hours() <= 24, "{slot}");
    assert!(home.ok(&["next", "c", "-n", "1"]).contains("starts "));
    assert_eq!(instant(&home.json(&["show", "c"])[0]["next_at"]), start, "the store plans what the preview shows");
}

#[test]
fn t10_a_calendar_that_went_away_is_said_by_show_and_doctor_and_the_schedule_goes_on() {
    let home = Home::new();
    let path = home.path().join("days");
    std::fs::write(&path, "2031-12-25").unwrap();
    home.ok(&["add", "a", "--command", "true", "--cron", "0 9 * * *", "--calendar", "days"]);
    std::fs::remove_file(&path).unwrap();
    let show = home.ok(&["show", "a"]);
    assert!(show.contains("excludes nothing by its calendar: ") && show.contains("days: No such file"), "{show}");
    let doctor = home.tempo(&["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("until it can be read, its days are not excluded"), "{doctor:?}");
    assert_eq!(home.ok(&["next", "-n", "1", "--from", "2031-12-25"]).lines().count(), 1);
}

#[test]
fn options_stand_in_an_import_file_as_well_and_paths_count_from_it() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("files")).unwrap();
    std::fs::write(home.path().join("files/days"), "2031-12-25").unwrap();
    let file =
        "[[task]]\nname = \"a\"\ncommand = \"true\"\nwhen = [\"0 9 * * * missed=all calendar=days\", \"every 2h\"]\n";
    std::fs::write(home.path().join("files/tasks.toml"), file).unwrap();
    home.ok(&["import", "files/tasks.toml"]);
    let schedules = &home.json(&["show", "a"])[0]["schedules"];
    let calendar = schedules[0]["calendar"].as_str().unwrap();
    assert!(calendar.starts_with('/') && calendar.ends_with("/files/days"), "{calendar}");
    assert_eq!((schedules[0]["missed"].as_str(), schedules[1]["missed"].as_str()), (Some("all"), None));
}

#[test]
fn t7_set_keeps_the_zone_of_a_tasks_schedules_and_changes_that_of_all_when_it_is_said_alone() {
    let home = Home::new();
    let zones = |home: &Home| {
        let task = home.json(&["show", "a"]).remove(0);
        let schedules = task["schedules"].as_array().unwrap().clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        schedules.iter().map(|s| (text(&s["when"]), text(&s["zone"]))).collect::<Vec<_>>()
    };
    let is = |rule: &str, zone: &str| (rule.to_owned(), zone.to_owned());
    home.ok(&["add", "a", "--command", "true", "--cron", "0 9 * * *", "--tz", "Asia/Tokyo"]);
    home.ok(&["set", "a", "when=0 8 * * *"]);
    assert_eq!(zones(&home), [is("0 8 * * *", "Asia/Tokyo")], "the machine is in Europe/Berlin");
    home.ok(&["set", "a", "when+=0 10 * * *", "tz=UTC"]);
    let answer = home.tempo(&["set", "a", "when+=0 11 * * *"]);
    assert!(
        answer.code == 0 && answer.err.contains("(Asia/Tokyo, UTC); the new ones are in Europe/Berlin"),
        "{answer:?}"
    );
    home.ok(&["set", "a", "tz=America/New_York"]);
    let new_york = "America/New_York";
    assert_eq!(zones(&home), [is("0 8 * * *", new_york), is("0 10 * * *", new_york), is("0 11 * * *", new_york)]);
    home.ok(&["set", "a", "when="]);
    home.refuses(&["set", "a", "tz=UTC"], 4, &["tz: the task has no schedule"]);
}

#[test]
fn x1_what_was_said_in_another_form_is_refused_with_the_right_one() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let add = |flag: &str, value: &str, words: &str| {
        home.refuses(&["add", "b", "--command", "true", flag, value], 4, &[words]);
    };
    add("--cron", "weekdays at 7:30", "write --when 'weekdays at 7:30'");
    add("--cron", "@every 5m", "write `every 5m`");
    add("--when", "0 2 * * * tz=UTC", "the zone stands beside the schedule: --tz ZONE");
    add("--if", "", "if: is empty; write load<4");
    add("--every", "5m jitter=10m", "jitter: 10m is longer than the 5m between two slots");
    home.refuses(&["set", "a", "every=5m"], 4, &["write when='every 5m'"]);
    home.refuses(&["set", "a", "startup="], 4, &["write when='startup'"]);
    home.refuses(&["set", "a", "foo=1"], 4, &["there are name", "for schedules when, when+, tz, missed, jitter"]);
}

#[test]
fn t6_an_option_for_all_is_left_off_a_startup_that_cannot_have_it_unless_there_is_nothing_else() {
    let home = Home::new();
    let shown = |name: &str| home.ok(&["show", name]);
    home.ok(&["add", "a", "--command", "true", "--every", "5m", "--startup", "--missed", "all", "--jitter", "1m"]);
    assert!(
        shown("a").contains("every 5m missed=all jitter=1m") && shown("a").contains("startup jitter=1m"),
        "{}",
        shown("a")
    );
    home.ok(&["set", "a", "missed=latest"]);
    assert!(shown("a").contains("every 5m missed=latest jitter=1m"), "{}", shown("a"));
    home.refuses(&["add", "b", "--command", "true", "--startup", "--missed", "all"], 4, &["a startup is not missed"]);
}
