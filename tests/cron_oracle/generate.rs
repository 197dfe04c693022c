//! Expressions and places by chance, the same ones in every run.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Zones that do unusual things, and plain ones.
pub(crate) const ZONES: [&str; 16] = [
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

/// So many cases, or `TEMPO_FUZZ`. The seed is fixed: a failure comes again.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("TEMPO_FUZZ").ok().map(|cases| cases.parse().unwrap());
    let cases = wanted.unwrap_or(cases);
    ProptestConfig {
        cases,
        max_global_rejects: 1_024 + cases,
        rng_seed: RngSeed::Fixed(20_261_120),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Five fields, sometimes six, with hours mostly of the night, when clocks are changed. All are written well; the dates of
/// some never come.
pub(crate) fn expression() -> impl Strategy<Value = String> {
    let minute = || field(0, 59, 0..=59_u8);
    let night = prop_oneof![4 => 0..=3_u8, 1 => 0..=23_u8];
    let second = prop_oneof![4 => Just(None), 1 => minute().prop_map(Some)];
    (second, minute(), field(0, 23, night), day_of_month(), any_or(field(1, 12, 1..=12_u8)), day_of_week()).prop_map(
        |(second, minute, hour, day, month, weekday)| {
            let second = second.map_or(String::new(), |second| second + " ");
            format!("{second}{minute} {hour} {day} {month} {weekday}")
        },
    )
}

fn day_of_month() -> impl Strategy<Value = String> {
    let mark = prop_oneof![Just("L".to_owned()), Just("LW".to_owned()), (1..=31_u8).prop_map(|day| format!("{day}W"))];
    any_or(prop_oneof![3 => field(1, 31, 1..=31_u8), 1 => with(field(1, 31, 1..=31_u8), mark)])
}

fn day_of_week() -> impl Strategy<Value = String> {
    let mark = prop_oneof![
        (0..=7_u8).prop_map(|day| format!("{day}L")),
        (0..=7, 1..=5).prop_map(|(day, nth)| format!("{day}#{nth}"))
    ];
    any_or(prop_oneof![3 => field(0, 7, 0..=7_u8), 1 => with(field(0, 7, 0..=7_u8), mark)])
}

fn any_or(field: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop_oneof![2 => Just("*".to_owned()), 2 => field]
}

/// A mark alone, or in a list.
fn with(field: impl Strategy<Value = String>, mark: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (mark, prop::option::weighted(0.3, field)).prop_map(|(mark, field)| match field {
        Some(field) => format!("{field},{mark}"),
        None => mark,
    })
}

fn field(min: u8, max: u8, usual: impl Strategy<Value = u8> + Clone) -> impl Strategy<Value = String> {
    let step = prop_oneof![2 => Just(String::new()), 1 => (1..=max + 10).prop_map(|step| format!("/{step}"))];
    let small = (1..=max / 2 + 1).prop_map(|step| format!("/{step}"));
    let item = prop_oneof![
        2 => prop_oneof![2 => Just(String::new()), 1 => small].prop_map(|step| format!("*{step}")),
        5 => usual.clone().prop_map(|value| value.to_string()),
        2 => (usual, min..=max, step).prop_map(|(a, b, step)| format!("{}-{}{step}", a.min(b), a.max(b))),
    ];
    prop::collection::vec(item, 1..4).prop_map(|items| items.join(","))
}
