//! Lengths of taskwarrior (`recur:weekly`, `3d`, `P1M`), as far as a series of Tempo has them.

use jiff::civil::DateTime;

use super::super::repeat::{days_of, every, on_days};
use crate::domain::recur::{Length, Recur, Rhythm, Unit};

/// Its words for lengths of one and more units.
const WORDS: &[(&str, u16, Unit)] = &[
    ("daily", 1, Unit::Day),
    ("weekly", 1, Unit::Week),
    ("sennight", 1, Unit::Week),
    ("biweekly", 2, Unit::Week),
    ("fortnight", 2, Unit::Week),
    ("monthly", 1, Unit::Month),
    ("bimonthly", 2, Unit::Month),
    ("quarterly", 3, Unit::Month),
    ("semiannual", 6, Unit::Month),
    ("yearly", 1, Unit::Year),
    ("annual", 1, Unit::Year),
    ("biannual", 2, Unit::Year),
    ("biyearly", 2, Unit::Year),
];

/// Its units, with how many of ours each has.
const UNITS: &[(&[&str], u16, Unit)] = &[
    (&["hours", "hour", "hrs", "hr", "h"], 1, Unit::Hour),
    (&["days", "day", "d"], 1, Unit::Day),
    (&["weeks", "week", "wks", "wk", "w"], 1, Unit::Week),
    (&["months", "month", "mnths", "mths", "mth", "mos", "mo", "m"], 1, Unit::Month),
    (&["quarters", "quarter", "qrtrs", "qrtr", "qtrs", "qtr", "q"], 3, Unit::Month),
    (&["years", "year", "yrs", "yr", "y"], 1, Unit::Year),
];

/// Every working day.
const WEEKDAYS: &str = "weekdays";

/// The days of that.
const DAYS: &str = "* * 1-5";

/// What comes again after so long from this wall time on; of a chained one after it was done.
///
/// # Errors
/// Why a series of Tempo cannot.
pub(super) fn read(text: &str, is_chained: bool, from: DateTime) -> Result<Recur, String> {
    let text = text.trim();
    if text == WEEKDAYS && !is_chained {
        return on_days(from.time(), DAYS);
    }
    let length = length(text).ok_or_else(|| {
        format!("`{text}` is no number of days, weeks, months or years, or it has more than one unit")
    })?;
    if is_chained {
        return Ok(Recur { rhythm: Rhythm::AfterDone(length), until: None, zone: None, lacks_time: false });
    }
    if length.unit == Unit::Hour {
        return Err(format!("`{text}`: what comes by the calendar comes by days or longer"));
    }
    Ok(every(length.count, length.unit, from))
}

fn length(text: &str) -> Option<Length> {
    if let Some((_, count, unit)) = WORDS.iter().find(|(word, ..)| *word == text) {
        return Some(Length { count: *count, unit: *unit });
    }
    if let Some(rest) = text.strip_prefix('P') {
        return iso(rest);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, word) = (&text[..digits], text[digits..].trim_start());
    let count: u16 = if count.is_empty() { 1 } else { count.parse().ok()? };
    let (_, of, unit) = UNITS.iter().find(|(words, ..)| words.contains(&word))?;
    Some(Length { count: count.checked_mul(*of).filter(|count| *count > 0)?, unit: *unit })
}

/// `1M`, `1Y6M`, `T12H`, without the P before it.
fn iso(text: &str) -> Option<Length> {
    let (date, clock) = text.split_once('T').map_or((text, ""), |(date, clock)| (date, clock));
    let mut months: u16 = 0;
    let mut found = None;
    let mut number = String::new();
    for c in date.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let count: u16 = number.parse().ok()?;
        number.clear();
        match c {
            'Y' => months = months.checked_add(count.checked_mul(12)?)?,
            'M' => months = months.checked_add(count)?,
            'W' | 'D' if found.is_none() => {
                found = Some(Length { count, unit: if c == 'W' { Unit::Week } else { Unit::Day } });
            }
            _ => return None,
        }
    }
    let hours = match clock.strip_suffix('H') {
        Some(hours) => Some(Length { count: hours.parse().ok()?, unit: Unit::Hour }),
        None if clock.is_empty() => None,
        None => return None,
    };
    let (count, unit) = if months.is_multiple_of(12) { (months / 12, Unit::Year) } else { (months, Unit::Month) };
    let months = (months > 0).then_some(Length { count, unit });
    let mut all = [months, found, hours].into_iter().flatten();
    let length = all.next().filter(|length| length.count > 0 && number.is_empty())?;
    all.next().is_none().then_some(length)
}

/// The same there of one that is due at this wall time; `None` when there is no such thing.
pub(super) fn write(recur: &Recur, due: DateTime) -> Option<String> {
    match &recur.rhythm {
        Rhythm::Every(Length { count, unit }, _) => {
            let (word, letter) = match unit {
                Unit::Day => ("daily", "d"),
                Unit::Week => ("weekly", "w"),
                Unit::Month => ("monthly", "mo"),
                Unit::Year => ("yearly", "y"),
                Unit::Hour => return None,
            };
            Some(if *count == 1 { word.to_owned() } else { format!("{count}{letter}") })
        }
        Rhythm::Calendar(expr) => (days_of(expr, due.time())?.join(" ") == DAYS).then(|| WEEKDAYS.to_owned()),
        Rhythm::AfterDone(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_lengths_of_taskwarrior_are_those_of_a_series() {
        let from = jiff::civil::date(2026, 1, 31).at(9, 30, 0, 0);
        for (text, expected) in [
            ("daily", "every day"),
            ("3d", "every 3 days"),
            ("3 days", "every 3 days"),
            ("weekly", "every week"),
            ("2wks", "every 2 weeks"),
            ("fortnight", "every 2 weeks"),
            ("monthly", "every month"),
            ("m", "every month"),
            ("2q", "every 6 months"),
            ("quarterly", "every 3 months"),
            ("P1M", "every month"),
            ("P1Y6M", "every 18 months"),
            ("P2Y", "every 2 years"),
            ("P2W", "every 2 weeks"),
            ("annual", "every year"),
        ] {
            let recur = read(text, false, from).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(recur.to_string(), format!("{expected} from=2026-01-31T09:30"), "{text}");
            let again = read(&write(&recur, from).unwrap(), false, from);
            assert_eq!(again, Ok(recur), "{text}");
        }
        assert_eq!(read("weekdays", false, from).unwrap().to_string(), "30 9 * * 1-5");
        assert_eq!(write(&read("weekdays", false, from).unwrap(), from).as_deref(), Some("weekdays"));
        let chained = read("PT12H", true, from).unwrap();
        assert_eq!((chained.to_string().as_str(), write(&chained, from)), ("12 hours after done", None));
        for text in ["12h", "P1M2D", "30min", "PT1H", "sometimes", "0d", "P", "P0D", "1.5d", "99999w"] {
            assert!(read(text, false, from).is_err(), "{text}");
        }
    }
}
