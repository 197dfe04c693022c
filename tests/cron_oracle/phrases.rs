//! Phrases by chance: what is understood is said again so that it is understood the same way (T5).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tempo::domain::phrase::describe;
use tempo::domain::when::{When, WhenError};

use super::generate::{ZONES, config, expression};
use super::oracle::DAY;
use super::year;

fn read(text: &str) -> Result<When, WhenError> {
    When::parse(text, &TimeZone::UTC, "2026-11-20T09:30:00Z".parse().unwrap())
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(texts).prop_map(str::to_owned)
}

fn weekday() -> impl Strategy<Value = String> {
    one_of(&["mondays", "tuesday", "every wednesday", "thu", "Fridays", "saturday", "sun"])
}

fn day() -> impl Strategy<Value = String> {
    let ordinal = || one_of(&["1st", "2nd", "third", "fourth", "15th", "28th", "31st"]);
    let nth = one_of(&["first", "second", "3rd", "4th", "fifth", "last"]);
    let month = || one_of(&["january", "feb", "july and august", "dec", "the month", "every month"]);
    prop_oneof![
        one_of(&[
            "weekdays",
            "weekends",
            "every weekday",
            "mon-thu",
            "friday to monday",
            "every day",
            "last weekday of the month"
        ]),
        weekday(),
        (weekday(), weekday()).prop_map(|(a, b)| format!("{a} and {b}")),
        (weekday(), month()).prop_map(|(day, month)| format!("{day} in {month}")),
        (nth, one_of(&["monday", "sat", "day"]), month())
            .prop_map(|(nth, day, month)| format!("the {nth} {day} of {month}")),
        (ordinal(), ordinal()).prop_map(|(a, b)| format!("on the {a} and {b}")),
        (ordinal(), month()).prop_map(|(day, month)| format!("{day} of {month}")),
        (1..=28).prop_map(|day| format!("{day} december")),
        (1..=28).prop_map(|day| format!("weekday nearest the {day}th")),
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..24, 0..60).prop_map(|(hour, minute)| format!("{hour}:{minute:02}")),
        (1..=12, one_of(&["am", "pm", " pm"])).prop_map(|(hour, half)| format!("{hour}{half}")),
        (0..24).prop_map(|hour: i32| hour.to_string()),
        one_of(&["noon", "midnight", "18:00:30"]),
    ]
}

fn pace() -> impl Strategy<Value = String> {
    let length = prop_oneof![
        prop::sample::select(&[1, 2, 5, 10, 15, 20, 30][..]).prop_map(|n| format!("every {n} minutes")),
        prop::sample::select(&[1, 2, 3, 4, 6, 8, 12][..]).prop_map(|n| format!("every {n} hours")),
        prop::sample::select(&[1, 10, 30][..]).prop_map(|n| format!("every {n}s")),
        one_of(&["every minute", "hourly", "every hour at :15", "hourly at :00 and :45"]),
    ];
    let window = prop_oneof![
        2 => Just(String::new()),
        1 => (0..24, 1..=24).prop_map(|(from, to)| format!(" between {from}:00 and {to}:00")),
        1 => (0..12, 13..24).prop_map(|(from, to)| format!(", {from}-{to}")),
        1 => Just(" by the clock".to_owned()),
    ];
    (length, window).prop_map(|(length, window)| length + &window)
}

fn phrase() -> impl Strategy<Value = String> {
    let of_the_day = || one_of(&["daily", "every day", "weekly", "monthly", "yearly"]);
    prop_oneof![
        of_the_day(),
        (of_the_day(), time()).prop_map(|(pace, time)| format!("{pace} at {time}")),
        (day(), time()).prop_map(|(day, time)| format!("{day} at {time}")),
        (time(), day()).prop_map(|(time, day)| format!("at {time} on {day}")),
        (day(), 0..24, 0..24, 0..60)
            .prop_map(|(day, a, b, minute)| format!("{day} at {a}:{minute:02}, {b}:{minute:02}")),
        pace(),
        (pace(), day()).prop_map(|(pace, day)| format!("{pace}, {day}")),
        (day(), pace()).prop_map(|(day, pace)| format!("{day} {pace}")),
    ]
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn t5_a_phrase_said_in_our_words_is_the_same_rule(phrase in phrase()) {
        let when = read(&phrase);
        // Some ask for a second pace or an empty window.
        prop_assume!(when.is_ok());
        let words = describe(when.as_ref().unwrap());
        prop_assert_eq!(read(&words), when, "{} became {}", phrase, words);
    }

    #[test]
    fn t5_words_for_any_cron_mean_no_other_times(
        text in expression(),
        zone in prop::sample::select(&ZONES[..]),
        second in year(2010)..year(2035),
    ) {
        let Ok(when) = read(&text) else { return Ok(()) };
        let words = describe(&when);
        prop_assert!(!words.is_empty());
        // What is not a phrase is still a sentence.
        let Ok(again) = read(&words) else { return Ok(()) };
        let zone = TimeZone::get(zone).unwrap();
        let from = Timestamp::from_second(second).unwrap();
        let near = zone.following(from).next().map_or(from, |change| change.timestamp());
        for mut at in [from, Timestamp::from_second(near.as_second() - DAY).unwrap()] {
            for _ in 0..20 {
                let next = when.next_after(at, &zone, from);
                prop_assert_eq!(again.next_after(at, &zone, from), next, "{} became {} in {:?}", text, words, zone);
                let Some(next) = next else { break };
                at = next.at;
            }
        }
    }
}
