//! Cron times against an oracle: Vixie's rules and the DST policy (T4) acted out minute by minute, in many zones.
//!
//! The seed is fixed. `TEMPO_ORACLE=50` makes every test fifty times as thorough; from 20 on every transition of every zone is tried.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails by panicking")]

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tempo::domain::cron::CronExpr;

const DAY: i64 = 86_400;

/// Zones that do unusual things, and the plain ones.
const ZONES: [&str; 16] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
    "America/Havana",
    "Asia/Tehran",
    "America/Caracas",
    "Asia/Kathmandu",
    "America/Santiago",
];

/// One item of a field: `*`, a number or a range, the last two with their values, and a step.
#[derive(Debug, Clone)]
enum Item {
    All(Option<u8>),
    One(u8),
    Range(u8, u8, Option<u8>),
}

/// What the oracle knows of a field: its text and the numbers that crontab(5) reads in it.
#[derive(Debug, Clone)]
struct Field {
    text: String,
    holds: [bool; 60],
    star: bool,
    flows: bool,
}

impl Field {
    fn new(items: &[Item], min: u8, max: u8) -> Self {
        let mut field = Self { text: String::new(), holds: [false; 60], star: false, flows: false };
        for (i, item) in items.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let (first, last, step) = match *item {
                Item::All(step) => (min, max, step),
                Item::One(value) => (value, value, None),
                Item::Range(a, b, step) => (a.min(b), a.max(b), step),
            };
            let body = match item {
                Item::All(_) => "*".into(),
                Item::One(value) => value.to_string(),
                Item::Range(..) => format!("{first}-{last}"),
            };
            let _ = write!(field.text, "{comma}{body}");
            if let Some(step) = step {
                let _ = write!(field.text, "/{step}");
            }
            let mut value = first;
            while value <= last {
                field.holds[usize::from(value)] = true;
                value += step.unwrap_or(1);
            }
            field.star |= i == 0 && matches!(item, Item::All(_));
            field.flows |= matches!(item, Item::All(_)) || step.is_some();
        }
        field
    }

    fn holds(&self, value: i64) -> bool {
        self.holds[usize::try_from(value).unwrap()]
    }
}

#[derive(Debug, Clone)]
struct Spec {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
}

impl Spec {
    fn text(&self) -> String {
        let Self { minute, hour, day, month, weekday } = self;
        format!("{} {} {} {} {}", minute.text, hour.text, day.text, month.text, weekday.text)
    }

    fn flows(&self) -> bool {
        self.minute.flows || self.hour.flows
    }

    /// Whether the day matches; `day` counts from 1970-01-01, a Thursday.
    fn matches_day(&self, day: i64) -> bool {
        let date = Timestamp::from_second(day * DAY).unwrap().to_zoned(TimeZone::UTC).date();
        let weekday = (day + 4).rem_euclid(7);
        let by_day = self.day.holds(date.day().into());
        let by_weekday = self.weekday.holds(weekday) || (weekday == 0 && self.weekday.holds(7));
        let days = if self.day.star || self.weekday.star { by_day && by_weekday } else { by_day || by_weekday };
        days && self.month.holds(date.month().into())
    }
}

/// The matching of wall minutes, with the answer for the day at hand kept.
struct Matcher<'a> {
    spec: &'a Spec,
    day: i64,
    day_matches: bool,
}

impl Matcher<'_> {
    fn matches(&mut self, wall_minute: i64) -> bool {
        let day = wall_minute.div_euclid(1440);
        if day != self.day {
            self.day = day;
            self.day_matches = self.spec.matches_day(day);
        }
        self.day_matches
            && self.spec.hour.holds(wall_minute.rem_euclid(1440) / 60)
            && self.spec.minute.holds(wall_minute.rem_euclid(60))
    }
}

