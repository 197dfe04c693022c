//! Reports over few things, against figures that were reckoned by hand.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::zone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    zone::zone("Europe/Berlin").unwrap()
}

fn days(from: &str, until: &str) -> Period {
    Period::new(at(from), at(until), Grain::Day, &berlin()).unwrap()
}

fn key(name: &str) -> Key {
    Key { name: Some(name.to_owned()), task: None }
}

#[test]
fn a_percentile_is_the_number_at_the_nearest_rank() {
    // The example of the definition: of 15, 20, 35, 40, 50 the ranks of 5, 30, 40, 50, 100 per cent are 1, 2, 2, 3, 5.
    let numbers = [35, 50, 15, 40, 20];
    let of = |percent| percentile(&mut numbers.clone(), percent);
    assert_eq!([5, 30, 40, 50, 100].map(of), [15, 20, 20, 35, 50].map(Some));
    assert_eq!(percentile(&mut [7], 0), Some(7));
    assert_eq!(percentile(&mut [], 50), None);
    // Of twenty the nineteenth is p95, of twenty-one the twentieth.
    assert_eq!(percentile(&mut (1..=20).collect::<Vec<_>>(), 95), Some(19));
    assert_eq!(percentile(&mut (1..=21).collect::<Vec<_>>(), 95), Some(20));
}

#[test]
fn a_day_is_one_of_the_zone_also_when_the_clock_is_set() {
    // 24 October is a day of 24 hours in summer, the 25th one of 25, and the 26th begins an hour later by UTC.
    let period = days("2026-10-23T22:00:00Z", "2026-10-26T12:00:00Z");
    let ends = ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T12:00:00Z"].map(at);
    assert_eq!(period.ends(), ends);
    let unit = |text| period.unit_of(at(text));
    assert_eq!(unit("2026-10-25T22:59:59Z"), Some(1));
    assert_eq!(unit("2026-10-25T23:00:00Z"), Some(2));
    assert_eq!((unit("2026-10-23T21:59:59Z"), unit("2026-10-26T12:00:00Z")), (None, None));
    // In spring a day has 23 hours.
    let spring = days("2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z");
    assert_eq!(spring.ends(), ["2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"].map(at));
    assert_eq!(spring.days().map(|day| day.to_string()).collect::<Vec<_>>(), ["2026-03-29", "2026-03-30"]);
}

