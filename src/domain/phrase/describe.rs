//! A rule in plain words, to stand beside its cron. What a phrase can say is said so that it is read back as the same rule.

use std::time::Duration;

use super::super::cron::{CronExpr, Field, Fields, Item, Range};
use super::super::when::When;
use super::words::{MONTHS, WEEKDAYS, ordinal_text};

/// A rule in words: `weekdays at 02:30`, `every 15 minutes`, `last friday of the month at 18:00`. Times are those of the
/// schedule's zone; of a one-off it is the instant in UTC.
pub fn describe(when: &When) -> String {
    match when {
        When::Cron(expr) => describe_cron(expr),
        When::Every(period) => format!("every {}", length(*period)),
        When::At(at) => format!("at {at}"),
        When::Startup => "startup".into(),
    }
}

fn describe_cron(expr: &CronExpr) -> String {
    let fields = expr.fields();
    let days = days(fields);
    if let Some(times) = times(fields) {
        let at = and(&times);
        return match days {
            Days::Every(months) => format!("daily at {at}{months}"),
            Days::Named(text) => format!("{text} at {at}"),
            Days::Counted(text) => format!("on the {text} at {at}"),
            Days::Date(text) => format!("yearly on {text} at {at}"),
        };
    }
    let (pace, needs_clock) = pace(fields);
    match days {
        Days::Every(months) if months.is_empty() && needs_clock => format!("{pace} by the clock"),
        Days::Every(months) => format!("{pace}{months}"),
        Days::Named(text) | Days::Date(text) => format!("{pace} on {text}"),
        Days::Counted(text) => format!("{pace} on the {text}"),
    }
}

/// So many minutes of the hour can be named.
const FEW_MINUTES: usize = 4;

/// The times of the day, when they are few.
fn times(fields: &Fields) -> Option<Vec<String>> {
    const FEW: usize = 6;
    let (hours, minutes, seconds) = (plain(&fields.hour)?, plain(&fields.minute)?, plain(&fields.second)?);
    // A range of hours is better said as a window.
    let is_window = hours.len() > 1 && minutes.len() <= FEW_MINUTES && seconds == [0] && window(&fields.hour).is_some();
    if is_window || hours.len() * minutes.len() * seconds.len() > FEW {
        return None;
    }
    let mut times = Vec::new();
    for hour in &hours {
        for minute in &minutes {
            for second in &seconds {
                let seconds = if *second == 0 { String::new() } else { format!(":{second:02}") };
                times.push(format!("{hour:02}:{minute:02}{seconds}"));
            }
        }
    }
    Some(times)
}

/// How often within the day, and whether it would be an interval if nothing else were said.
fn pace(fields: &Fields) -> (String, bool) {
    let Fields { second, minute, hour, .. } = fields;
    let (whole_minute, window) = (plain(second).as_deref() == Some(&[0]), window(hour));
    let within = window.clone().unwrap_or_default();
    let marks = plain(minute).filter(|minutes| minutes.len() <= FEW_MINUTES).map(|minutes| match minutes[..] {
        [0] => String::new(),
        _ => format!(" at {}", and(&minutes.iter().map(|minute| format!(":{minute:02}")).collect::<Vec<_>>())),
    });
    // A length alone would be an interval.
    let bare = within.is_empty();
    match (whole_minute, every(minute, 60), hour_steps(hour), marks) {
        (false, Some(1), ..)
            if window.is_some()
                && let Some(n) = every(second, 60) =>
        {
            (format!("every {}{within}", count(n, "second")), bare)
        }
        (true, Some(1), ..) if window.is_some() => (format!("every minute{within}"), false),
        (true, Some(n), ..) if window.is_some() => (format!("every {}{within}", count(n, "minute")), bare),
        (true, None, _, Some(marks)) if window.is_some() => (format!("hourly{marks}{within}"), false),
        (true, None, Some((n, within)), Some(marks)) => {
            let bare = within.is_empty() && marks.is_empty();
            (format!("every {}{marks}{within}", count(n, "hour")), bare)
        }
        _ => {
            let seconds = if whole_minute { String::new() } else { format!("second {second} of ") };
            (format!("at {seconds}minute {minute} of hour {hour}"), false)
        }
    }
}

/// The step of a field that is nothing but one and goes even into the whole: 1 of a bare star.
fn every(field: &Field, whole: u16) -> Option<u16> {
    match field.items[..] {
        [Item { range: Range::All, step: None }] => Some(1),
        [Item { range: Range::All, step: Some(n) }] if whole.is_multiple_of(n) => Some(n),
        _ => None,
    }
}

/// Every so many hours, within a window in words.
fn hour_steps(hour: &Field) -> Option<(u16, String)> {
    let (step, within) = match hour.items[..] {
        [Item { range: Range::All, step: Some(n) }] => (n, String::new()),
        // A step of 1 flows (T4), the hours of a window do not.
        [Item { range: Range::Span(first, last), step: Some(n @ 2..) }] => (n, between(first, last)),
        // A window over midnight.
        [
            Item { range: Range::Span(first, 23), step: Some(n @ 2..) },
            Item { range: Range::Span(second, last), step: Some(m) },
        ] if n == m && u16::from(first) % n == u16::from(second) && last + 1 < first => (n, between(first, last)),
        _ => return None,
    };
    24_u16.is_multiple_of(step).then_some((step, within))
}

