//! A second opinion: the `croner` crate, which other people wrote. Where its promises are ours it has to agree; each
//! disagreement is listed with its reason, and one that is not listed fails, as does a listed one that is none.

use std::collections::BTreeMap;

use ::croner::Cron;
use ::croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tempo::domain::cron::CronExpr;

use super::generate::{config, expression};
use super::oracle::DAY;
use super::{as_text, year};

/// Compared in UTC over years, and around every change of the clock in [`ZONES`].
const EXPRESSIONS: [&str; 52] = [
    "30 2 * * *",
    "0 0 * * *",
    "30 2,14 * * *",
    "0,30 1-3 * * *",
    "15 0 1 * *",
    "45 23 31 12 ?",
    "0 12 13,30 * 5",
    "15 0-3,23 * * 0,6",
    "30 0 L * *",
    "45 1 LW * *",
    "5 2 15W * *",
    "5 2 1W,15W * *",
    "0 0 31W * *",
    "30 2 * * 0L",
    "30 2 * * 0L,5L",
    "30 2 * * friL",
    "0 1 * * 0#2",
    "0 0 31 * 5#5",
    "0 0 L * 5#1",
    "0 0 * * 7",
    "0 0 * * 5-7",
    "0 0 ? * 1",
    "0 0 * jan sun",
    "0 0 1-7/2 * mon-fri/2",
    "0 0 2-4,*/5 * *",
    "0 0 1,*/2 * 1",
    "0 0 29 2 *",
    "0 0 29 2 1",
    "0 0 */13 * *",
    "0 0 */13 * 5",
    "0 0 13 * */5",
    "0 0 29 2 */6",
    "*/15 * * * *",
    "0 * * * *",
    "*/20 2 * * *",
    "15 */3 * * *",
    "30 * 29-31 3,10 1",
    "0 */12 30 12 *",
    "*/30 * L * *",
    "7 1-23/2 1,31W * 0#1",
    "30 30 2 * * *",
    "*/20 30 0-3 * * *",
    "15 * * * * *",
    "*/7 */10 1-3 * * *",
    "59 59 */1 * * 0,6",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@yearly",
    "@annually",
    "0 */2 * * *",
];

/// Each with a year.
const ZONES: [(&str, i16); 7] = [
    (NEW_YORK, 2026),
    (BERLIN, 2026),
    (LORD_HOWE, 2026),
    (CAIRO, 2026),
    (CASABLANCA, 2026),
    (TROLL, 2026),
    (APIA, 2011),
];

/// T4: a list or a range of hours or minutes is still fixed; croner takes single values only as such and lets the others flow,
/// so that they are left out in a gap and come twice in a repeated hour.
const LISTS_ARE_FIXED: &str = "lists and ranges are fixed times";
/// T5: a day field that begins with `*` takes no part in crontab's OR, even with a step; croner takes `*/13` as restricted.
const STAR_FLAG: &str = "a step on a star leaves the OR of the days";
/// T4: fixed times of a day that never was come at its end. croner finds no way out of a gap of a whole day and stops for good.
const DAY_THAT_NEVER_WAS: &str = "a gap of a day ends";

const NEW_YORK: &str = "America/New_York";
const BERLIN: &str = "Europe/Berlin";
const LORD_HOWE: &str = "Australia/Lord_Howe";
const CAIRO: &str = "Africa/Cairo";
const CASABLANCA: &str = "Africa/Casablanca";
const TROLL: &str = "Antarctica/Troll";
const APIA: &str = "Pacific/Apia";

/// Expression, zones, reason.
const DISAGREEMENTS: [(&str, &[&str], &str); 19] = [
    ("*/20 30 0-3 * * *", &[NEW_YORK, BERLIN, LORD_HOWE, CAIRO, CASABLANCA, TROLL, APIA], LISTS_ARE_FIXED),
    ("0,30 1-3 * * *", &[NEW_YORK, BERLIN, LORD_HOWE, CASABLANCA, TROLL, APIA], LISTS_ARE_FIXED),
    ("15 0-3,23 * * 0,6", &[NEW_YORK, BERLIN, LORD_HOWE, CASABLANCA, TROLL, APIA], LISTS_ARE_FIXED),
    ("30 2,14 * * *", &[NEW_YORK, BERLIN, CASABLANCA, TROLL, APIA], LISTS_ARE_FIXED),
    ("0 0 */13 * 5", &["UTC", NEW_YORK, BERLIN, CAIRO, CASABLANCA, TROLL, APIA], STAR_FLAG),
    ("0 0 13 * */5", &["UTC", NEW_YORK, BERLIN, LORD_HOWE, CAIRO, CASABLANCA, TROLL, APIA], STAR_FLAG),
    ("0 0 29 2 */6", &["UTC", CASABLANCA], STAR_FLAG),
    ("0 0 * * *", &[APIA], DAY_THAT_NEVER_WAS),
    ("@daily", &[APIA], DAY_THAT_NEVER_WAS),
    ("30 2 * * *", &[APIA], DAY_THAT_NEVER_WAS),
    ("30 30 2 * * *", &[APIA], DAY_THAT_NEVER_WAS),
    ("0 0 * * 5-7", &[APIA], DAY_THAT_NEVER_WAS),
    ("0 0 1-7/2 * mon-fri/2", &[APIA], DAY_THAT_NEVER_WAS),
    ("0 0 31 * 5#5", &[APIA], DAY_THAT_NEVER_WAS),
    ("0 0 31W * *", &[APIA], DAY_THAT_NEVER_WAS),
    ("0 12 13,30 * 5", &[APIA], DAY_THAT_NEVER_WAS),
    ("30 2 * * 0L,5L", &[APIA], DAY_THAT_NEVER_WAS),
    ("30 2 * * friL", &[APIA], DAY_THAT_NEVER_WAS),
    ("45 1 LW * *", &[APIA], DAY_THAT_NEVER_WAS),
];

