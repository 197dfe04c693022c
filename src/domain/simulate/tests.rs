//! Plays whose course is known.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::domain::rule::Rule;
use crate::domain::spread::Spread;
use crate::domain::{ScheduleId, TaskId, zone};

const DAY: &str = "2026-11-20T00:00:00Z";

fn at(text: &str) -> Timestamp {
    if text.contains('T') { text.parse().unwrap() } else { format!("2026-11-20T{text}:00Z").parse().unwrap() }
}

fn schedule(text: &str, zone_name: &str) -> (Schedule, TimeZone) {
    let zone = zone::zone(zone_name).unwrap();
    let schedule = Schedule {
        id: ScheduleId(1),
        task: TaskId(1),
        rule: Rule::parse(text, &zone, at(DAY), Path::new("/")).unwrap(),
        zone: zone_name.to_owned(),
        anchor: at(DAY),
        watermark: at(DAY),
        slot_at: None,
        next_at: None,
        calendar: None,
        spread: Spread::by("here"),
    };
    (schedule, zone)
}

/// Plays from midnight until `until`: a line for each slot, without the date.
fn course(text: &str, overlap: &str, minutes: u64, until: &str, down: &[(&str, &str)]) -> Vec<String> {
    let down: Vec<_> = down.iter().map(|(begin, end)| (at(begin), at(end))).collect();
    let played = play(&Play {
        schedules: &[schedule(text, "UTC")],
        overlap: overlap.parse().unwrap(),
        takes: Duration::from_secs(60 * minutes),
        from: at(DAY),
        until: at(until),
        down: &down,
    });
    let line = |slot: &Played| {
        let clock = |at: Timestamp| at.to_string()[11..16].to_owned();
        let starts = slot.starts.map(|at| format!(" at {}", clock(at))).unwrap_or_default();
        let overlaps = if slot.overlaps { " beside another" } else { "" };
        let replaced = if slot.replaced { " replaced" } else { "" };
        let dropped = if slot.dropped { " dropped" } else { "" };
        let reason = slot.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} {}{starts}{overlaps}{replaced}{dropped}{reason}", clock(slot.due.at), slot.decision)
    };
    played.unwrap().iter().map(line).collect()
}

#[test]
fn t8_r2_a_run_that_outlasts_its_period_costs_what_the_policy_says() {
    let of = |overlap: &str| course("*/10 * * * *", overlap, 14, "00:40", &[]);
    assert_eq!(
        of("skip"),
        [
            "00:10 run at 00:10",
            "00:20 skipped: the run of 00:10 was still running",
            "00:30 run at 00:30",
            "00:40 skipped: the run of 00:30 was still running"
        ]
    );
    assert_eq!(
        of("queue"),
        ["00:10 run at 00:10", "00:20 run at 00:24", "00:30 run at 00:38", "00:40 run"],
        "at 00:40 the run of 00:30 has not ended"
    );
    assert_eq!(
        course("*/10 * * * *", "queue", 35, "01:00", &[]),
        [
            "00:10 run at 00:10",
            "00:20 run dropped",
            "00:30 run dropped",
            "00:40 run at 00:45",
            "00:50 run dropped",
            "01:00 run"
        ]
    );
    assert_eq!(
        of("parallel=2"),
        [
            "00:10 run at 00:10",
            "00:20 run at 00:20 beside another",
            "00:30 run at 00:30 beside another",
            "00:40 run at 00:40 beside another"
        ]
    );
    assert_eq!(
        of("replace"),
        [
            "00:10 run at 00:10 replaced",
            "00:20 run at 00:20 replaced",
            "00:30 run at 00:30 replaced",
            "00:40 run at 00:40"
        ]
    );
    assert_eq!(of("queue-all"), of("queue"));
}

#[test]
fn t6_t8_downtime_goes_through_the_missed_policy_of_the_schedule() {
    let of = |options: &str| course(&format!("0 * * * * {options}"), "skip", 5, "06:00", &[("01:30", "04:30")]);
    let skip = of("missed=skip");
    assert_eq!(skip[1], "02:00 missed: Tempo was not running; policy skip");
    assert_eq!(skip[4], "05:00 run at 05:00");
    let latest = of("missed=latest");
    assert!(latest[1].starts_with("02:00 missed"), "{latest:?}");
    assert!(latest[3].starts_with("04:00 run at 04:3"), "{latest:?}");
    let all = of("missed=all");
    assert!(all[1..4].iter().all(|slot| slot.contains(" run at 04:")), "{all:?}");
    assert_eq!(all.len(), 6);
}

#[test]
fn t8_what_would_never_end_is_refused() {
    let every_second = Play {
        schedules: &[schedule("* * * * * *", "UTC")],
        overlap: Overlap::Skip,
        takes: Duration::ZERO,
        from: at(DAY),
        until: at("2026-12-20T00:00:00Z"),
        down: &[],
    };
    assert_eq!(play(&every_second), Err(TooMany));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is played, a slot is decided once, the slots are those of the schedule, and no policy is broken.
    #[test]
    fn t8_a_play_decides_each_slot_of_the_schedule_once_and_keeps_to_the_policy(
        rule in prop::sample::select(vec!["*/7 * * * *", "30 2 * * *", "every 13m", "0 */2 * * * jitter=10m", "15 * * * 1-5 missed=all"]),
        overlap in prop::sample::select(vec!["skip", "queue", "queue-all", "replace", "parallel=3"]),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
        takes in 0_u64..10_000,
        start in 0_i64..400,
        down in 0_i64..2_000,
    ) {
        let (schedule, zone) = schedule(rule, zone);
        let from = at(DAY) + jiff::SignedDuration::from_hours(24 * start);
        let until = from + jiff::SignedDuration::from_hours(72);
        let gap = (from + jiff::SignedDuration::from_hours(20), from + jiff::SignedDuration::from_mins(20 * 60 + down));
        let overlap: Overlap = overlap.parse().unwrap();
        let played = play(&Play {
            schedules: &[(schedule.clone(), zone.clone())],
            overlap,
            takes: Duration::from_secs(takes),
            from,
            until,
            down: &[gap],
        }).unwrap();
        let mut expected = Vec::new();
        let mut after = from;
        while let Some(due) = schedule.next_after(after, &zone).filter(|due| schedule.start_of(due.at) <= until) {
            after = due.at;
            expected.push(due.at);
        }
        let mut found: Vec<Timestamp> = played.iter().map(|slot| slot.due.at).collect();
        prop_assert!(found.is_sorted());
        let dropped = expected.len() - found.len();
        // Of a long downtime the oldest slots share a row.
        found.dedup();
        prop_assert_eq!(found.len() + dropped, expected.len());
        prop_assert!(found.iter().all(|at| expected.contains(at)));
        let mut starts: Vec<Timestamp> = played.iter().filter(|slot| !slot.replaced).filter_map(|slot| slot.starts).collect();
        starts.sort_unstable();
        for pair in starts.windows(2) {
            let apart = pair[1].duration_since(pair[0]).unsigned_abs();
            prop_assert!(overlap.parallel() > 1 || apart >= Duration::from_secs(takes), "{pair:?}");
        }
    }
}