#[test]
fn a_day_that_a_zone_skipped_is_none() {
    let apia = zone::zone("Pacific/Apia").unwrap();
    let period = Period::new(at("2011-12-29T10:00:00Z"), at("2011-12-31T10:00:00Z"), Grain::Day, &apia).unwrap();
    assert_eq!(period.days().map(|day| day.to_string()).collect::<Vec<_>>(), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn the_last_days_are_whole_ones_and_the_last_of_them_is_today() {
    let now = at("2026-11-22T09:30:00Z");
    let period = Period::last(7, now, Grain::Day, &berlin()).unwrap();
    assert_eq!((period.units(), period.from(), period.until()), (7, at("2026-11-15T23:00:00Z"), now));
    // 22 November 2026 is a Sunday: 8 days reach into the week before, which is whole then.
    let weeks = Period::last(8, now, Grain::Week, &berlin()).unwrap();
    assert_eq!(weeks.days().map(|day| day.to_string()).collect::<Vec<_>>(), ["2026-11-09", "2026-11-16"]);
    let months = Period::last(40, now, Grain::Month, &berlin()).unwrap();
    assert_eq!(months.days().map(|day| day.to_string()).collect::<Vec<_>>(), ["2026-10-01", "2026-11-01"]);
    let midnight = Period::last(1, at("2026-11-21T23:00:00Z"), Grain::Day, &berlin()).unwrap();
    assert_eq!((midnight.units(), midnight.from()), (1, at("2026-11-20T23:00:00Z")));
}

#[test]
fn what_is_no_period_is_refused_with_what_would_be_right() {
    let (now, zone) = (at("2026-11-22T09:30:00Z"), berlin());
    assert_eq!(Period::new(now, now, Grain::Day, &zone).unwrap_err(), PeriodError::Empty);
    let long = Period::new(at("1990-01-01T00:00:00Z"), now, Grain::Day, &zone).unwrap_err();
    assert_eq!(long.to_string(), "the period has more than 3660 days; count by longer ones, or begin later");
    assert_eq!(Period::new(at("1990-01-01T00:00:00Z"), now, Grain::Month, &zone).unwrap().units(), 36 * 12 + 11);
    assert!(Period::last(u32::MAX, now, Grain::Day, &zone).is_err());
}

/// A run that ended then, after so many seconds.
fn end(ended: &str, seconds: u64, fate: Fate) -> End {
    let ended = at(ended);
    End { began: Some(ended - Duration::from_secs(seconds)), ended, fate }
}

#[test]
fn runs_are_counted_by_the_day_on_which_they_ended_and_only_what_is_judged_has_a_rate() {
    let period = days("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z");
    let mut tally = RunTally::new(&period);
    // On the day of 25 hours: 1, 2, 3 and 100 seconds, and two that say nothing about how long it takes.
    tally.add(&[0], &end("2026-10-24T22:00:10Z", 1, Fate::Ok));
    tally.add(&[0], &end("2026-10-25T00:30:10Z", 3, Fate::Ok));
    tally.add(&[0], &end("2026-10-25T01:30:10Z", 2, Fate::Ok));
    tally.add(&[1], &end("2026-10-25T22:59:59Z", 100, Fate::Bad));
    tally.add(&[1], &end("2026-10-25T12:00:00Z", 5000, Fate::Cancelled));
    tally.add(&[1], &end("2026-10-25T12:00:00Z", 5000, Fate::Lost));
    // On the next day one that never began, and one outside of the period.
    tally.add(&[1], &End { began: None, ended: at("2026-10-25T23:00:00Z"), fate: Fate::Skipped });
    tally.add(&[0], &end("2026-10-26T23:00:00Z", 1, Fate::Ok));
    let runs = tally.close(vec![key("night"), key("day")]);
    assert_eq!(runs.units[0], RunFigures::default());
    let sunday = &runs.units[1];
    assert_eq!((sunday.ok, sunday.bad, sunday.cancelled, sunday.skipped), (3, 2, 1, 0));
    assert_eq!(sunday.rate(), Some(0.6));
    let took = sunday.took.unwrap();
    let seconds = [took.p50, took.p95, took.most].map(|took| took.as_secs());
    assert_eq!((took.count, seconds), (4, [2, 100, 100]));
    assert_eq!((runs.units[2].skipped, runs.units[2].rate(), runs.units[2].took), (1, None, None));
    assert_eq!((runs.total.ended(), runs.total.took), (7, sunday.took));
    // Both passes of the hour from two to three on 25 October are one hour of the week, and the busiest.
    assert_eq!(runs.week[6][2], 2);
    assert_eq!(runs.total.busiest, Some((6, 2, 2)));
    let groups: Vec<_> =
        runs.groups.iter().map(|group| (group.key.name.clone().unwrap(), group.figures.ended())).collect();
    assert_eq!(groups, [("day".to_owned(), 4), ("night".to_owned(), 3)]);
}

#[test]
fn an_empty_period_has_units_without_figures_and_one_run_is_every_percentile() {
    let period = days("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z");
    let empty = RunTally::new(&period).close(Vec::new());
    assert_eq!((empty.units.len(), empty.total.rate(), empty.total.took, empty.total.busiest), (2, None, None, None));
    let todos = TodoTally::new(&period).close(Vec::new());
    assert_eq!((todos.units.len(), todos.total), (2, TodoFigures::default()));
    assert_eq!(OverdueTally::new(&period).close(Vec::new()).units, [0, 0]);
    let mut tally = RunTally::new(&period);
    tally.add(&[], &end("2026-10-24T12:00:00Z", 42, Fate::Bad));
    let one = tally.close(Vec::new()).total;
    let took = one.took.unwrap();
    assert_eq!((one.rate(), took.p50, took.p95, took.most), (Some(0.0), took.most, took.most, Duration::from_secs(42)));
}

#[test]
fn to_dos_have_a_lead_time_and_those_that_were_begun_a_cycle_time() {
    let period = days("2026-11-19T23:00:00Z", "2026-11-21T23:00:00Z");
    let hour = |n: i64| at("2026-11-20T00:00:00Z") + jiff::SignedDuration::from_hours(n);
    let done = |created, begun: Option<i64>, ended| Ended {
        created: hour(created),
        begun: begun.map(hour),
        ended: hour(ended),
        done: true,
    };
    let mut tally = TodoTally::new(&period);
    tally.add(&[0, 1], &done(-48, Some(1), 2));
    tally.add(&[0], &done(0, None, 10));
    tally.add(&[1], &Ended { done: false, ..done(0, None, 30) });
    tally.add(&[1], &done(0, None, 60));
    let todos = tally.close(vec![key("home"), key("work")]);
    let hours =
        |took: Option<Took>| took.map(|took| (took.count, took.p50.as_secs() / 3600, took.p95.as_secs() / 3600));
    assert_eq!((todos.units[0].done, todos.units[1].given_up, todos.total.done), (2, 1, 2));
    assert_eq!((hours(todos.total.cycle), hours(todos.total.lead)), (Some((1, 1, 1)), Some((2, 10, 50))));
    let home = &todos.groups[0];
    assert_eq!((home.key.name.as_deref(), home.figures.done), (Some("home"), 2));
    assert_eq!((todos.groups[1].figures.done, todos.groups[1].figures.given_up), (1, 1));
}

#[test]
fn what_is_overdue_counts_at_the_end_of_each_day_until_it_ended() {
    // Three whole days, and a last one that ends now, at noon.
    let period = days("2026-11-18T23:00:00Z", "2026-11-22T11:00:00Z");
    let mut tally = OverdueTally::new(&period);
    tally.add(&[0], at("2026-10-01T00:00:00Z"), None);
    tally.add(&[0], at("2026-11-20T12:00:00Z"), Some(at("2026-11-21T22:59:00Z")));
    // It was due and done on the same day, or was due at the very end of the period: it never counts.
    tally.add(&[1], at("2026-11-20T10:00:00Z"), Some(at("2026-11-20T11:00:00Z")));
    tally.add(&[1], at("2026-11-22T11:00:00Z"), None);
    // Done at the very end of the first day: no more overdue by then.
    tally.add(&[1], at("2026-11-01T00:00:00Z"), Some(at("2026-11-19T23:00:00Z")));
    let overdue = tally.close(vec![key("home"), key("work")]);
    assert_eq!(overdue.units, [1, 2, 1, 1]);
    assert_eq!(overdue.groups.len(), 1);
    assert_eq!(overdue.groups[0].figures, OverdueFigures { last: 1, most: 2 });
}

#[test]
fn a_little_is_an_eighth_of_a_bar_and_the_most_a_whole_one() {
    assert_eq!([0, 1, 50, 51, 100].map(|number| eighths(number, 100)), [0, 1, 4, 5, 8]);
    assert_eq!((eighths(3, 0), eighths(u64::MAX, u64::MAX)), (0, 8));
}