/// Watches a clock on the wall for every minute after `start` until `end` (both whole minutes), and notes at most `limit` times.
fn watch_the_clock(spec: &Spec, zone: &TimeZone, start: i64, end: i64, limit: usize) -> Vec<i64> {
    let mut matcher = Matcher { spec, day: i64::MIN, day_matches: false };
    let mut fired = Vec::new();
    // Two days of warming up, so that the highest wall minute that the clock has shown is known.
    let mut now = start - 2 * DAY;
    let stretch = |now: i64| {
        let at = Timestamp::from_second(now).unwrap();
        let until = zone.following(at).next().map_or(i64::MAX, |change| change.timestamp().as_second());
        (i64::from(zone.to_offset(at).seconds()), until)
    };
    let (mut offset, mut until) = stretch(now);
    let mut highest = (now + offset) / 60 - 1;
    while now <= end && fired.len() < limit {
        if now >= until {
            (offset, until) = stretch(now);
        }
        let wall = (now + offset) / 60;
        let due = if spec.flows() {
            matcher.matches(wall)
        } else {
            // The minutes that the clock left out count now; those that it shows again do not.
            (highest + 1..=wall).any(|minute| matcher.matches(minute))
        };
        highest = highest.max(wall);
        if due && now > start {
            fired.push(now);
        }
        now += 60;
    }
    fired
}

fn our_times(expr: &CronExpr, zone: &TimeZone, start: i64, end: i64, limit: usize) -> Vec<i64> {
    let mut after = Timestamp::from_second(start).unwrap();
    let mut fired = Vec::new();
    while fired.len() < limit
        && let Some(next) = expr.next_after(after, zone)
        && next.as_second() <= end
    {
        assert!(next > after, "{expr}: {next} is not after {after}");
        assert_eq!(next.subsec_nanosecond(), 0);
        fired.push(next.as_second());
        after = next;
    }
    fired
}

fn as_text(times: &[i64]) -> Vec<String> {
    times.iter().map(|second| Timestamp::from_second(*second).unwrap().to_string()).collect()
}

fn field(min: u8, max: u8, usual: impl Strategy<Value = u8> + Clone + 'static) -> impl Strategy<Value = Field> {
    let step = prop_oneof![2 => Just(None), 1 => (1..=max + 10).prop_map(Some)];
    let item = prop_oneof![
        2 => prop_oneof![2 => Just(None), 1 => (1..=max / 2 + 1).prop_map(Some)].prop_map(Item::All),
        5 => usual.clone().prop_map(Item::One),
        2 => (usual, min..=max, step).prop_map(|(a, b, step)| Item::Range(a, b, step)),
    ];
    prop::collection::vec(item, 1..4).prop_map(move |items| Field::new(&items, min, max))
}

fn any_field(min: u8, max: u8) -> impl Strategy<Value = Field> {
    let star = Just(Field::new(&[Item::All(None)], min, max));
    prop_oneof![2 => star, 1 => field(min, max, min..=max)]
}

