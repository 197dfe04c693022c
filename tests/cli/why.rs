//! why.

use jiff::{SignedDuration, Timestamp};
use tempo::domain::run::{Outcome, Trigger};
use tempo::domain::schedule::{Decision, Slot};
use tempo::domain::{RunId, ScheduleId};
use tempo::store::{health, runs, schedules, slots, tasks};

use super::{Home, instant, keys, words};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A task `a` that was added long ago, with a slot a day at 02:00 in Berlin: one ran, one was skipped, one missed.
fn past(home: &Home) -> RunId {
    home.ok(&["add", "a", "--command", "true", "--cron", "0 2 * * *"]);
    let store = home.store();
    store
        .write(|db| {
            let task = tasks::find(db, "a")?.id;
            let schedule = schedules::of_task(db, task)?[0].id;
            let due = at("2031-05-01T00:00:00Z");
            let run = runs::queue(db, task, Trigger::Schedule, Some((schedule, due)), &[], due)?;
            let begun = due + SignedDuration::from_millis(1500);
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, begun)?;
            runs::finish(db, run, Outcome::Failed(3), None, Some("it was killed"), begun)?;
            let mut slot = Slot {
                schedule,
                due_at: due,
                zone: "Europe/Berlin".to_owned(),
                civil: "2031-05-01T02:00:00".to_owned(),
                decision: Decision::Run,
                reason: None,
                run: Some(run),
                decided_at: due,
            };
            slots::decide(db, &slot)?;
            let day = SignedDuration::from_hours(24);
            for (decision, reason) in
                [(Decision::Skipped, "run #1 was still running"), (Decision::Missed, "Tempo was not running")]
            {
                slot.due_at += day;
                slot.civil = format!("2031-05-{}T02:00:00", if decision == Decision::Skipped { "02" } else { "03" });
                (slot.decision, slot.run, slot.reason) = (decision, None, Some(reason.to_owned()));
                slot.decided_at = slot.due_at + SignedDuration::from_secs(7200);
                slots::decide(db, &slot)?;
            }
            Ok(run)
        })
        .unwrap()
}

#[test]
fn t3_why_says_what_became_of_each_slot_the_newest_first() {
    let home = Home::new();
    let run = past(&home);
    let out = home.ok(&["why", "a"]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("no engine is running"), "{out}");
    assert!(
        lines[1].starts_with("next slot ") && lines[1].contains(" 02:00:00 CE") && lines[1].contains(", in "),
        "{out}"
    );
    assert_eq!(lines[2], "");
    assert_eq!(lines[3], "DUE                           DECISION  RUN  ENDED   LATE  WHY");
    assert_eq!(lines[4], "Sat 2031-05-03 02:00:00 CEST  missed    -    -       2h    Tempo was not running");
    assert_eq!(lines[5], "Fri 2031-05-02 02:00:00 CEST  skipped   -    -       2h    run #1 was still running");
    assert_eq!(lines[6], format!("Thu 2031-05-01 02:00:00 CEST  run       #{run}   exit 3  1.5s  it was killed"));

    let all = home.json(&["why", "a"]);
    assert!(all[..2].iter().all(|line| line["kind"] == "now" && line["task"] == "a"));
    let slots: Vec<_> = all.iter().filter(|line| line["kind"] == "slot").collect();
    assert_eq!(
        keys(slots[0]),
        words(
            "kind schedule task due_at zone civil dst decision decided_at reason run state outcome started_at finished_at run_reason late_s"
        )
    );
    assert_eq!(instant(&slots[2]["due_at"]), at("2031-05-01T00:00:00Z"));
    assert_eq!((slots[2]["late_s"].as_f64(), slots[2]["outcome"].as_str()), (Some(1.5), Some("failed")));
    assert_eq!(home.json(&["why", "a", "-n", "1"]).iter().filter(|line| line["kind"] == "slot").count(), 1);
    let since = home.json(&["why", "a", "--since", "2031-05-02 02:00"]);
    assert_eq!(since.iter().filter(|line| line["kind"] == "slot").count(), 2, "the slot at that very time counts");
    home.refuses(&["why", "a", "--since", "nevermore"], 4, &["since", "tomorrow 9:00"]);
}

