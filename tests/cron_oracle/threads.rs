//! What hurt the users of other schedulers, one case for each thread; the names carry the promise and the thread.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempo::domain::when::When;

/// The times of an expression in a zone after an instant, beginning with these.
fn comes(expr: &str, zone: &str, after: &str, expected: &[&str]) {
    let zone = TimeZone::get(zone).unwrap();
    let mut at: Timestamp = after.parse().unwrap();
    let when = When::parse(expr, &zone, at).unwrap();
    for expected in expected {
        let due = when.next_after(at, &zone, at).unwrap();
        assert!(due.at > at, "{expr}: {} is not after {at}", due.at);
        assert_eq!(due.at.to_zoned(zone.clone()).strftime("%F %R%:z").to_string(), *expected, "{expr} after {at}");
        at = due.at;
    }
}

#[test]
fn t4_systemd_5595_a_daily_job_in_the_gap_runs_right_after_it() {
    comes(
        "0 2 * * *",
        "America/New_York",
        "2017-03-11T12:00:00Z",
        &["2017-03-12 03:00-04:00", "2017-03-13 02:00-04:00", "2017-03-14 02:00-04:00"],
    );
}

#[test]
fn t4_systemd_8647_a_job_of_every_minute_runs_in_both_passes_of_the_repeated_hour() {
    let zone = TimeZone::get("Australia/Sydney").unwrap();
    let when = When::parse("* * * * *", &zone, Timestamp::UNIX_EPOCH).unwrap();
    // From 02:00 for the first time until 03:00: two hours, one after the other.
    let mut at: Timestamp = "2018-03-31T14:59:00Z".parse().unwrap();
    for _ in 0..121 {
        let due = when.next_after(at, &zone, at).unwrap();
        assert_eq!(due.at.duration_since(at).as_secs(), 60, "after {at}");
        at = due.at;
    }
    assert_eq!(at.to_string(), "2018-03-31T17:00:00Z");
    comes(
        "* * * * *",
        "Australia/Sydney",
        "2018-03-31T15:59:30Z",
        &["2018-04-01 02:00+10:00", "2018-04-01 02:01+10:00"],
    );
}

#[test]
fn t4_systemd_13745_a_step_that_meets_the_gap_loses_no_more_than_that_slot() {
    comes(
        "30 2-22/4 * * *",
        "Australia/Sydney",
        "2019-10-05T14:00:00Z",
        &["2019-10-06 06:30+11:00", "2019-10-06 10:30+11:00", "2019-10-06 14:30+11:00"],
    );
}

#[test]
fn t1_systemd_32039_36897_hourly_goes_on_where_winter_time_is_the_exception() {
    comes(
        "@hourly",
        "Europe/Dublin",
        "2025-03-29T22:00:00Z",
        &["2025-03-29 23:00+00:00", "2025-03-30 00:00+00:00", "2025-03-30 02:00+01:00", "2025-03-30 03:00+01:00"],
    );
    comes("@daily", "Europe/London", "2024-03-30T12:00:00Z", &["2024-03-31 00:00+00:00", "2024-04-01 00:00+01:00"]);
}

#[test]
fn t1_apscheduler_980_every_second_hour_goes_on_after_the_repeated_hour() {
    comes(
        "0 1-23/2 * * *",
        "Europe/London",
        "2024-10-26T23:30:00Z",
        &["2024-10-27 01:00+01:00", "2024-10-27 01:00+00:00", "2024-10-27 03:00+00:00", "2024-10-27 05:00+00:00"],
    );
}

#[test]
fn t1_apscheduler_1021_asked_in_the_second_pass_the_next_slot_is_later() {
    // 03:45 for the second time.
    comes(
        "30 * * * *",
        "Europe/Helsinki",
        "2017-10-29T01:45:00Z",
        &["2017-10-29 04:30+02:00", "2017-10-29 05:30+02:00"],
    );
    comes("30 3 * * *", "Europe/Helsinki", "2017-10-29T01:15:00Z", &["2017-10-30 03:30+02:00"]);
}

#[test]
fn t4_apscheduler_1059_no_time_is_given_that_the_clock_never_shows() {
    comes("0 2 * * *", "US/Eastern", "2013-03-10T06:59:59Z", &["2013-03-10 03:00-04:00", "2013-03-11 02:00-04:00"]);
}

#[test]
fn t4_apscheduler_529_a_day_of_23_hours_does_not_hide_the_day_after_it() {
    comes("0 0 * * 1-5", "US/Central", "2021-03-12T06:00:00Z", &["2021-03-15 00:00-05:00", "2021-03-16 00:00-05:00"]);
}

#[test]
fn t1_apscheduler_370_the_next_slot_is_never_before_the_question() {
    for minute in 0..60 {
        let after: Timestamp = format!("2019-03-31T00:{minute:02}:30Z").parse().unwrap();
        // 01:00 is in the gap, which ends at 01:00 UTC.
        comes("0 1 * * *", "Europe/Dublin", &after.to_string(), &["2019-03-31 02:00+01:00", "2019-04-01 01:00+01:00"]);
    }
}

#[test]
fn t1_supercronic_86_an_hourly_job_does_not_run_again_and_again_at_the_gap() {
    comes(
        "0 * * * *",
        "America/Los_Angeles",
        "2021-03-14T08:30:00Z",
        &["2021-03-14 01:00-08:00", "2021-03-14 03:00-07:00", "2021-03-14 04:00-07:00"],
    );
    comes("*/2 * * * *", "America/Los_Angeles", "2021-03-14T09:58:00Z", &["2021-03-14 03:00-07:00"]);
}

#[test]
fn t1_prefect_5957_a_week_goes_on_after_a_midnight_that_never_was() {
    comes(
        "0 0 * * 0",
        "America/Santiago",
        "2022-09-03T12:00:00Z",
        &["2022-09-04 00:00-04:00", "2022-09-11 01:00-03:00", "2022-09-18 00:00-03:00"],
    );
}

/// The part of robfig/cron#480 that is a rule: after a suspend the next slot is that of the clock, and those between are known.
#[test]
fn t1_t2_robfig_480_what_is_due_depends_on_the_clock_and_not_on_how_long_was_slept() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let asleep: Timestamp = "2026-10-24T20:30:00Z".parse().unwrap();
    let awake: Timestamp = "2026-10-25T05:10:00Z".parse().unwrap();
    for (when, missed) in
        [(When::parse("0 * * * *", &zone, asleep).unwrap(), 9), (When::Every(Duration::from_secs(3600)), 8)]
    {
        let mut at = asleep;
        let mut between = 0;
        while let Some(due) = when.next_after(at, &zone, asleep).filter(|due| due.at <= awake) {
            between += 1;
            at = due.at;
        }
        assert_eq!(between, missed, "{when}");
        // The same whether it is asked from the last slot before or at the moment of waking.
        let next = when.next_after(awake, &zone, asleep);
        assert_eq!(when.next_after(at, &zone, asleep), next, "{when}");
        assert!(next.is_some_and(|due| due.at.duration_since(awake).as_secs() <= 3600), "{when}");
    }
}
