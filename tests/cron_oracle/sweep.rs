//! The proof of T4: every zone of the tz database, every change of its clock in 2000-2040, against the oracle.
//!
//! `cargo test` takes a sample that is always the same one: zones with unusual changes, and every so many of the rest. Everything:
//! `TEMPO_SWEEP=all cargo test --release --test cron_oracle sweep -- --nocapture`, which prints what was compared.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use tempo::domain::cron::CronExpr;

use super::oracle::{Clock, DAY, Expression, Slot, date_of};
use super::{as_text, year};

/// Half hours, midnights, two hours, three hours, a whole day, Ramadan, one minute past midnight, and rules that keep changing.
const NOTABLE: [&str; 24] = [
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Dhaka",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Volgograd",
    "Pacific/Apia",
    "Pacific/Norfolk",
];

/// Expressions whatever the zone does.
const EXPRESSIONS: [&str; 24] = [
    // Fixed times.
    "30 2 * * *",
    "0 0 * * *",
    "30 2,14 * * *",
    "0,30 1-3 * * *",
    "0-59 2 * * *",
    "15 0 1 * *",
    "45 23 31 12 ?",
    "0 12 13,30 * 5",
    "15,45 0-3,23 * * 0,6",
    "30 0 L * *",
    "45 1 LW * *",
    "5 2 15W,1W * *",
    "30 2 * * 0L,5L",
    "0 1,2,3 * * 0#2,0#4",
    // Wildcards and steps.
    "*/15 * * * *",
    "0 * * * *",
    "*/20 2 * * *",
    "15 */3 * * *",
    "* 0-3 * * 0",
    "30 * 29-31 3,10 1",
    "0 */12 30 12 *",
    "*/30 * L * *",
    "7 1-23/2 1,31W * 0#1",
    "0-30/10 2 * * 0L",
];

/// The same with a field for seconds.
const WITH_SECONDS: [&str; 6] = [
    "30 30 2 * * *",
    "*/20 30 0-3 * * *",
    "0,59 0,59 0-3,23 * * *",
    "15 * * * * *",
    "*/7 */10 1-3 * * *",
    "59 59 */1 * * 0,6",
];

/// A change of the clock of a zone.
struct Change {
    zone: TimeZone,
    at: i64,
    /// Offsets in seconds.
    before: i64,
    after: i64,
}

impl Change {
    /// From when to when it is looked at.
    fn window(&self) -> (i64, i64) {
        let minute = self.at.div_euclid(60) * 60;
        (minute - 3 * DAY / 2, minute + 3 * DAY / 2)
    }

    /// Offsets within the window and when they begin: zones that agree in it need not be compared twice.
    fn shape(&self) -> Vec<(i64, i32)> {
        let (start, end) = self.window();
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = (i64::MIN, self.zone.to_offset(at(start - DAY / 2)).seconds());
        let changes = self.zone.following(at(start - DAY / 2));
        let changes = changes.map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        std::iter::once(first).chain(changes.take_while(|(at, _)| *at <= end)).collect()
    }

    /// Expressions that aim at this change: at its edges, into the middle of it, on its day and the days beside it.
    fn aimed(&self) -> Vec<String> {
        let (low, high) = (self.at + self.before.min(self.after), self.at + self.before.max(self.after));
        let mut texts = Vec::new();
        for wall in [low - 60, low, i64::midpoint(low, high), high - 60, high] {
            let (date, minute) = (date_of(wall.div_euclid(DAY)), wall.rem_euclid(DAY) / 60);
            let (day, month, weekday) = (date.day(), date.month(), date.weekday().to_sunday_zero_offset());
            let (hour, minute, nth) = (minute / 60, minute % 60, (day + 6) / 7);
            texts.push(format!("{minute} {hour} * * *"));
            texts.push(format!("{minute} {hour} {day} {month} *"));
            texts.push(format!("{minute} {hour} {day} {month} {}", (weekday + 6) % 7));
            texts.push(format!("{minute} {hour} {day}W * *"));
            texts.push(format!("{minute} {hour} * * {weekday}#{nth}"));
            texts.push(format!("{minute} {hour} * {month} {weekday}L"));
            texts.push(format!("{minute} * {day} {month} ?"));
            texts.push(format!("*/15 {hour} {day} * *"));
        }
        texts.sort();
        texts.dedup();
        texts
    }
}

/// What was compared.
#[derive(Default)]
struct Counts {
    zones: usize,
    changes: usize,
    distinct: usize,
    expressions: HashSet<String>,
    comparisons: usize,
    slots: usize,
    questions: usize,
}