/// What one of the two refuses. Expression, whether we take it, whether croner does, reason.
const DIALECT: [(&str, bool, bool, &str); 16] = [
    ("@midnight", true, false, "crontab(5) has it"),
    ("*,5 * * * *", true, false, "crontab takes a star in a list"),
    ("0 0 * * *,1", true, false, "crontab takes a star in a list"),
    ("0 0 WL * *", true, false, "some write the last workday so"),
    ("0 H * * *", false, false, "there is no task that it could be spread by"),
    ("0 0 * * L", false, true, "Saturday for some and the last day for others, so it is asked for"),
    ("0 0 * * 1-5#2", false, true, "a range with a week is croner's own"),
    ("0 0 * * 5#L", false, true, "croner's other way of writing 5L"),
    ("0 0 1 * +mon", false, true, "the AND of the days is croner's own"),
    ("0 0 30 2 *", false, true, "T5: impossible, refused at once"),
    ("0 0 31W 2 *", false, true, "T5: impossible, refused at once"),
    ("0 0 LW * */6", false, true, "T5: impossible, for us (a step on a star leaves the OR)"),
    ("0 0 0 1 1 * 2030", false, true, "years are croner's own"),
    ("5/15 * * * *", false, false, "cron is not of one mind about it"),
    ("0 22-2 * * *", false, false, "cron is not of one mind about it"),
    ("0 0 * * 5#6", false, false, "no month has six"),
];

fn parse(text: &str) -> Option<Cron> {
    CronParser::builder().seconds(Seconds::Optional).build().parse(text).ok()
}

fn theirs(cron: &Cron, zone: &TimeZone, start: i64, end: i64) -> Vec<i64> {
    let after = Timestamp::from_second(start).unwrap().to_zoned(zone.clone());
    let times = cron.iter_after(after).map(|at| at.timestamp().as_second());
    times.take_while(|second| *second <= end).take(MOST).collect()
}

fn ours(expr: &CronExpr, zone: &TimeZone, start: i64, end: i64) -> Vec<i64> {
    let first = expr.next_after(Timestamp::from_second(start).unwrap(), zone);
    let times = std::iter::successors(first, |at| expr.next_after(*at, zone)).map(Timestamp::as_second);
    times.take_while(|second| *second <= end).take(MOST).collect()
}

/// At most so many times of an expression are compared.
const MOST: usize = 400;

#[test]
fn t4_t5_croner_agrees_but_where_it_promises_something_else() {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut first = BTreeMap::new();
    let mut compare = |text: &'static str, name: &'static str, start, end| {
        let zone = TimeZone::get(name).unwrap();
        let (ours, theirs) = (
            ours(&CronExpr::parse(text).unwrap(), &zone, start, end),
            theirs(&parse(text).unwrap(), &zone, start, end),
        );
        if ours != theirs && !found.get(text).is_some_and(|zones| zones.contains(&name)) {
            found.entry(text).or_default().push(name);
            let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
            let shown = |times: &[i64]| times.get(at).map_or("nothing".into(), |second| as_text(*second));
            first.insert((text, name), format!("we say {}, croner {}", shown(&ours), shown(&theirs)));
        }
    };
    for text in EXPRESSIONS {
        compare(text, "UTC", year(2026), year(2033));
        for (name, from) in ZONES {
            let zone = TimeZone::get(name).unwrap();
            let start = Timestamp::from_second(year(from)).unwrap();
            for change in zone.following(start).map(|change| change.timestamp().as_second()) {
                if change >= year(from + 1) {
                    break;
                }
                compare(text, name, change - 2 * DAY, change + 2 * DAY);
            }
        }
    }
    let mut wrong = Vec::new();
    for (text, zones) in &found {
        for zone in zones {
            if !DISAGREEMENTS.iter().any(|(listed, zones, _)| listed == text && zones.contains(zone)) {
                wrong.push(format!("{text} in {zone}: {}", first[&(*text, *zone)]));
            }
        }
    }
    for (text, zones, why) in DISAGREEMENTS {
        for zone in zones {
            if !found.get(text).is_some_and(|found| found.contains(zone)) {
                wrong.push(format!("{text} in {zone}: they agree, although {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn t5_what_one_takes_and_the_other_refuses_is_known() {
    for (text, we, they, why) in DIALECT {
        assert_eq!(CronExpr::parse(text).is_ok(), we, "{text}: {why}");
        assert_eq!(parse(text).is_some(), they, "{text}: {why}");
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn t5_any_expression_that_both_take_means_the_same_days_and_times(text in expression(), second in year(2000)..year(2040)) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [.., day, _, weekday] = words[..] else { unreachable!() };
        // See STAR_FLAG.
        prop_assume!(!day.starts_with("*/") && !weekday.starts_with("*/"));
        if let (Ok(expr), Some(cron)) = (CronExpr::parse(&text), parse(&text)) {
            let end = second + 1500 * DAY;
            let limit = |times: Vec<i64>| times.into_iter().take(25).collect::<Vec<_>>();
            prop_assert_eq!(limit(ours(&expr, &TimeZone::UTC, second, end)), limit(theirs(&cron, &TimeZone::UTC, second, end)), "{}", text);
        }
    }
}
