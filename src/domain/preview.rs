//! What a schedule will do (T8): its next slots by the code that fires them, and what is worth knowing about them beforehand.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::cron::{CronField, Field, Item, Range};
use super::options::Excluded;
use super::schedule::Schedule;
use super::timetable::Timetable;
use super::when::{DstEffect, Due, Mark, When};
use super::zone;

/// So many slots are shown.
pub const SLOTS: usize = 10;

/// The parts of a day that the week is shown in.
pub const PARTS: usize = 4;

/// Slots of a part of a day that are counted; more are just many.
pub const MANY: u8 = 6;

/// Excluded days that are named.
const NAMED_DAYS: usize = 3;

/// Excluded days that are counted.
const COUNTED_DAYS: usize = 30;

/// What a schedule will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The next slots, [`SLOTS`] of them unless it ends before.
    pub slots: Vec<Next>,
    /// The next change of the clock in its zone.
    pub change: Option<ClockChange>,
    /// Excluded days on which something would have been due, with what excludes them; a few are named.
    pub excluded: Vec<(Date, String)>,
    /// How many more there are.
    pub more_excluded: usize,
    /// Which months do not have its day, in words.
    pub missing: Vec<String>,
    /// The coming seven days: how many slots each part of a day has, up to [`MANY`].
    pub week: Vec<(Date, [u8; PARTS])>,
    /// How often the rule was evaluated for all this.
    pub asked: usize,
}

/// A slot to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// When it is due.
    pub due: Due,
    /// What is special about it.
    pub mark: Option<Mark>,
    /// The distance from the slot before; of the first none is known.
    pub since: Option<SignedDuration>,
    /// Whether that is unusually long: twice the median of the distances, or more.
    pub is_gap: bool,
}

/// A change of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockChange {
    /// The wall time from which on it is felt.
    pub from: DateTime,
    /// The wall time until which.
    pub until: DateTime,
    /// Whether the clock shows the time between twice; else it never shows it.
    pub twice: bool,
    /// What becomes of the slots of the schedule in it, in words.
    pub effect: Option<String>,
}

/// Asks a timetable, and counts how often.
struct Asker<'a> {
    timetable: Timetable<'a>,
    asked: usize,
}

impl Asker<'_> {
    fn next(&mut self, after: Timestamp) -> Option<Due> {
        self.asked += 1;
        self.timetable.next_after(after)
    }

    /// The first slot at or after an instant.
    fn from(&mut self, at: Timestamp) -> Option<Due> {
        self.next(just_before(at))
    }
}

/// What this schedule will do after `now`, in `zone`, which is the one with its name.
pub fn preview(schedule: &Schedule, zone: &TimeZone, now: Timestamp) -> Preview {
    let mut asker = Asker { timetable: schedule.timetable(zone), asked: 0 };
    let after = schedule.still_to_come(now);
    let mut slots = Vec::new();
    let mut cursor = after;
    while slots.len() < SLOTS
        && let Some(due) = asker.next(cursor)
    {
        cursor = due.at;
        slots.push(due);
    }
    let (excluded, more_excluded) = excluded(&mut asker, after, slots.last().map(|due| due.at));
    Preview {
        slots: with_distances(&slots, zone),
        change: change(&mut asker, now),
        excluded,
        more_excluded,
        missing: missing(&schedule.rule.when),
        week: week(&mut asker, after, now),
        asked: asker.asked,
    }
}

/// The first of these instants, ascending, at which another schedule is due too. `asked` grows by the number of its evaluations,
/// at most one an instant.
pub fn first_shared(instants: &[Timestamp], other: &Timetable<'_>, asked: &mut usize) -> Option<Timestamp> {
    let mut rest = instants;
    while let [first, ..] = rest {
        *asked += 1;
        let due = other.next_after(just_before(*first))?.at;
        if due == *first {
            return Some(due);
        }
        rest = &rest[rest.iter().take_while(|at| **at < due).count()..];
    }
    None
}

/// The fields of a cron expression by name; of other rules there are none.
pub fn fields(when: &When) -> Vec<(&'static str, String)> {
    const NAMES: [&str; 6] = ["second", "minute", "hour", "day of month", "month", "weekday"];
    let When::Cron(expr) = when else { return Vec::new() };
    let text = expr.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    let names = &NAMES[NAMES.len().saturating_sub(words.len())..];
    names.iter().copied().zip(words.into_iter().map(str::to_owned)).collect()
}

fn with_distances(slots: &[Due], zone: &TimeZone) -> Vec<Next> {
    let mut sorted: Vec<SignedDuration> = slots.windows(2).map(|two| two[1].at.duration_since(two[0].at)).collect();
    let distances = sorted.clone();
    sorted.sort_unstable();
    let unusual = if sorted.len() < 3 { SignedDuration::MAX } else { sorted[sorted.len() / 2].saturating_mul(2) };
    let since = std::iter::once(None).chain(distances.into_iter().map(Some));
    let next = |(due, since): (&Due, Option<SignedDuration>)| Next {
        due: *due,
        mark: due.mark(zone),
        since,
        is_gap: since.is_some_and(|since| since >= unusual),
    };
    slots.iter().zip(since).map(next).collect()
}

