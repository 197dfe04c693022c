//! next.

use jiff::{SignedDuration, Timestamp};
use tempo::domain::when::When;
use tempo::store::{schedules, tasks};

use super::output::on_a_terminal;
use super::runs::engine;
use super::{Home, instant, keys, words};

#[test]
fn t8_next_merges_all_schedules_in_order() {
    let home = Home::new();
    home.ok(&["add", "hourly", "--command", "true", "--cron", "0 * * * *"]);
    home.ok(&["add", "half", "--command", "true", "--cron", "30 * * * *", "--cron", "45 * * * *"]);
    let slots = home.json(&["next", "-n", "9"]);
    assert_eq!(keys(&slots[0]), words("schedule task due_at decision reason run"));
    assert_eq!(slots.len(), 9);
    let times: Vec<_> = slots.iter().map(|slot| instant(&slot["due_at"])).collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    for three in slots.windows(3) {
        let mut schedules: Vec<i64> = three.iter().map(|slot| slot["schedule"].as_i64().unwrap()).collect();
        schedules.sort_unstable();
        assert_eq!(schedules, [1, 2, 3]);
    }
    assert!(home.json(&["next", "hourly"]).iter().all(|slot| slot["task"] == "hourly"));
    assert_eq!(home.ok(&["next"]).lines().count(), 10);
}

#[test]
fn next_can_begin_later_and_a_slot_at_that_very_time_counts() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "0 9 * * *"]);
    home.ok(&["add", "b", "--command", "true", "--at", "2031-05-02 09:00"]);
    let out = home.ok(&["next", "-n", "3", "--from", "2031-05-01 09:00"]);
    let expected = "Thu 2031-05-01 09:00:00 CEST  a  0 9 * * *\n\
                    Fri 2031-05-02 09:00:00 CEST  a  0 9 * * *\n\
                    Fri 2031-05-02 09:00:00 CEST  b  at 2031-05-02 09:00:00\n";
    assert_eq!(out, expected);
    let past = home.json(&["next", "-n", "1", "--from", "2001-01-01"]);
    assert!(instant(&past[0]["due_at"]) > jiff::Timestamp::now(), "what is past does not come again");
    home.refuses(&["next", "--from", "nevermore"], 4, &["from", "tomorrow 9:00"]);
}

#[test]
fn t4_t8_what_a_change_of_the_clock_does_is_marked() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "30 2 * * *"]);
    let out = home.ok(&["next", "-n", "2", "--from", "2031-03-30 00:00"]);
    let expected = "Sun 2031-03-30 03:00:00 CEST  a  30 2 * * *  shifted\n\
                    Mon 2031-03-31 02:30:00 CEST  a  30 2 * * *\n";
    assert_eq!(out, expected);
    home.ok(&["add", "b", "--command", "true", "--cron", "0 * * * *"]);
    let slots = home.json(&["next", "b", "-n", "3", "--from", "2031-10-26 02:00"]);
    let seen: Vec<(&str, Option<&str>)> =
        slots.iter().map(|slot| (slot["due_at"].as_str().unwrap(), slot["dst"].as_str())).collect();
    let expected = [
        ("2031-10-26T02:00:00+02:00", None),
        ("2031-10-26T02:00:00+01:00", Some("repeated")),
        ("2031-10-26T03:00:00+01:00", None),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn t7_a_schedule_has_its_own_zone_and_next_shows_the_machines_clock() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "0 9 * * *", "--tz", "america/new_york"]);
    let out = home.ok(&["next", "-n", "1", "--from", "2031-01-10 00:00"]);
    assert_eq!(out, "Fri 2031-01-10 15:00:00 CET  a  0 9 * * *\n");
    assert!(home.ok(&["show", "a"]).contains("0 9 * * * (America/New_York)"));
}

#[test]
fn next_of_a_paused_task_says_that_it_is_paused() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "5m", "--paused"]);
    let answer = home.tempo(&["next", "a"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, ""));
    assert!(answer.err.contains("a is paused"), "{answer:?}");
}

#[test]
fn at_and_every_may_be_said_twice() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--at", "at +2h", "--every", "every 10s"]);
    let shown = home.json(&["show", "a"]).remove(0);
    let rules: Vec<&str> = shown["schedules"].as_array().unwrap().iter().filter_map(|s| s["when"].as_str()).collect();
    assert!(rules[0] == "every 10s" && rules[1].starts_with("at 2"), "{rules:?}");
}