#[test]
fn t4_why_marks_what_a_change_of_the_clock_did_to_a_slot() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--cron", "30 2 * * *"]);
    home.store()
        .write(|db| {
            let slot = Slot {
                schedule: ScheduleId(1),
                due_at: at("2031-03-30T01:00:00Z"),
                zone: "Europe/Berlin".to_owned(),
                civil: "2031-03-30T02:30:00".to_owned(),
                decision: Decision::Missed,
                reason: Some("Tempo was not running".to_owned()),
                run: None,
                decided_at: at("2031-03-30T01:00:00Z"),
            };
            slots::decide(db, &slot)
        })
        .unwrap();
    assert!(home.ok(&["why", "a"]).contains("03:00:00 CEST  missed"), "{}", home.ok(&["why", "a"]));
    assert!(home.ok(&["why", "a"]).contains("Tempo was not running; clock change: shifted"));
    assert_eq!(home.json(&["why", "a"])[2]["dst"], "shifted");
}

#[test]
fn why_answers_for_any_minute_also_when_nothing_was_due_then() {
    let home = Home::new();
    past(&home);
    let out = home.ok(&["why", "a", "--at", "2031-05-02 02:00"]);
    assert!(out.contains("skipped") && out.lines().count() == 2, "{out}");
    let out = home.ok(&["why", "a", "--at", "2031-05-02 03:00"]);
    assert!(out.starts_with("no slot will be due at Fri 2031-05-02 03:00:00 CEST"), "{out}");
    assert!(out.contains("the first after it is Sat 2031-05-03 02:00:00 CEST"), "{out}");
    assert!(out.contains("the last slot before it was Fri 2031-05-02 02:00:00 CEST"), "{out}");
    let out = home.ok(&["why", "a", "--at", "2031-05-04 02:00"]);
    assert!(out.starts_with("0 2 * * * (Europe/Berlin): a slot will be due Sun 2031-05-04 02:00:00 CEST\n"), "{out}");
    let out = home.ok(&["why", "a", "--at", "2031-05-04 01:59:30"]);
    assert!(out.starts_with("no slot will be due at Sun 2031-05-04 01:59:30 CEST"), "{out}");
    assert!(out.contains("the first after it is Sun 2031-05-04 02:00:00 CEST"), "{out}");
    let out = home.ok(&["why", "a", "--at", "2001-01-01 02:00"]);
    assert!(out.starts_with("the task was added later: "), "{out}");
    home.refuses(&["why", "a", "--at", "25:00"], 4, &["at"]);
}

#[test]
fn why_says_what_is_not_a_slot_paused_no_schedule_ended_to_do() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h"]);
    home.ok(&["pause", "a"]);
    let now = home.json(&["why", "a"]);
    assert!(now[1]["text"].as_str().unwrap().starts_with("paused since "), "{now:?}");
    assert!(!home.ok(&["why", "a"]).contains("next slot"));
    let pause = now.last().unwrap();
    assert_eq!(keys(pause), words("kind task paused_at resumed_at reason"));
    assert_eq!((&pause["kind"], pause["resumed_at"].is_null()), (&"pause".into(), true));
    let minute = home.ok(&["why", "a", "--at", "+0s"]);
    assert!(minute.starts_with("it rested then: still paused"), "{minute}");
    home.ok(&["resume", "a"]);
    let out = home.ok(&["why", "a"]);
    assert!(out.contains("next slot") && out.contains("  until ") && out.contains(", for "), "{out}");

    home.ok(&["add", "b", "--command", "true"]);
    assert!(home.ok(&["why", "b"]).ends_with("it has no schedule: it runs when somebody asks\n"));
    home.ok(&["add", "c", "--todo"]);
    assert_eq!(home.ok(&["why", "c"]), "it is a to-do: a person does it, and nothing runs\n");
    home.ok(&["add", "d", "--command", "true", "--startup"]);
    assert!(home.ok(&["why", "d"]).ends_with("it runs once after each boot of the machine\n"));
    home.ok(&["add", "e", "--command", "true", "--every", "1h", "--paused"]);
    assert!(home.ok(&["why", "e"]).contains("paused since "));
}

#[test]
fn r2_r3_why_names_what_a_queued_run_waits_for() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--overlap", "queue-all"]);
    let ids = home
        .store()
        .write(|db| {
            let task = tasks::find(db, "a")?.id;
            let mut ids = Vec::new();
            for _ in 0..3 {
                ids.push(runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now())?);
            }
            runs::starting(db, ids[0], "boot")?;
            Ok(ids)
        })
        .unwrap();
    let out = home.ok(&["why", "a"]);
    assert!(out.contains(&format!("run #{} is starting", ids[0])), "{out}");
    for id in &ids[1..] {
        assert!(
            out.contains(&format!("run #{id} waits: run #{} has not ended, and overlap is queue-all", ids[0])),
            "{out}"
        );
    }
    home.ok(&["add", "b", "--command", "true"]);
    let waits = home.tempo(&["run", "b"]);
    assert_eq!(waits.code, 0);
    std::fs::write(home.paths().settings(), "max_running = 1\n").unwrap();
    let out = home.ok(&["why", "b"]);
    assert!(out.contains("waits: as many runs as there may be are under way (max_running is 1)"), "{out}");
}

