//! What holds for every expression, and for every text that is none.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tempo::domain::cron::CronExpr;
use tempo::domain::spread::Spread;
use tempo::domain::when::{When, WhenError};

use super::generate::{ZONES, config, expression};
use super::oracle::{Clock, DAY, Expression, date_of};
use super::sweep::{next, slots_within};
use super::year;

/// A start in a zone: a day and a half before a change of its clock (when `near`), or anywhere.
fn start_of(zone: &TimeZone, second: i64, near: bool) -> i64 {
    let at = Timestamp::from_second(second).unwrap();
    let change = zone.following(at).next().map(|change| change.timestamp().as_second());
    match change {
        Some(change) if near && change - second < 400 * DAY => (change - 3 * DAY / 2).div_euclid(60) * 60,
        _ => second.div_euclid(60) * 60,
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn t4_t5_any_expression_comes_when_the_oracle_saw_it(
        text in expression(),
        zone in prop::sample::select(&ZONES[..]),
        second in year(2005)..year(2035),
        near in prop::bool::weighted(0.7),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let expression = Expression::read(&text);
        // With seconds the hours around the change only.
        let start = start_of(&zone, second, near) + if expression.tick == 1 { 3 * DAY / 2 - 3 * 3600 } else { 0 };
        let length = if expression.tick == 1 { 6 * 3600 } else if near { 3 * DAY } else { 20 * DAY };
        if let Ok(expr) = CronExpr::parse(&text) {
            let clock = Clock::watch(&zone, start, start + length, expression.tick);
            let mut expected = expression.slots(&clock);
            expected.truncate(500);
            prop_assert_eq!(slots_within(&expr, &zone, start, start + length, 500), expected, "{} in {:?}", text, zone);
        }
    }

    #[test]
    fn t1_the_next_slot_is_strictly_later_and_never_earlier_for_a_later_question(
        text in expression(),
        zone in prop::sample::select(&ZONES[..]),
        second in year(1990)..year(2090),
        near in any::<bool>(),
        nanosecond in 0..1_000_000_000_i32,
        steps in prop::collection::vec(0..2 * DAY, 8),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let start = start_of(&zone, second, near) + DAY;
        let Ok(expr) = CronExpr::parse(&text) else { return Ok(()) };
        let mut steps = steps;
        steps.sort_unstable();
        let mut last = Some(Timestamp::MIN);
        for step in steps {
            let after = Timestamp::new(start + step, nanosecond).unwrap();
            let next = expr.next_after(after, &zone);
            prop_assert!(next.is_none_or(|next| next > after), "{}: {:?} is not after {}", text, next, after);
            prop_assert!(next.is_none() || last.is_some_and(|last| Some(last) <= next), "{}: {:?}, {:?}", text, last, next);
            last = next;
        }
    }

    #[test]
    fn t5_what_is_shown_is_read_back_and_comes_at_the_same_times(text in expression(), second in year(2000)..year(2060)) {
        let Ok(expr) = CronExpr::parse(&text) else { return Ok(()) };
        let shown = expr.to_string();
        let again = CronExpr::parse(&shown);
        prop_assert_eq!(again.as_ref(), Ok(&expr), "{} became {}", text, shown);
        let zone = TimeZone::get("America/St_Johns").unwrap();
        let mut at = Timestamp::from_second(second).unwrap();
        for _ in 0..10 {
            let found = next(&expr, &zone, at);
            prop_assert_eq!(found, next(&again.clone().unwrap(), &zone, at), "{} became {}", text, shown);
            let Some(found) = found else { break };
            at = Timestamp::from_second(found.at).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(config(100))]

    /// Crontab's days, each looked at: until 2100 none comes, or the expression is taken.
    #[test]
    fn t5_dates_are_refused_when_they_never_come_and_only_then(
        day in "(2[89]|3[01])(W|,3[01]W?)?|LW",
        month in "2|4|2,4,6|9-11/2",
        weekday in "\\*|\\*/[2-7]|[0-7]|[0-7]#5|[0-7]L",
    ) {
        let text = format!("0 0 {day} {month} {weekday}");
        let expression = Expression::read(&text);
        let comes = (0..date_to_day(2101)).any(|day| expression.holds_day(date_of(day)));
        prop_assert_eq!(CronExpr::parse(&text).is_ok(), comes, "{}", text);
    }
}

fn date_to_day(of: i16) -> i64 {
    year(of) / DAY
}

/// Texts that are no expressions, or are ones by a hair: what people, other crons and broken files write.
const ODD: [&str; 92] = [
    "",
    " ",
    "\t\n",
    "*",
    "* * * *",
    "* * * * * * *",
    "* * * * * * * *",
    "\u{feff}* * * * *",
    "*\u{a0}*\u{a0}*\u{a0}*\u{a0}*",
    "*\u{2003}* * * *",
    "* * * * *\0",
    "\0",
    "* * * * * # every minute",
    "# * * * * *",
    "*/15 * * * * root /bin/true",
    "\"*/15 * * * *\"",
    "MAILTO=root",
    "@",
    "@@daily",
    "@DAILY",
    "@daily @daily",
    "@every 5m",
    "@reboot now",
    "@é",
    "60 24 32 13 8",
    "-1 * * * *",
    "+1 * * * *",
    "00 00 01 01 00",
    "007 * * * *",
    "256 * * * *",
    "65536 * * * *",
    "99999999999999999999999 * * * *",
    "*/256 * * * *",
    "*/65536 * * * *",
    "*/99999999999999999999999 * * * *",
    "0/0 * * * *",
    "*/-1 * * * *",
    "*//2 * * * *",
    "*/2/2 * * * *",
    "1-2-3 * * * *",
    "1--3 * * * *",
    "-,-/- * * * *",
    ",,,,, , , , ,",
    "1,2,3, * * * *",
    "** * * * *",
    "*-* * * * *",
    "?-? ? ? ? ?",
    "0.5 * * * *",
    "1e1 * * * *",
    "0x1f * * * *",
    "١ * * * *",
    "１ * * * *",
    "½ * * * *",
    "é é é é é",
    "🕐 * * * *",
    "a\u{301} * * * *",
    "ﬁ * * * *",
    "İ * * * İ",
    "0 0 ẞ * *",
    "0 0 L,LW,1W,L-1 * 5L,5#1,L",
    "0 0 W * *",
    "0 0 LL * *",
    "0 0 0W * *",
    "0 0 éW * *",
    "0 0 * * #",
    "0 0 * * 1#",
    "0 0 * * #1",
    "0 0 * * 1#999999999999",
    "0 0 * * 🕐#1",
    "H( * * * *",
    "H() H(-) H(é-é) H/é H(1-2)/",
    "every every weekdays at at 25:99 and é",
    "every 99999999999999999999 days on mondays",
    "every 0 minutes on mondays",
    "every 0.5s on mondays",
    "every 1ns between 6 and 22",
    "at at at",
    "first",
    "last last last day last",
    "of of the the",
    "between - and -",
    "every 15 minutes 06:00-",
    "every 15 minutes -22:00",
    "mon-fri-sun at 6-7-8",
    "1st 2nd 3rd 32nd 0th é",
    "december december 31 31 december",
    "by the by the clock",
    "weekdays at :60 and :5",
    "weekday nearest the last",
    ",,, and ,,,",
    "MONDAYS À MIDI",
    "ſunday at 7",
];

/// One of the odd texts, or a piece of one beside a piece of another.
fn odd() -> impl Strategy<Value = String> {
    let one = || prop::sample::select(&ODD[..]);
    let pieces = (one(), one(), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(a, b, i, j)| {
        let cut = |text: &str, at: prop::sample::Index| at.index(text.chars().count() + 1);
        a.chars().take(cut(a, i)).chain(b.chars().skip(cut(b, j))).collect()
    });
    prop_oneof![1 => one().prop_map(str::to_owned), 4 => pieces]
}

/// An expression in which a few characters are others.
fn almost() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), prop::option::of("[0-9*/,?LW#H()~@ a-zé-]"));
    (expression(), prop::collection::vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, with) in changes {
            let at = at.index(chars.len());
            chars.splice(at..=at, with.iter().flat_map(|with| with.chars()).chain(['*']).take(1));
        }
        chars.into_iter().collect()
    })
}

