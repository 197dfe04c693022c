//! The 30 days around now, played with the schedules in the builder (T8).

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::schedule::{Decision, Schedule};
use crate::domain::simulate::{Play, Played, play, reaching_back, sum};
use crate::domain::task::Overlap;
use crate::domain::why::about;

/// What is played, when there are not too many slots in it.
const SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// So many slots are played, about: a key should not take longer (UX 45).
const MOST: f64 = 4000.0;

/// Slots of each schedule by which it is reckoned how many there will be.
const SAMPLE: usize = 10;

/// What becomes of the slots of all schedules, in sentences; none when nothing comes with time.
pub(super) fn simulated(
    schedules: &[(Schedule, TimeZone)],
    overlap: Overlap,
    usual: Option<(Duration, usize)>,
    now: Timestamp,
    past: bool,
) -> Vec<String> {
    let Some(span) = span(schedules, now) else { return Vec::new() };
    let begin = if past { now.saturating_sub(span).unwrap_or(now) } else { now };
    let until = begin.saturating_add(span).unwrap_or(now);
    let schedules: Vec<_> =
        schedules.iter().map(|(schedule, zone)| (reaching_back(schedule, begin), zone.clone())).collect();
    let takes = usual.map_or(Duration::ZERO, |(usual, _)| usual);
    let play = |down: &[(Timestamp, Timestamp)]| {
        play(&Play { schedules: &schedules, overlap, takes, from: begin, until, down }).unwrap_or_default()
    };
    let length = if span == SPAN { "30 days".to_owned() } else { about(span.unsigned_abs()) };
    let of_runs = match usual {
        Some((usual, count)) => format!(", each run taking {} (p95 of {count})", about(usual)),
        None => String::new(),
    };
    let which = if past { "last" } else { "next" };
    let mut said = vec![format!("{which} {length}: {}{of_runs}", sum(&play(&[])))];
    // Half of it, at most a day: long enough for the policy on missed slots to show.
    let rest = (span / 2).min(SignedDuration::from_hours(24));
    let back = begin.saturating_add(rest).unwrap_or(until);
    let with_rest = play(&[(begin, back)]);
    let in_rest: Vec<&Played> = with_rest.iter().filter(|slot| slot.due.at <= back).collect();
    let made_up = in_rest.iter().filter(|slot| slot.decision == Decision::Run && slot.reason.is_some()).count();
    let missed = |slot: &&Played| u64::from(slot.decision == Decision::Missed) + slot.before;
    let missed: u64 = in_rest.iter().map(missed).sum();
    if missed > 0 || made_up > 0 {
        said.push(format!(
            "if Tempo is down for {}: {missed} missed, {made_up} made up for",
            about(rest.unsigned_abs())
        ));
    }
    said
}

/// How long is played.
fn span(schedules: &[(Schedule, TimeZone)], now: Timestamp) -> Option<SignedDuration> {
    let mut a_second = 0.0;
    let mut any = false;
    for (schedule, zone) in schedules {
        let first = schedule.next_after(now, zone);
        let slots = std::iter::successors(first, |due| schedule.next_after(due.at, zone)).take(SAMPLE);
        let slots: Vec<Timestamp> = slots.map(|due| due.at).collect();
        any |= !slots.is_empty();
        let shortest = slots.windows(2).map(|pair| pair[1].duration_since(pair[0])).min();
        a_second += shortest.map_or(0.0, |shortest| 1.0 / shortest.as_secs_f64().max(1.0));
    }
    let seconds = if a_second > 0.0 { MOST / a_second } else { f64::INFINITY };
    let hours = SignedDuration::from_hours((seconds / 3600.0).min(1e6) as i64);
    any.then(|| hours.clamp(SignedDuration::from_hours(1), SPAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::Rule;
    use crate::domain::spread::Spread;
    use crate::domain::{ScheduleId, TaskId};

    fn said(rules: &[&str], overlap: &str, minutes: u64, past: bool) -> Vec<String> {
        let now: Timestamp = "2026-11-20T09:30:20Z".parse().unwrap();
        let schedule = |text: &&str| {
            let rule = Rule::parse(text, &TimeZone::UTC, now, std::path::Path::new("/")).unwrap();
            let schedule = Schedule {
                id: ScheduleId(0),
                task: TaskId(0),
                rule,
                zone: "UTC".to_owned(),
                anchor: now,
                watermark: now,
                slot_at: None,
                next_at: None,
                calendar: None,
                spread: Spread::by(""),
            };
            (schedule, TimeZone::UTC)
        };
        let schedules: Vec<_> = rules.iter().map(schedule).collect();
        let usual = (minutes > 0).then(|| (Duration::from_secs(60 * minutes), 50));
        simulated(&schedules, overlap.parse().unwrap(), usual, now, past)
    }

    #[test]
    fn t8_thirty_days_are_played_with_the_policies_that_are_in_the_fields() {
        assert_eq!(
            said(&["0 * * * *"], "skip", 0, false),
            ["next 30 days: 720 slots: 720 run", "if Tempo is down for 1d: 23 missed, 1 made up for"]
        );
        assert_eq!(
            said(&["0 * * * * missed=all"], "skip", 90, false),
            [
                "next 30 days: 720 slots: 360 run, 360 skipped, each run taking 1h30m (p95 of 50)",
                "if Tempo is down for 1d: 0 missed, 24 made up for"
            ]
        );
        assert_eq!(
            said(&["0 * * * * missed=skip"], "replace", 90, true)[0],
            "last 30 days: 720 slots: 1 run, 719 replaced, each run taking 1h30m (p95 of 50)"
        );
        assert_eq!(said(&["startup"], "skip", 0, false), [""; 0]);
        assert_eq!(said(&["0 2 * * *", "30 3 * * 1"], "skip", 0, false)[0], "next 30 days: 34 slots: 34 run");
    }

    #[test]
    fn ux_45_of_a_fast_schedule_less_is_played() {
        assert_eq!(
            said(&["* * * * * *"], "skip", 0, false),
            ["next 1h: 3600 slots: 3600 run", "if Tempo is down for 30m: 1799 missed, 0 made up for"]
        );
        assert!(
            said(&["*/5 * * * *"], "skip", 0, false)[0].starts_with("next 13d"),
            "{:?}",
            said(&["*/5 * * * *"], "skip", 0, false)
        );
    }
}