#[test]
fn r2_a_slot_that_will_be_lost_is_announced_in_next_why_and_show() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "10m"]);
    let live = home
        .store()
        .write(|db| {
            let task = tasks::find(db, "a")?.id;
            let run = |start: Timestamp, took: Option<i64>| {
                let run = runs::queue(db, task, Trigger::Manual, None, &[], start)?;
                runs::starting(db, run, "boot")?;
                runs::running(db, run, 1, start)?;
                if let Some(minutes) = took {
                    let end = start + SignedDuration::from_mins(minutes);
                    runs::finish(db, run, Outcome::Succeeded, None, None, end)?;
                }
                Ok(run)
            };
            let now = Timestamp::now();
            for days in 1..=4 {
                run(now - SignedDuration::from_hours(24 * days), Some(22))?;
            }
            run(now, None)
        })
        .unwrap();
    let because = format!("run #{live} usually takes 22m");
    let next = home.ok(&["next", "-n", "3"]);
    let lost: Vec<bool> = next.lines().map(|line| line.ends_with(&format!("will be skipped: {because}"))).collect();
    assert_eq!(lost, [true, true, false], "{next}");
    let slots = home.json(&["next", "-n", "3"]);
    assert!(slots[0]["reason"].as_str().unwrap().contains(&because) && slots[2]["reason"].is_null());
    for verb in ["why", "show"] {
        let out = home.ok(&[verb, "a"]);
        assert!(out.contains(&format!(" slot and 1 more will be skipped: {because}\n")), "{out}");
    }
    home.ok(&["set", "a", "overlap=queue"]);
    assert!(!home.ok(&["next"]).contains("skipped"), "nothing is lost");
    assert!(!home.ok(&["why", "a"]).contains("skipped"));
}

#[test]
fn r12_what_is_late_or_was_paused_for_its_failures_is_said_everywhere() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h", "--expect-by", "25h", "--pause-after", "3"]);
    home.ok(&["add", "b", "--command", "true", "--every", "1h"]);
    let none = home.tempo(&["list", "--late"]);
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", ""));
    home.store()
        .write(|db| {
            health::overdue(db, Timestamp::now() + SignedDuration::from_hours(26))?;
            health::failed(db, tasks::find(db, "a")?.id)?;
            tasks::pause_because(db, tasks::find(db, "b")?.id, "failed 3 times in a row", Timestamp::now())
        })
        .unwrap();
    let late = home.tempo(&["list", "--late"]);
    assert_eq!((late.code, late.err.as_str()), (1, ""));
    assert!(late.out.lines().count() == 2 && late.out.contains("a     1d1h"), "{late:?}");
    let list = home.ok(&["list"]);
    assert!(list.contains(", late since ") && list.contains("paused: failed 3 times in a row"), "{list}");
    for verb in ["why", "show"] {
        let out = home.ok(&[verb, "a"]);
        assert!(
            out.contains("late since ") && out.contains("a success is expected within 1d1h of the one before"),
            "{out}"
        );
        assert!(out.contains("failed once in a row; paused after 3"), "{out}");
        let out = home.ok(&[verb, "b"]);
        assert!(out.contains("paused since ") && out.contains(": failed 3 times in a row"), "{out}");
    }
    let doctor = home.tempo(&["doctor"]);
    assert_eq!(doctor.code, 0, "a task is not the installation: {doctor:?}");
    assert!(doctor.out.contains("not succeeded in time: a (by 1d1h)"), "{doctor:?}");
    let listed = home.json(&["list"]);
    assert_eq!((listed[0]["failures"].as_i64(), listed[0]["late_since"].is_string()), (Some(1), true));
    assert_eq!(listed[1]["pause_reason"], "failed 3 times in a row");
    let shown = &home.json(&["show", "a"])[0];
    assert_eq!((shown["pause_after"].as_i64(), shown["expect_by"].as_str()), (Some(3), Some("1d1h")));
    home.ok(&["resume", "b"]);
    assert!(!home.ok(&["show", "b"]).contains("in a row"));
}