/// Expressions with hours biased to those in which clocks are changed; impossible dates are left out.
fn specs() -> impl Strategy<Value = Spec> {
    let hour = field(0, 23, prop_oneof![4 => 0_u8..=3, 1 => 0_u8..=23]);
    (field(0, 59, 0_u8..=59), hour, any_field(1, 31), any_field(1, 12), any_field(0, 7))
        .prop_map(|(minute, hour, day, month, weekday)| Spec { minute, hour, day, month, weekday })
        .prop_filter("a date that never comes", |spec| {
            let longest = |month| [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
            let comes =
                (1..=12).any(|month| spec.month.holds[month] && spec.day.holds[1..=longest(month)].contains(&true));
            comes || !(spec.day.star || spec.weekday.star)
        })
}

/// A start in the years 2009-2028: just before a transition of the zone (when `near`), or anywhere.
fn start_of(zone: &TimeZone, second: i64, near: bool) -> i64 {
    let at = Timestamp::from_second(second).unwrap();
    let change = zone.following(at).next().map(|change| change.timestamp().as_second());
    match change {
        Some(change) if near && change - second < 400 * DAY => (change - 3 * DAY / 2).div_euclid(60) * 60,
        _ => second.div_euclid(60) * 60,
    }
}

fn year(year: i16) -> i64 {
    civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()
}

fn thoroughness() -> u32 {
    std::env::var("TEMPO_ORACLE").map_or(1, |factor| factor.parse().expect("TEMPO_ORACLE is a number"))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: cases * thoroughness(),
        rng_seed: RngSeed::Fixed(20_261_120),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn t4_t5_our_times_are_those_of_a_person_who_watches_the_clock(
        spec in specs(),
        zone in prop::sample::select(&ZONES[..]),
        second in year(2009)..year(2028),
        near in prop::bool::weighted(0.7),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let start = start_of(&zone, second, near);
        let end = start + if near { 3 * DAY } else { 50 * DAY };
        let expr = CronExpr::parse(&spec.text()).unwrap();
        let expected = watch_the_clock(&spec, &zone, start, end, 300);
        let found = our_times(&expr, &zone, start, end, 300);
        prop_assert_eq!(as_text(&found), as_text(&expected), "{}", expr);
    }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn t1_the_next_time_is_strictly_later_and_never_earlier_for_a_later_question(
        spec in specs(),
        zone in prop::sample::select(&ZONES[..]),
        second in year(1990)..year(2090),
        near in any::<bool>(),
        nanosecond in 0..1_000_000_000_i32,
        // Within the first days, where a change of the clock may be.
        steps in prop::collection::vec(0..2 * DAY, 8),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let start = start_of(&zone, second, near) + DAY;
        let expr = CronExpr::parse(&spec.text()).unwrap();
        let mut steps = steps;
        steps.sort_unstable();
        let mut last = Some(Timestamp::MIN);
        for step in steps {
            let after = Timestamp::new(start + step, nanosecond).unwrap();
            let next = expr.next_after(after, &zone);
            prop_assert!(next.is_none_or(|next| next > after), "{}: {:?} is not after {}", expr, next, after);
            prop_assert!(next.is_none() || last.is_some_and(|last| Some(last) <= next), "{}: {:?}, {:?}", expr, last, next);
            last = next;
        }
    }

    #[test]
    fn what_is_shown_is_read_back_as_the_same(spec in specs()) {
        let expr = CronExpr::parse(&spec.text()).unwrap();
        let shown = expr.to_string();
        prop_assert_eq!(CronExpr::parse(&shown), Ok(expr), "{} became {}", spec.text(), shown);
    }

    #[test]
    fn x1_no_text_makes_the_parser_panic_and_errors_point_into_the_text(text in "[0-9*/,@LW#?a-zé -]{0,24}") {
        if let Err(error) = CronExpr::parse(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{:?}: {}", text, error);
        }
    }
}

#[test]
fn t4_every_zone_and_every_transition_of_2000_to_2040_is_survived() {
    const EVERY: usize = 20;
    let take_every = (EVERY / thoroughness() as usize).max(1);
    let names: Vec<_> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let transitions = names.iter().filter_map(|name| TimeZone::get(name).ok()).flat_map(|zone| {
        let changes: Vec<_> = zone
            .following(Timestamp::from_second(year(2000)).unwrap())
            .map(|change| change.timestamp().as_second())
            .take_while(|second| *second < year(2041))
            .collect();
        changes.into_iter().map(move |change| (zone.clone(), change))
    });
    let mut tried = 0;
    for (zone, change) in transitions.step_by(take_every) {
        tried += 1;
        let before = i64::from(zone.to_offset(Timestamp::from_second(change - 1).unwrap()).seconds());
        // The hours of the wall around the change, so that gap and overlap are met whatever the zone does.
        let hour = u8::try_from((change + before).rem_euclid(DAY) / 3600).unwrap();
        let all = |min, max| Field::new(&[Item::All(None)], min, max);
        let around: Vec<_> = [23, 0, 1].map(|shift| Item::One((hour + shift) % 24)).into();
        for (minutes, hours) in [
            (vec![Item::One(0), Item::One(15), Item::One(45)], around.clone()),
            (vec![Item::Range(0, 59, None)], around.clone()),
            (vec![Item::All(Some(15))], around),
            (vec![Item::One(30)], vec![Item::All(None)]),
        ] {
            let spec = Spec {
                minute: Field::new(&minutes, 0, 59),
                hour: Field::new(&hours, 0, 23),
                day: all(1, 31),
                month: all(1, 12),
                weekday: all(0, 7),
            };
            let expr = CronExpr::parse(&spec.text()).unwrap();
            let (start, end) = ((change - DAY / 4).div_euclid(60) * 60, change + DAY / 4);
            let expected = watch_the_clock(&spec, &zone, start, end, 1_000);
            let found = our_times(&expr, &zone, start, end, 1_000);
            assert_eq!(as_text(&found), as_text(&expected), "{expr} in {zone:?} around {change}");
        }
    }
    assert!(tried > 500, "only {tried} transitions were found");
}