#[test]
fn a_task_that_runs_at_startup_says_so() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--startup"]);
    home.ok(&["add", "b", "--command", "true"]);
    let list = home.ok(&["list"]);
    let next = |line: usize| list.lines().nth(line).unwrap().split_whitespace().nth(2);
    assert_eq!((next(1), next(2)), (Some("startup"), Some("-")), "{list}");
}

#[test]
fn t6_without_an_engine_what_should_have_come_is_overdue_and_the_json_is_as_it_was() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let past = Timestamp::now() - SignedDuration::from_hours(1);
    let every = When::Every(std::time::Duration::from_secs(10));
    let add = move |db: &tempo::store::Db| schedules::add(db, tasks::find(db, "a")?.id, &every, "UTC", past).map(drop);
    home.store().write(add).unwrap();
    for verb in [&["list"][..], &["show", "a"], &["doctor"], &["set", "a", "when+=every 1d"]] {
        assert!(home.tempo(verb).out.contains("overdue since 20"), "{verb:?}");
    }
    assert!(home.ok(&["next"]).contains("overdue: no engine is running"));
    assert!(instant(&home.json(&["list"])[0]["next_at"]) < Timestamp::now());
    let _engine = engine(&home);
    for verb in ["list", "next", "doctor"] {
        assert!(!home.tempo(&[verb]).out.contains("overdue"), "{verb}");
    }
}

#[test]
fn who_plans_on_a_terminal_is_told_that_no_engine_is_running() {
    let home = Home::new();
    let hinted = |args: &[&str]| {
        let (sent, _) = on_a_terminal(&home, args, true);
        String::from_utf8(sent).unwrap().contains("no engine is running: start tempo or tempo daemon")
    };
    assert!(!hinted(&["list"]) && !hinted(&["next"]), "nothing is planned");
    assert!(!hinted(&["add", "a", "--command", "true"]));
    assert!(hinted(&["add", "b", "--command", "true", "--every", "1h"]));
    assert!(hinted(&["list"]) && hinted(&["next"]));
    assert!(!hinted(&["list", "--json"]));
    home.ok(&["add", "c", "--command", "true", "--every", "1h"]);
    let _engine = engine(&home);
    assert!(!hinted(&["list"]));
}

#[test]
fn t5_a_schedule_is_given_in_words_and_h_is_spread_by_the_name_of_the_task() {
    let home = Home::new();
    home.ok(&[
        "add",
        "a",
        "--command",
        "true",
        "--when",
        "weekdays at 7:30; last friday of the month at 18:00 missed=all",
    ]);
    let shown = home.ok(&["show", "a"]);
    assert!(shown.contains("30 7 * * 1-5") && shown.contains("0 18 * * 5L missed=all"), "{shown}");
    let rule = |name: &str| {
        home.ok(&["add", name, "--command", "true", "--cron", "H H * * *"]);
        let shown = home.ok(&["show", name]);
        shown.lines().find_map(|line| line.strip_prefix("when")).unwrap().trim().split(" (").next().unwrap().to_owned()
    };
    let (b, c) = (rule("b"), rule("c"));
    assert!(b != c && !b.contains('H'), "{b} {c}");
    home.ok(&["set", "c", "when=H H * * *"]);
    assert!(home.ok(&["show", "c"]).contains(&c), "the same name gives the same time");
}

#[test]
fn t7_the_coming_slots_of_a_schedule_are_on_the_clock_of_the_zone_that_stands_beside_them() {
    let home = Home::new();
    home.ok(&["add", "Tokyo", "-c", "true", "--cron", "0 21 * * *", "--tz", "Asia/Tokyo"]);
    let set = home.ok(&["set", "tokyo", "when=0 9 * * *"]);
    assert!(set.contains("0 9 * * * (Asia/Tokyo), next ") && set.trim_end().ends_with(" 09:00:00"), "{set}");
    let show = home.ok(&["show", "tokyo"]);
    assert!(show.contains("(Asia/Tokyo), next ") && show.contains(" 09:00:00"), "{show}");
}