fn bytes() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a text in every way. None panics, and an error points into the text or just behind it.
fn read_in_every_way(text: &str) -> Result<(), TestCaseError> {
    let end = text.chars().count() + 1;
    for read in [CronExpr::parse(text), CronExpr::parse_for(text, Spread::by("backup-db"))] {
        match read {
            Ok(expr) => prop_assert_eq!(CronExpr::parse(&expr.to_string()), Ok(expr), "{:?}", text),
            Err(error) => {
                prop_assert!((1..=end).contains(&error.column), "{:?}: {}", text, error);
                prop_assert!(!error.problem.is_empty());
            }
        }
    }
    let now = "2026-11-20T09:30:00Z".parse().unwrap();
    match When::parse(text, &TimeZone::UTC, now) {
        Ok(when) => prop_assert_eq!(When::parse(&when.to_string(), &TimeZone::UTC, now), Ok(when), "{:?}", text),
        Err(WhenError::Phrase(error)) => {
            prop_assert!((1..=end).contains(&error.column), "{:?}: {}", text, error);
            prop_assert!(!error.problem.is_empty());
        }
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}

#[test]
fn x1_every_odd_text_is_taken_or_refused_with_a_place_in_it() {
    for text in ODD {
        read_in_every_way(text).unwrap();
    }
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn x1_no_text_makes_the_reader_panic_and_errors_point_into_it(
        text in prop_oneof![3 => odd(), 3 => almost(), 1 => any::<String>(), 1 => bytes(), 2 => "[0-9*/,@LWH#?()a-zé -]{0,24}"],
    ) {
        read_in_every_way(&text)?;
    }
}