/// The excluded days until the last slot, at least of a week.
fn excluded(asker: &mut Asker<'_>, after: Timestamp, last: Option<Timestamp>) -> (Vec<(Date, String)>, usize) {
    let timetable = asker.timetable;
    // What is moved to another day says so itself.
    if timetable.rule.options.excluded == Some(Excluded::Shift) {
        return (Vec::new(), 0);
    }
    let week = after.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(after);
    let until = last.map_or(week, |last| last.max(week));
    let mut named: Vec<(Date, String)> = Vec::new();
    let (mut more, mut cursor) = (0, after);
    while named.len() + more < COUNTED_DAYS {
        asker.asked += 1;
        let Some(due) = timetable.next_excluded(cursor, until) else { break };
        let day = due.civil.date();
        if named.len() < NAMED_DAYS {
            named.push((day, timetable.exclusion(day).unwrap_or_default()));
        } else {
            more += 1;
        }
        cursor = timetable.end_of_day(&due);
    }
    (named, more)
}

/// The next change of the clock, and what it does to the schedule.
fn change(asker: &mut Asker<'_>, now: Timestamp) -> Option<ClockChange> {
    const LOOKED_AT: usize = 8;
    let zone = asker.timetable.zone;
    let offset_before = |at: Timestamp| zone.to_offset(at.saturating_sub(1.second()).unwrap_or(at));
    // A new abbreviation is no change of the clock.
    let change =
        zone.following(now).take(LOOKED_AT).find(|change| change.offset() != offset_before(change.timestamp()))?;
    let (at, before, behind) = (change.timestamp(), offset_before(change.timestamp()), change.offset());
    let (shown, then) = (before.to_datetime(at), behind.to_datetime(at));
    let twice = then < shown;
    let (from, until) = if twice { (then, shown) } else { (shown, then) };
    let effect = match asker.timetable.rule.when {
        When::Cron(_) if twice => {
            in_repeated(asker, at, SignedDuration::from_secs(i64::from(before.seconds() - behind.seconds())))
        }
        When::Cron(_) => in_gap(asker, at, until),
        When::Every(_) | When::At(_) | When::Startup => None,
    };
    Some(ClockChange { from, until, twice, effect })
}

fn in_repeated(asker: &mut Asker<'_>, at: Timestamp, length: SignedDuration) -> Option<String> {
    let first = asker.from(at.checked_sub(length).ok()?).filter(|due| due.at < at)?;
    let again = asker.from(at).is_some_and(|due| due.at < at.saturating_add(length).unwrap_or(at));
    let time = clock(first.civil.time());
    Some(if again { "it comes in both".to_owned() } else { format!("{time} comes once") })
}

fn in_gap(asker: &mut Asker<'_>, at: Timestamp, until: DateTime) -> Option<String> {
    let due = asker.from(at).filter(|due| due.at == at)?;
    let shifted = due.dst_effect(asker.timetable.zone) == Some(DstEffect::Shifted);
    shifted.then(|| format!("{} comes at {}", clock(due.civil.time()), clock(until.time())))
}

