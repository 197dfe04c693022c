//! What people write, and the dates that come of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-01-31T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    zone::zone("Europe/Berlin").unwrap()
}

fn parse(text: &str) -> Result<Recur, String> {
    Recur::parse(text, &berlin(), at(NOW))
}

#[test]
fn a2_periodic_and_chained_are_read_as_people_write_them_and_read_back() {
    for (text, shown, chained) in [
        ("every 1 month", "every month", false),
        ("Monthly", "every month", false),
        ("every 2w from=2026-01-05T9:00", "every 2 weeks from=2026-01-05T09:00", false),
        ("every year from=2024-02-29", "every year from=2024-02-29T00:00", false),
        ("every month on the 31st at 18:00", "0 18 31 * *", false),
        ("weekdays at 9:00 until=2026-12-31", "0 9 * * 1-5 until=2026-12-31", false),
        ("0 9 * * 1 tz=asia/tokyo", "0 9 * * 1 tz=Asia/Tokyo", false),
        ("1w after done", "1 week after done", true),
        ("3 days after completion until=2027-01-01", "3 days after done until=2027-01-01", true),
        ("month after done", "1 month after done", true),
        ("12h after done", "12 hours after done", true),
    ] {
        let recur = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((recur.to_string().as_str(), recur.is_chained()), (shown, chained), "{text}");
        assert_eq!(parse(shown), Ok(recur), "{text}");
    }
}

#[test]
fn a2_what_could_be_either_is_refused_with_both_and_x1_anything_else_with_what_would_be_right() {
    for (text, expected) in [
        ("1 month", "write `every 1 month`, by the calendar, or `1 month after done`"),
        ("every 1w after done", "is both: write `every 1w`, by the calendar, or `1w after done`"),
        ("sometimes", "is not how a to-do comes again; write every month"),
        ("", "say how often: write every month"),
        ("every 36h", "comes by days or longer"),
        ("every 20 minutes", "is not how a to-do comes again"),
        ("at tomorrow 9:00", "is not how a to-do comes again"),
        ("0 days after done", "`0 days` is no length"),
        ("every month until=soon", "until: `soon` is not a day; write it as in 2026-12-31"),
        ("every month from=soon", "from: `soon` is not a day"),
        ("0 9 * * 1 from=2026-01-01", "from= goes with every N"),
        ("every month end=2026-12-31", "`end=` is not known here; there are from=, until= and tz="),
        ("every month tz=Europe/Berln", "did you mean Europe/Berlin"),
        ("0 24 * * *", "24 is out of range"),
    ] {
        let e = parse(text).expect_err(text);
        assert!(e.contains(expected), "{text}: {e}");
    }
}

fn days(text: &str, after: &str, number: usize) -> Vec<String> {
    let coming = parse(text).unwrap().preview(at(after), &berlin(), number);
    coming
        .iter()
        .map(|one| {
            one.civil.strftime("%m-%d %H:%M").to_string()
                + &one.mark().map_or_else(String::new, |mark| format!(" {mark}"))
        })
        .collect()
}

#[test]
fn a2_a_month_that_is_too_short_takes_its_last_day_says_so_and_changes_no_other_month() {
    let expected = ["02-28 18:00 February has no 31st", "03-31 18:00", "04-30 18:00 April has no 31st", "05-31 18:00"];
    assert_eq!(days("every month from=2026-01-31T18:00", "2026-01-31T17:00:00Z", 4), expected);
    assert_eq!(days("0 18 31 * *", "2026-01-31T17:00:00Z", 4), expected);
    assert_eq!(days("0 18 30 2,3 *", NOW, 2), ["02-28 18:00 February has no 30th", "03-30 18:00"]);
    assert_eq!(days("0 0 15,29 2 *", NOW, 3), ["02-15 00:00", "02-28 00:00 February has no 29th", "02-15 00:00"]);
    assert_eq!(days("every year from=2024-02-29", "2024-03-01T00:00:00Z", 4)[3], "02-29 00:00");
    // What names the last day, or days of the week, is what it is.
    assert_eq!(days("0 9 L * *", "2026-02-01T00:00:00Z", 1), ["02-28 09:00"]);
}