#[test]
fn t4_sweep_of_all_zones_and_changes_gives_the_slots_that_the_oracle_saw() {
    let all = std::env::var("TEMPO_SWEEP").is_ok_and(|value| value == "all");
    let mut counts = Counts::default();
    let mut parsed = BTreeMap::new();
    let mut seen = HashSet::new();
    for (nth, change) in changes(all, &mut counts).into_iter().enumerate() {
        if !seen.insert(change.shape()) {
            continue;
        }
        counts.distinct += 1;
        let (start, end) = change.window();
        let clock = Clock::watch(&change.zone, start, end, 60);
        let seconds = Clock::watch(&change.zone, change.at - 3 * 3600, change.at + 3 * 3600, 1);
        assert!(change.before == change.after || clock.changes() > 0, "{:?} at {}", change.zone, change.at);
        let aimed = change.aimed();
        let plain = EXPRESSIONS.into_iter().chain(aimed.iter().map(String::as_str));
        for (other, text) in
            plain.map(|text| (&clock, text)).chain(WITH_SECONDS.map(|text| (&seconds, text))).enumerate()
        {
            // In the sample each change has its turn of the expressions.
            let (clock, text) = text;
            if all || (nth + other) % SAMPLE == 0 {
                let expr = parsed.entry(text.to_owned()).or_insert_with(|| CronExpr::parse(text).ok());
                compare(text, expr.as_ref(), clock, &change, &mut counts);
            }
        }
    }
    let Counts { zones, changes, distinct, expressions, comparisons, slots, questions } = &counts;
    println!("zones {zones}");
    println!("changes {changes}");
    println!("distinct_changes {distinct}");
    println!("expressions {}", expressions.len());
    println!("comparisons {comparisons}");
    println!("slots {slots}");
    println!("questions {questions}");
    assert!(*distinct > 200 && *slots > 10_000, "{distinct} changes and {slots} slots are not much of a sample");
}

/// In the sample: every how many expressions each change meets.
const SAMPLE: usize = 9;

/// Every change of 2000-2040 in every zone, or the sample.
fn changes(all: bool, counts: &mut Counts) -> Vec<Change> {
    const EVERY: usize = 97;
    let mut changes = Vec::new();
    let names: Vec<_> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    assert!(names.len() > 400 && NOTABLE.iter().all(|notable| names.iter().any(|name| name == notable)), "{names:?}");
    let mut turn = 0;
    for name in names {
        let Ok(zone) = TimeZone::get(&name) else { continue };
        counts.zones += 1;
        let start = Timestamp::from_second(year(2000) - 1).unwrap();
        let mut before = i64::from(zone.to_offset(start).seconds());
        let mut sizes = HashSet::new();
        for change in zone.following(start).take_while(|change| change.timestamp().as_second() < year(2041)) {
            let (at, after) = (change.timestamp().as_second(), i64::from(change.offset().seconds()));
            counts.changes += 1;
            turn += 1;
            // Of a notable zone the first change of each size in each decade.
            let notable = NOTABLE.contains(&name.as_str()) && sizes.insert((after - before, at / (3653 * DAY)));
            if all || notable || turn % EVERY == 0 {
                changes.push(Change { zone: zone.clone(), at, before, after });
            }
            before = after;
        }
    }
    changes
}

fn compare(text: &str, expr: Option<&CronExpr>, clock: &Clock, change: &Change, counts: &mut Counts) {
    let expression = Expression::read(text);
    let expected = expression.slots(clock);
    let place = || format!("{text} in {:?} around {}", change.zone.iana_name(), as_text(change.at));
    let Some(expr) = expr else {
        assert!(expected.is_empty(), "{} is refused, but comes", place());
        return;
    };
    let (start, end) = clock.span();
    let found = slots_within(expr, &change.zone, start, end, usize::MAX);
    if found != expected {
        let shown = |slots: &[Slot]| slots.iter().take(4).map(|slot| as_text(slot.at)).collect::<Vec<_>>();
        let differing = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
        let from = differing.saturating_sub(1);
        panic!("{}: {:?}, but the oracle saw {:?}", place(), shown(&found[from..]), shown(&expected[from..]));
    }
    // Asked from anywhere, and not from slot to slot only.
    for minutes in [-61, -60, -31, -30, -1, 0, 1, 15, 29, 30, 31, 45, 59, 60, 61, 119, 120] {
        for shift in [-1, 0, 1] {
            let after = Timestamp::new(change.at + minutes * 60, 0).unwrap();
            let after = after.checked_add(jiff::SignedDuration::from_nanos(shift)).unwrap();
            let first = expected.iter().find(|slot| Timestamp::from_second(slot.at).unwrap() > after);
            let found = next(expr, &change.zone, after).filter(|slot| slot.at <= end);
            assert_eq!(found.as_ref(), first, "{} asked at {after}", place());
            counts.questions += 1;
        }
    }
    counts.comparisons += 1;
    counts.slots += found.len();
    if !counts.expressions.contains(text) {
        counts.expressions.insert(text.to_owned());
    }
}

/// Our slots after `start` until `end`, at most `limit`, each later than the one before (T1).
pub(crate) fn slots_within(expr: &CronExpr, zone: &TimeZone, start: i64, end: i64, limit: usize) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut after = start;
    while slots.len() < limit
        && let Some(slot) = next(expr, zone, Timestamp::from_second(after).unwrap()).filter(|slot| slot.at <= end)
    {
        assert!(slot.at > after, "{expr} in {zone:?}: {} does not come after {}", as_text(slot.at), as_text(after));
        slots.push(slot);
        after = slot.at;
    }
    slots
}

/// Our first slot after an instant.
pub(crate) fn next(expr: &CronExpr, zone: &TimeZone, after: Timestamp) -> Option<Slot> {
    let (at, civil) = expr.next_slot(after, zone)?;
    assert_eq!(at.subsec_nanosecond(), 0);
    Some(Slot { at: at.as_second(), wall: Offset::UTC.to_timestamp(civil).unwrap().as_second() })
}