/// All hours, or those of a window, in words.
fn window(hour: &Field) -> Option<String> {
    let range = |item: &Item| match *item {
        Item { range: Range::Span(first, last), step: None } => Some((first, last)),
        Item { range: Range::One(value), step: None } => Some((value, value)),
        _ => None,
    };
    match &hour.items[..] {
        [Item { range: Range::All, step: None }] => Some(String::new()),
        [item] => range(item).map(|(first, last)| between(first, last)),
        [evening, morning] => match (range(evening)?, range(morning)?) {
            ((first, 23), (0, last)) if last + 1 < first => Some(between(first, last)),
            _ => None,
        },
        _ => None,
    }
}

/// A window that ends before the hour after its last.
fn between(first: u8, last: u8) -> String {
    if (first, last) == (0, 23) {
        return " between 00:00 and 24:00".into();
    }
    format!(" between {first:02}:00 and {:02}:00", last + 1)
}

enum Days {
    /// Every day, of some months.
    Every(String),
    /// `weekdays`, `last friday of the month`
    Named(String),
    /// `1st and 15th of the month`
    Counted(String),
    /// `24 december`
    Date(String),
}

fn days(fields: &Fields) -> Days {
    let Fields { day_of_month, month, day_of_week, .. } = fields;
    let all_months = month.values() == Field::all(month.kind).values();
    let months: Vec<&str> = numbers(month).into_iter().map(|month| MONTHS[usize::from(month) - 1]).collect();
    let in_months = if all_months { String::new() } else { format!(" in {}", and(&months)) };
    let of_months = if all_months { " of the month".to_owned() } else { format!(" of {}", and(&months)) };
    let all = |field: &Field| !field.has_marks() && field.values() == Field::all(field.kind).values();
    let (of_month, of_week) = (days_of_month(day_of_month), days_of_week(day_of_week, &of_months, &in_months));
    match (all(day_of_month), all(day_of_week)) {
        _ if fields.days_are_alternatives() => Days::Named(format!("{of_month}{of_months} or {of_week}")),
        (true, true) => Days::Every(in_months),
        (true, false) => Days::Named(of_week),
        (false, false) => Days::Named(format!("{of_month}{of_months} if they are {of_week}")),
        (false, true) => match (&numbers(day_of_month)[..], &months[..]) {
            ([day], [month]) if !day_of_month.has_marks() => Days::Date(format!("{day} {month}")),
            _ if starts_with_digit(&of_month) => Days::Counted(format!("{of_month}{of_months}")),
            _ => Days::Named(format!("{of_month}{of_months}")),
        },
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn days_of_month(field: &Field) -> String {
    const FEW: usize = 8;
    let mut texts: Vec<String> = numbers(&field.without_marks()).into_iter().map(ordinal_text).collect();
    if texts.len() > FEW {
        return format!("days {field}");
    }
    for item in &field.items {
        texts.extend(match item.range {
            Range::Last => Some("last day".to_owned()),
            Range::LastWorkday => Some("last weekday".to_owned()),
            Range::NearestWorkday(1) => Some("first weekday".to_owned()),
            Range::NearestWorkday(day) => Some(format!("weekday nearest the {}", ordinal_text(day))),
            _ => None,
        });
    }
    and(&texts)
}

fn days_of_week(field: &Field, of_months: &str, in_months: &str) -> String {
    const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let mut weekdays = numbers(&field.without_marks());
    // As people count: from Monday.
    weekdays.sort_by_key(|day| (day + 6) % 7);
    let plain = match weekdays[..] {
        [] => None,
        [1, 2, 3, 4, 5] => Some("weekdays".to_owned()),
        [6, 0] => Some("weekends".to_owned()),
        _ => Some(and(&weekdays.iter().map(|day| format!("{}s", WEEKDAYS[usize::from(*day)])).collect::<Vec<_>>())),
    };
    let name = |day: u8| WEEKDAYS[usize::from(day)];
    let marks: Vec<String> = field
        .items
        .iter()
        .filter_map(|item| match item.range {
            Range::LastOf(day) => Some(format!("last {}", name(day))),
            Range::Nth(day, nth) => Some(format!("{} {}", NTH[usize::from(nth) - 1], name(day))),
            _ => None,
        })
        .collect();
    match (plain, marks.is_empty()) {
        (Some(plain), true) => format!("{plain}{in_months}"),
        (Some(plain), false) => format!("{plain} and {}{of_months}", and(&marks)),
        (None, _) => format!("{}{of_months}", and(&marks)),
    }
}

/// The numbers of a field without wildcards, steps and marks.
fn plain(field: &Field) -> Option<Vec<u8>> {
    (!field.has_wildcard_or_step() && !field.has_marks()).then(|| numbers(field))
}

fn numbers(field: &Field) -> Vec<u8> {
    let values = field.values();
    (0..60).filter(|n| values & (1 << n) != 0).collect()
}

/// `a, b and c`
fn and<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    match texts[..] {
        [ref before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => texts.concat(),
    }
}

fn count(n: u16, unit: &str) -> String {
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// A duration in words: `1 hour 30 minutes`.
fn length(duration: Duration) -> String {
    const NANOS_PER_UNIT: [(&str, u128); 7] = [
        ("day", 86_400_000_000_000),
        ("hour", 3_600_000_000_000),
        ("minute", 60_000_000_000),
        ("second", 1_000_000_000),
        ("millisecond", 1_000_000),
        ("microsecond", 1_000),
        ("nanosecond", 1),
    ];
    let mut rest = duration.as_nanos();
    let mut parts = Vec::new();
    for (unit, nanos) in NANOS_PER_UNIT {
        let n = rest / nanos;
        rest %= nanos;
        if n > 0 {
            parts.push(format!("{n} {unit}{}", if n == 1 { "" } else { "s" }));
        }
    }
    parts.join(" ")
}