#[test]
fn a2_a_change_of_the_clock_leaves_the_time_of_day_as_it_is() {
    let of = |text: &str, after: &str| parse(text).unwrap().next_after(at(after), &berlin()).unwrap().at.to_string();
    assert_eq!(of("every day from=2026-03-27T09:00", "2026-03-28T08:00:00Z"), "2026-03-29T07:00:00Z");
    assert_eq!(of("every week from=2026-10-18T09:00", "2026-10-18T07:00:00Z"), "2026-10-25T08:00:00Z");
    assert_eq!(of("1 day after done", "2026-03-28T08:00:20Z"), "2026-03-29T07:00:00Z");
    // In the gap: right after it.
    assert_eq!(of("every day from=2026-03-01T02:30", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
    assert_eq!(of("36h after done", "2026-03-28T08:00:20Z"), "2026-03-29T20:00:20Z");
}

#[test]
fn a2_a_chained_one_keeps_the_time_of_day_at_which_it_was_due_and_counts_days_from_the_day_it_was_done() {
    let next = |text: &str, due: &str, done: &str| {
        let follow = parse(text).unwrap().follow(None, Some(at(due)), at(done), &berlin());
        follow.next.unwrap().at.to_string()
    };
    // Due at 18:00 in Berlin, done in the morning, after its time, days later.
    for (done, expected) in [
        ("2026-11-20T08:12:33Z", "2026-11-27T17:00:00Z"),
        ("2026-11-20T19:30:00Z", "2026-11-27T17:00:00Z"),
        ("2026-11-24T22:59:00Z", "2026-12-01T17:00:00Z"),
        ("2026-11-24T23:01:00Z", "2026-12-02T17:00:00Z"),
    ] {
        assert_eq!(next("1 week after done", "2026-11-20T17:00:00Z", done), expected, "{done}");
    }
    // Of a day it is the day, also of another length, and in its own zone.
    assert_eq!(next("2 days after done", "2026-10-23T22:00:00Z", "2026-10-24T10:00:00Z"), "2026-10-25T23:00:00Z");
    assert_eq!(next("1 month after done", "2026-01-30T17:00:00Z", "2026-01-31T09:00:00Z"), "2026-02-28T17:00:00Z");
    assert_eq!(
        next("1 day after done tz=Asia/Tokyo", "2026-11-20T00:00:00Z", "2026-11-20T16:00:00Z"),
        "2026-11-22T00:00:00Z"
    );
    // Hours are hours.
    assert_eq!(next("12h after done", "2026-11-20T17:00:00Z", "2026-11-20T08:12:33Z"), "2026-11-20T20:12:33Z");
}

#[test]
fn a2_what_was_missed_is_counted_and_not_made_up_for_and_the_end_is_the_end() {
    let recur = parse("every month from=2026-09-01T09:00").unwrap();
    let slot = Some(at("2026-09-01T07:00:00Z"));
    let follow = recur.follow(slot, None, at("2026-12-10T12:00:00Z"), &berlin());
    assert_eq!(follow.missed.to_string(), "3 missed: 1 Oct, 1 Nov, 1 Dec");
    assert_eq!(follow.next.unwrap().civil.to_string(), "2027-01-01T09:00:00");
    // Ahead of time: the date after its own.
    let early = recur.follow(slot, None, at("2026-08-20T12:00:00Z"), &berlin());
    assert_eq!((early.missed.count, early.next.unwrap().civil.to_string()), (0, "2026-10-01T09:00:00".to_owned()));
    let chained = parse("1 week after done").unwrap().follow(slot, None, at("2026-12-10T12:00:40Z"), &berlin());
    assert_eq!((chained.missed.count, chained.next.unwrap().at), (0, at("2026-12-17T12:00:00Z")));
    let ends = parse("every month from=2026-09-01T09:00 until=2026-11-01").unwrap();
    assert_eq!(ends.preview(at("2026-09-01T07:00:00Z"), &berlin(), 9).len(), 2, "the last day counts");
    let late = ends.follow(slot, None, at("2026-12-10T12:00:00Z"), &berlin());
    assert_eq!((late.next, late.missed.count), (None, 2));
    let long =
        parse("every day from=2020-01-01").unwrap().follow(Some(at("2020-01-01T00:00:00Z")), None, at(NOW), &berlin());
    assert!(long.missed.more && long.next.unwrap().at > at(NOW), "{long:?}");
    assert!(
        long.missed.to_string().starts_with("more than 1000 missed: 2 Jan, 3 Jan, 4 Jan and 997 more"),
        "{}",
        long.missed
    );
}

proptest! {
    /// Strictly later, never twice, and each month once with the day or its last one.
    #[test]
    fn a2_steps_of_a_month_hit_each_month_once_on_the_day_or_its_last_one(day in 1_i8..=31, hour in 0_i8..24, start in 0_i64..20_000) {
        let first = jiff::civil::date(2024, 1, 31).with().day(day).build().unwrap().at(hour, 30, 0, 0);
        let recur = parse(&format!("every month from={first}")).unwrap();
        let after = at("2024-01-01T00:00:00Z") + SignedDuration::from_hours(start);
        let coming = recur.preview(after, &berlin(), 14);
        for pair in coming.windows(2) {
            let (a, b) = (pair[0].civil.date(), pair[1].civil.date());
            prop_assert!(pair[0].at < pair[1].at);
            prop_assert_eq!((i32::from(a.year()) * 12 + i32::from(a.month())) + 1, i32::from(b.year()) * 12 + i32::from(b.month()));
        }
        for one in &coming {
            prop_assert!(one.at > after);
            prop_assert_eq!(one.civil.day(), day.min(one.civil.date().days_in_month()));
            prop_assert_eq!(one.clamped_from.is_some(), one.civil.day() != day);
        }
    }
}