/// `02:30`, with seconds when there are any.
fn clock(time: Time) -> String {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// Which months do not have a day on which it would be due, when there are such days and they are few.
fn missing(when: &When) -> Vec<String> {
    const FEW: u32 = 8;
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let When::Cron(expr) = when else { return Vec::new() };
    let fields = expr.fields();
    let days = plain_days(&fields.day_of_month);
    if fields.day_of_month.is_star() || days.count_ones() > FEW {
        return Vec::new();
    }
    let has = |bits: u64, n: u64| bits & (1 << n) != 0;
    let months = fields.month.values();
    let mut sentences = Vec::new();
    for day in [29_u64, 30, 31].into_iter().filter(|day| has(days, *day)) {
        let lacks = |month: &u64| match month {
            2 => day > 29,
            4 | 6 | 9 | 11 => day > 30,
            _ => false,
        };
        let names: Vec<&str> = (1..=12_u64)
            .filter(|month| has(months, *month) && lacks(month))
            .filter_map(|month| MONTHS.get(usize::try_from(month).ok()? - 1).copied())
            .collect();
        let ordinal = if day == 31 { "31st".to_owned() } else { format!("{day}th") };
        if !names.is_empty() {
            sentences.push(format!("no {ordinal} in {}", names.join(", ")));
        } else if day == 29 && has(months, 2) {
            sentences.push("no 29th in Feb but in leap years".to_owned());
        }
    }
    sentences
}

/// The days of the month that are numbers, as bits.
fn plain_days(field: &Field) -> u64 {
    let is_number = |item: &Item| matches!(item.range, Range::One(_) | Range::Span(..));
    let items = field.items.iter().copied().filter(is_number).collect();
    Field { kind: CronField::DayOfMonth, items }.values()
}

/// The coming seven days in the zone of the schedule, from today on.
fn week(asker: &mut Asker<'_>, after: Timestamp, now: Timestamp) -> Vec<(Date, [u8; PARTS])> {
    const HOURS: i8 = 24 / PARTS as i8;
    let zone = asker.timetable.zone;
    let today = zone.to_datetime(now).date();
    let start_of = |day: Date, part: usize| {
        zone::instant(day.at(part as i8 % PARTS as i8 * HOURS, 0, 0, 0), zone).unwrap_or(Timestamp::MAX)
    };
    let mut upcoming = asker.next(after);
    let mut week = Vec::new();
    for day in std::iter::successors(Some(today), |day| day.tomorrow().ok()).take(7) {
        let mut counts = [0; PARTS];
        for (part, count) in counts.iter_mut().enumerate() {
            let next_day = day.tomorrow().unwrap_or(day);
            let end = start_of(if part + 1 == PARTS { next_day } else { day }, part + 1);
            while *count < MANY
                && let Some(due) = upcoming.filter(|due| due.at < end)
            {
                *count += 1;
                upcoming = asker.next(due.at);
            }
            if upcoming.is_some_and(|due| due.at < end) {
                upcoming = asker.from(end);
            }
        }
        week.push((day, counts));
    }
    week
}

fn just_before(at: Timestamp) -> Timestamp {
    at.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::rule::Rule;
    use crate::domain::spread::Spread;
    use crate::domain::{ScheduleId, TaskId};

    fn schedule(text: &str, zone: &TimeZone, now: Timestamp) -> Schedule {
        Schedule {
            id: ScheduleId(1),
            task: TaskId(1),
            rule: Rule::parse(text, zone, now, Path::new("/")).unwrap_or_else(|e| panic!("{text}: {e}")),
            zone: zone.iana_name().unwrap().to_owned(),
            anchor: now,
            watermark: now,
            slot_at: None,
            next_at: None,
            calendar: None,
            spread: Spread::by("here"),
        }
    }

    fn of(text: &str, zone: &str, now: &str) -> Preview {
        let (zone, now) = (zone::zone(zone).unwrap(), now.parse().unwrap());
        preview(&schedule(text, &zone, now), &zone, now)
    }

    #[test]
    fn t8_an_unusual_distance_is_a_gap_and_a_usual_one_is_not() {
        let gaps = |text| {
            let preview = of(text, "Europe/Berlin", "2026-10-22T10:00:00Z");
            preview.slots.iter().enumerate().filter(|(_, next)| next.is_gap).map(|(at, _)| at).collect::<Vec<_>>()
        };
        // Thursday noon: the next morning comes after a night, Monday after a weekend.
        assert_eq!(gaps("*/30 6-13 * * 1-5"), [3], "from 13:30 to the next morning");
        assert_eq!(gaps("30 7 * * 1-5"), [1, 6], "Friday to Monday");
        assert_eq!(gaps("30 2 * * *"), [0; 0], "a day of 25 hours is no gap");
        assert_eq!(gaps("every 10m"), [0; 0]);
        assert_eq!(gaps("at 2026-12-24 18:00"), [0; 0]);
    }

    #[test]
    fn t4_t8_the_next_change_of_the_clock_is_named_with_what_it_does_to_the_schedule() {
        for (text, zone, now, expected) in [
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-22T10:00:00Z",
                ("2026-10-25T02:00", "03:00", true, Some("02:30 comes once")),
            ),
            (
                "*/30 * * * *",
                "Europe/Berlin",
                "2026-10-22T10:00:00Z",
                ("2026-10-25T02:00", "03:00", true, Some("it comes in both")),
            ),
            ("0 9 * * *", "Europe/Berlin", "2026-10-22T10:00:00Z", ("2026-10-25T02:00", "03:00", true, None)),
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-11-22T10:00:00Z",
                ("2027-03-28T02:00", "03:00", false, Some("02:30 comes at 03:00")),
            ),
            ("*/30 * * * *", "Europe/Berlin", "2026-11-22T10:00:00Z", ("2027-03-28T02:00", "03:00", false, None)),
            (
                "15 2 * * *",
                "Australia/Lord_Howe",
                "2026-07-01T10:00:00Z",
                ("2026-10-04T02:00", "02:30", false, Some("02:15 comes at 02:30")),
            ),
            ("every 1h", "America/New_York", "2026-07-01T10:00:00Z", ("2026-11-01T01:00", "02:00", true, None)),
        ] {
            let change = of(text, zone, now).change.unwrap();
            let found = (
                change.from.strftime("%FT%R").to_string(),
                clock(change.until.time()),
                change.twice,
                change.effect.as_deref(),
            );
            assert_eq!((found.0.as_str(), found.1.as_str(), found.2, found.3), expected, "{text} {zone}");
        }
        assert_eq!(of("30 2 * * *", "UTC", "2026-10-22T10:00:00Z").change, None);
    }

    #[test]
    fn months_without_the_day_and_excluded_days_are_named() {
        let missing = |text| of(text, "UTC", "2026-11-22T10:00:00Z").missing.join("; ");
        assert_eq!(missing("0 9 31 * *"), "no 31st in Feb, Apr, Jun, Sep, Nov");
        assert_eq!(missing("0 9 29,30 1-3 *"), "no 29th in Feb but in leap years; no 30th in Feb");
        for none in ["0 9 1 * *", "0 9 31 1,3 *", "0 9 L * *", "0 9 * * *", "0 9 */10 * *", "0 9 1-31 * *", "every 1h"]
        {
            assert_eq!(missing(none), "", "{none}");
        }
        let preview = of("0 9 * * * except=sun,2026-11-24..2026-11-28", "UTC", "2026-11-22T10:00:00Z");
        let named: Vec<String> = preview.excluded.iter().map(|(day, what)| format!("{day} {what}")).collect();
        let range = "2026-11-24..2026-11-28";
        assert_eq!(named, [24, 25, 26].map(|day| format!("2026-11-{day} {range}")));
        assert_eq!(preview.more_excluded, 4, "27, 28, and two Sundays before the tenth slot");
        let shifted = of("0 9 * * * except=2026-11-24 excluded=shift", "UTC", "2026-11-22T10:00:00Z");
        assert_eq!(
            (shifted.excluded.len(), shifted.slots.iter().any(|next| next.mark.is_some())),
            (0, false),
            "9:00 comes anyway"
        );
    }

    #[test]
    fn the_week_counts_the_slots_of_each_part_of_a_day() {
        let week =
            |text, now| of(text, "Europe/Berlin", now).week.into_iter().map(|(_, counts)| counts).collect::<Vec<_>>();
        // From Thursday noon on: what has been is no part of it.
        let found = week("0 3,9,20 * * 1-5", "2026-10-22T10:00:00Z");
        let (day, none) = ([1, 1, 0, 1], [0; 4]);
        assert_eq!(found, [[0, 0, 0, 1], day, none, none, day, day, day]);
        assert_eq!(week("* * * * * *", "2026-10-22T22:00:00Z"), [[MANY; 4]; 7]);
        assert_eq!(
            of("0 0 * * *", "Europe/Berlin", "2026-10-22T10:00:00Z").week[1].1,
            [1, 0, 0, 0],
            "midnight begins a day"
        );
    }

    #[test]
    fn ux_45_the_rule_is_evaluated_a_bounded_number_of_times() {
        for text in [
            "* * * * * *",
            "every 1s",
            "* * * * * * except=sat,sun",
            "0 0 29 2 *",
            "*/5 * * * * except=sat excluded=shift",
            "0 9 * * * except=2026-11-23..2028-12-31",
        ] {
            let asked = of(text, "Europe/Berlin", "2026-11-22T10:00:00Z").asked;
            assert!(
                (SLOTS..=SLOTS + 3 + COUNTED_DAYS + 1 + 28 * (usize::from(MANY) + 1)).contains(&asked),
                "{text}: {asked}"
            );
        }
        // Another one is asked once an instant at most, and not at all for those that it passes over.
        let instants: Vec<Timestamp> =
            (0..10).map(|n| Timestamp::from_second(1_800_000_000 + n * 60).unwrap()).collect();
        let zone = TimeZone::UTC;
        for (text, most) in [("* * * * * *", 1), ("30 * * * * *", 10), ("0 0 1 1 *", 1)] {
            let mut asked = 0;
            let other = schedule(text, &zone, instants[0]);
            let shared = first_shared(&instants[1..], &other.timetable(&zone), &mut asked);
            assert_eq!((shared.is_some(), asked <= most), (text == "* * * * * *", true), "{text}: {asked}");
        }
    }

    #[test]
    fn the_fields_of_a_cron_expression_have_names() {
        let named = |text: &str| {
            let zone = TimeZone::UTC;
            let rule = schedule(text, &zone, Timestamp::UNIX_EPOCH).rule;
            fields(&rule.when).iter().map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(named("*/30 6-21 * * mon-fri"), "minute */30, hour 6-21, day of month *, month *, weekday 1-5");
        assert_eq!(named("*/10 * * * * *"), "second */10, minute *, hour *, day of month *, month *, weekday *");
        assert_eq!(named("every 10m"), "");
    }
}
