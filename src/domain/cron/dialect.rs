//! The crontab dialect (T5): text into fields, and the message when it is not one.

use std::fmt;

use super::super::spelling::nearest;
use super::super::spread::Spread;
use super::field::{CronField, Field, Item, Range};

/// Why a text is not a cron expression, where, and what would be right (T5, X1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}, column {column}: {problem}")]
pub struct CronError {
    /// The field that is wrong or missing.
    pub field: CronField,
    /// Where in the given text, in characters from 1.
    pub column: usize,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

/// The six fields of an expression, second first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) struct Fields {
    pub(in crate::domain) second: Field,
    pub(in crate::domain) minute: Field,
    pub(in crate::domain) hour: Field,
    pub(in crate::domain) day_of_month: Field,
    pub(in crate::domain) month: Field,
    pub(in crate::domain) day_of_week: Field,
}

impl Fields {
    /// Reads five fields, six with a leading second, or a nickname. `H` becomes a number of the spread.
    pub(super) fn parse(text: &str, spread: Option<Spread>) -> Result<Self, CronError> {
        let words = words(text);
        let (second, minute, hour, day_of_month, month, day_of_week) = match words[..] {
            [(column, word)] if word.starts_with('@') => return Self::parse(nickname(word, column)?, spread),
            [(_, word), extra, ..] if word.starts_with('@') => return Err(one_too_many(extra)),
            [minute, hour, day, month, weekday] => (None, minute, hour, day, month, weekday),
            [second, minute, hour, day, month, weekday] => (Some(second), minute, hour, day, month, weekday),
            [_, _, _, _, _, _, word, ..] => return Err(one_too_many(word)),
            _ => return Err(missing_field(text, words.len())),
        };
        let parse_field = |kind, word| parse_field(kind, word, spread);
        let fields = Self {
            second: match second {
                Some(word) => parse_field(CronField::Second, word)?,
                None => Field::one(CronField::Second, 0),
            },
            minute: parse_field(CronField::Minute, minute)?,
            hour: parse_field(CronField::Hour, hour)?,
            day_of_month: parse_field(CronField::DayOfMonth, day_of_month)?,
            month: parse_field(CronField::Month, month)?,
            day_of_week: parse_field(CronField::DayOfWeek, day_of_week)?,
        };
        fields.refuse_impossible_dates(day_of_month.0)?;
        Ok(fields)
    }

    /// Whether a day matches when either day field matches (crontab(5)): only if both are restricted.
    pub(in crate::domain) fn days_are_alternatives(&self) -> bool {
        !self.day_of_month.is_star() && !self.day_of_week.is_star()
    }

    fn refuse_impossible_dates(&self, column: usize) -> Result<(), CronError> {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if self.days_are_alternatives() {
            return Ok(());
        }
        let months = self.month.values();
        let last = (1..).zip(LONGEST).filter(|(month, _)| months & (1_u64 << month) != 0).map(|(_, days)| days).max();
        let first = self.day_of_month.values().trailing_zeros();
        match last {
            Some(last) if first > last => Err(CronError {
                field: CronField::DayOfMonth,
                column,
                problem: format!("day {first} never comes, the longest of the months has {last} days"),
            }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.second != Field::one(CronField::Second, 0) {
            write!(f, "{} ", self.second)?;
        }
        write!(f, "{} {} {} {} {}", self.minute, self.hour, self.day_of_month, self.month, self.day_of_week)
    }
}

/// The words of a text, each with its column in characters from 1.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (column, (byte, c)) in (1..).zip(text.char_indices()) {
        match (start, c.is_whitespace()) {
            (None, false) => start = Some((column, byte)),
            (Some((column, from)), true) => {
                words.push((column, &text[from..byte]));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|(column, from)| (column, &text[from..])));
    words
}

const NICKNAMES: [&str; 7] = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

fn nickname(word: &str, column: usize) -> Result<&'static str, CronError> {
    match word.to_ascii_lowercase().as_str() {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@reboot" => Err(CronError {
            field: CronField::Minute,
            column,
            problem: "`@reboot` has no times of the clock, it is the schedule `startup`".into(),
        }),
        lower => Err(CronError {
            field: CronField::Minute,
            column,
            problem: match nearest(lower, NICKNAMES) {
                Some(right) => format!("`{word}` is not a nickname; did you mean {right}?"),
                None => format!("`{word}` is not one of {}", NICKNAMES.join(", ")),
            },
        }),
    }
}

/// Where the day of month begins in the text of an expression, in characters from 1.
pub(super) fn day_of_month_column(text: &str) -> usize {
    let words = words(text);
    words.len().checked_sub(3).and_then(|day| words.get(day)).map_or(1, |(column, _)| *column)
}

fn missing_field(text: &str, present: usize) -> CronError {
    let field = match present {
        0 => CronField::Minute,
        1 => CronField::Hour,
        2 => CronField::DayOfMonth,
        3 => CronField::Month,
        _ => CronField::DayOfWeek,
    };
    CronError {
        field,
        column: text.trim_end().chars().count() + 1,
        problem: "is missing; write minute, hour, day of month, month and day of week, as in 30 2 * * *".into(),
    }
}

fn one_too_many((column, word): (usize, &str)) -> CronError {
    CronError {
        field: CronField::DayOfWeek,
        column,
        problem: format!(
            "`{word}` comes after the last field; write minute, hour, day of month, month and day of week, \
             with a second before them if need be, and no command"
        ),
    }
}

fn parse_field(kind: CronField, (mut column, text): (usize, &str), spread: Option<Spread>) -> Result<Field, CronError> {
    let mut items = Vec::new();
    for item in text.split(',') {
        items.push(parse_item(kind, item, column, spread)?);
        column += item.chars().count() + 1;
    }
    Ok(Field { kind, items })
}

fn parse_item(kind: CronField, text: &str, column: usize, spread: Option<Spread>) -> Result<Item, CronError> {
    // Says where: at the part of the item that begins after `before`.
    let at = |before: &str| {
        let column = column + before.chars().count();
        move |problem| CronError { field: kind, column, problem }
    };
    if let Some(rest) = text.strip_prefix(['H', 'h']).filter(|rest| rest.is_empty() || rest.starts_with(['/', '('])) {
        return parse_spread(kind, text, rest, spread, at);
    }
    if let Some(mark) = parse_mark(kind, text).map_err(at(""))? {
        return Ok(Item { range: mark, step: None });
    }
    let Some((range, step)) = text.split_once('/') else {
        return Ok(Item { range: parse_range(kind, text, at)?, step: None });
    };
    let step = parse_step(kind, step).map_err(at(&text[..=range.len()]))?;
    match parse_range(kind, range, at)? {
        // Some crons read it as a range to the end, some ignore the step, most refuse it.
        Range::One(value) => {
            let max = kind.bounds().1;
            Err(at("")(format!("a step needs a range or a star; write {value}-{max}/{step}")))
        }
        range => Ok(Item { range, step: Some(step) }),
    }
}

fn parse_range<E>(kind: CronField, text: &str, at: impl Fn(&str) -> E) -> Result<Range, CronError>
where
    E: FnOnce(String) -> CronError,
{
    if text == "*" {
        return Ok(Range::All);
    }
    let Some((first, last)) = text.split_once('-') else {
        return Ok(Range::One(match parse_value(kind, text).map_err(at(""))? {
            7 if kind == CronField::DayOfWeek => 0,
            value => value,
        }));
    };
    let low = parse_value(kind, first).map_err(at(""))?;
    let high = match parse_value(kind, last).map_err(at(&text[..=first.len()]))? {
        // `fri-sun` ends with the Sunday that comes after Friday.
        0 if kind == CronField::DayOfWeek && low > 0 && last.eq_ignore_ascii_case("sun") => 7,
        high => high,
    };
    if low > high {
        let (min, max) = kind.bounds();
        let max = if kind == CronField::DayOfWeek { low.max(6) } else { max };
        return Err(at("")(format!("`{text}` runs backwards; write {low}-{max},{min}-{high}")));
    }
    Ok(Range::Span(low, high))
}

fn parse_step(kind: CronField, text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(0) => Err("a step of 0 goes nowhere; write 1 or more".into()),
        Ok(step) if digits => Ok(step),
        _ if digits => Err(format!("a step of {text} is too large for {}", kind.choices())),
        _ => Err(format!("`{text}` is not a step; write a number, as in */5")),
    }
}

fn parse_value(kind: CronField, text: &str) -> Result<u8, String> {
    let choices = kind.choices();
    if text.is_empty() {
        return Err(format!("a value is missing; write {choices}"));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let (min, max) = kind.bounds();
        return match text.parse() {
            Ok(value) if (min..=max).contains(&value) => Ok(value),
            _ => Err(format!("{text} is out of range; write {choices}")),
        };
    }
    if let Some(value) = name(kind, text) {
        return Ok(value);
    }
    if text.starts_with('*') {
        return Err(format!("`{text}` is not a value; a star stands alone or before a step, as in */5"));
    }
    let other = if kind == CronField::Month { CronField::DayOfWeek } else { CronField::Month };
    match nearest(text, kind.names().iter().copied()) {
        _ if name(other, text).is_some() => Err(format!("`{text}` is a {other}; write {choices}")),
        Some(right) => Err(format!("`{text}` is not a value; did you mean {right}?")),
        None => Err(format!("`{text}` is not a value; write {choices}")),
    }
}

fn name(kind: CronField, text: &str) -> Option<u8> {
    let index = kind.names().iter().position(|name| name.eq_ignore_ascii_case(text))?;
    u8::try_from(index).ok().map(|index| if kind == CronField::Month { index + 1 } else { index })
}

/// One of the marks that crontab has not: `?`, `L`, `LW`, `15W`, `5L` and `5#3`. `None` when it is not meant as one.
fn parse_mark(kind: CronField, text: &str) -> Result<Option<Range>, String> {
    let lower = text.to_ascii_lowercase();
    let days = matches!(kind, CronField::DayOfMonth | CronField::DayOfWeek);
    match (kind, lower.as_str()) {
        (_, "?") if days => return Ok(Some(Range::All)),
        (_, "?") => return Err("`?` stands for a day alone; write *".into()),
        (CronField::DayOfMonth, "l") => return Ok(Some(Range::Last)),
        (CronField::DayOfMonth, "lw" | "wl") => return Ok(Some(Range::LastWorkday)),
        (CronField::DayOfWeek, "l") => {
            return Err("`L` needs a weekday, as in 5L; the last day is a day of month".into());
        }
        _ => {}
    }
    if text.contains('~') {
        return Err(format!(
            "`{text}` would be another time each day; write H({}) for a stable one",
            text.replace('~', "-")
        ));
    }
    if let Some((weekday, nth)) = text.split_once('#') {
        if kind != CronField::DayOfWeek {
            return Err(format!("`{text}` belongs into the day of week, as in 5#3"));
        }
        let weekday = parse_value(kind, weekday)? % 7;
        return match nth.parse() {
            Ok(nth @ 1..=5) if nth.to_string().len() == text.len() - text.find('#').unwrap_or(0) - 1 => {
                Ok(Some(Range::Nth(weekday, nth)))
            }
            _ => Err(format!("`{nth}` is not a week of the month; write 1 to 5, or {weekday}L for the last")),
        };
    }
    // Of the names only `jul` ends so.
    let day = |mark| lower.strip_suffix(mark).filter(|day| !day.is_empty() && name(kind, &lower).is_none());
    let is_day = |day: &str| day.bytes().all(|b| b.is_ascii_digit()) || name(CronField::DayOfWeek, day).is_some();
    match (kind, day('l'), day('w')) {
        (CronField::DayOfWeek, Some(weekday), _) if is_day(weekday) => {
            Ok(Some(Range::LastOf(parse_value(kind, weekday)? % 7)))
        }
        (CronField::DayOfMonth, _, Some(day)) if is_day(day) => {
            Ok(Some(Range::NearestWorkday(parse_value(kind, day)?)))
        }
        (CronField::DayOfMonth, Some(weekday), _) if is_day(weekday) => {
            Err(format!("`{text}` belongs into the day of week; the last day of the month is L"))
        }
        (CronField::DayOfWeek, _, Some(day)) if is_day(day) => Err(format!("`{text}` belongs into the day of month")),
        (CronField::DayOfMonth, ..) if lower.starts_with("l-") => {
            Err(format!("`{text}` is not a day; write L for the last day, or the days it can be, as in 25-28"))
        }
        _ => Ok(None),
    }
}

/// `H`, `H(a-b)`, `H/n` or `H(a-b)/n`, given what follows the `H`: a number that is the task's own, or every n-th from one.
fn parse_spread<E>(
    kind: CronField,
    text: &str,
    rest: &str,
    spread: Option<Spread>,
    at: impl Fn(&str) -> E,
) -> Result<Item, CronError>
where
    E: FnOnce(String) -> CronError,
{
    let Some(spread) = spread else {
        return Err(at("")(format!("`{text}` is spread by the name of a task, and here is none")));
    };
    let (window, step) = match rest.split_once('/') {
        Some((window, step)) => (window, Some(parse_step(kind, step).map_err(at(&text[..window.len() + 2]))?)),
        None => (rest, None),
    };
    let (low, high) = match window.strip_prefix('(') {
        // Days that every month has, and Sunday once.
        None => match kind {
            CronField::DayOfMonth => (1, 28),
            CronField::DayOfWeek => (0, 6),
            _ => kind.bounds(),
        },
        Some(inner) => {
            match inner.strip_suffix(')').map(|inner| parse_range(kind, inner, |before| at(&format!("H({before}")))) {
                Some(Ok(Range::Span(low, high))) => (low, high),
                Some(Err(error)) => return Err(error),
                _ => return Err(at("")(format!("`{text}` is not a spread; write H, H/n or H(a-b)"))),
            }
        }
    };
    let count = u64::from(high - low) + 1;
    let place = kind as u64 + 1;
    let from = |count| low + spread.pick(place, count) as u8;
    Ok(match step {
        None => Item { range: Range::One(from(count) % if kind == CronField::DayOfWeek { 7 } else { u8::MAX }), step },
        Some(step) => Item { range: Range::Span(from(count.min(step.into())), high), step: Some(step) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field: &Field) -> Vec<u32> {
        (0..64).filter(|n| field.values() & (1 << n) != 0).collect()
    }

    #[test]
    fn t5_what_crontab_takes_is_taken_and_written_back_canonically() {
        for (text, canonical) in [
            ("0 2 * * 1", "0 2 * * 1"),
            ("  */15\t9-17  * *  mon-FRI ", "*/15 9-17 * * 1-5"),
            ("0 0 1,15 * 1", "0 0 1,15 * 1"),
            ("0 0 * jan,Mar-MAY/2 *", "0 0 * 1,3-5/2 *"),
            ("0 0 * * 7", "0 0 * * 0"),
            ("0 0 * * Sun", "0 0 * * 0"),
            ("0 0 * * 5-7", "0 0 * * 5-7"),
            ("0 0 * * fri-sun", "0 0 * * 5-7"),
            ("0 0 * * sun-tue", "0 0 * * 0-2"),
            ("*/90 * * * *", "*/90 * * * *"),
            ("00 007 * * *", "0 7 * * *"),
            ("0 30 2 * * *", "30 2 * * *"),
            ("*/10 30 2 * * *", "*/10 30 2 * * *"),
            ("@hourly", "0 * * * *"),
            ("@daily", "0 0 * * *"),
            (" @Midnight ", "0 0 * * *"),
            ("@weekly", "0 0 * * 0"),
            ("@monthly", "0 0 1 * *"),
            ("@yearly", "0 0 1 1 *"),
            ("@annually", "0 0 1 1 *"),
            ("0 0 29 2 *", "0 0 29 2 *"),
            ("0 0 30 2 1", "0 0 30 2 1"),
            ("0 0 31 2,4,5 *", "0 0 31 2,4,5 *"),
        ] {
            let fields = Fields::parse(text, None).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(fields.to_string(), canonical, "{text:?}");
            assert_eq!(Fields::parse(canonical, None).as_ref(), Ok(&fields), "{text:?}");
        }
    }

    #[test]
    fn t5_ranges_steps_and_lists_hold_the_numbers_of_crontab() {
        let fields = Fields::parse("*/90 8-18/3,0 */10 */5 */2", None).unwrap();
        assert_eq!(values(&fields.minute), [0]);
        assert_eq!(values(&fields.hour), [0, 8, 11, 14, 17]);
        assert_eq!(values(&fields.day_of_month), [1, 11, 21, 31]);
        assert_eq!(values(&fields.month), [1, 6, 11]);
        assert_eq!(values(&fields.day_of_week), [0, 2, 4, 6]);
        assert_eq!(values(&Fields::parse("0 0 * * 1-7/3", None).unwrap().day_of_week), [0, 1, 4]);
        assert_eq!(values(&Fields::parse("0 0 * * *", None).unwrap().day_of_week), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn t5_the_days_are_alternatives_only_when_neither_begins_with_a_star() {
        for (days, expected) in [
            ("13 * 5", true),
            ("* * 5", false),
            ("13 * *", false),
            ("*/2 * 5", false),
            ("13 * */2", false),
            ("1,* * 5", true),
        ] {
            let fields = Fields::parse(&format!("0 0 {days}"), None).unwrap();
            assert_eq!(fields.days_are_alternatives(), expected, "{days}");
        }
    }

    #[test]
    fn t5_x1_an_error_names_the_field_the_column_and_what_would_be_right() {
        use CronField::{DayOfMonth, DayOfWeek, Hour, Minute, Month, Second};
        for (text, field, column, problem) in [
            ("60 * * * *", Minute, 1, "60 is out of range; write 0 to 59"),
            ("0 24 * * *", Hour, 3, "24 is out of range; write 0 to 23"),
            ("0 0 0 * *", DayOfMonth, 5, "0 is out of range; write 1 to 31"),
            ("0 0 * 13 *", Month, 7, "13 is out of range; write 1 to 12 or jan to dec"),
            ("0 0 * * 8", DayOfWeek, 9, "8 is out of range; write 0 to 7 or sun to sat"),
            ("61 0 0 * * *", Second, 1, "61 is out of range; write 0 to 59"),
            ("0 0 * * monday", DayOfWeek, 9, "`monday` is not a value; did you mean mon?"),
            ("0 0 * mon *", Month, 7, "`mon` is a day of week; write 1 to 12 or jan to dec"),
            ("  1,2,x * * * *", Minute, 7, "`x` is not a value; write 0 to 59"),
            ("0 é * * *", Hour, 3, "`é` is not a value; write 0 to 23"),
            ("1,é,70 0 * * *", Minute, 3, "`é` is not a value; write 0 to 59"),
            ("\u{3000}é 0 * * *", Minute, 2, "`é` is not a value; write 0 to 59"),
            ("1,,2 * * * *", Minute, 3, "a value is missing; write 0 to 59"),
            ("5- * * * *", Minute, 3, "a value is missing; write 0 to 59"),
            ("-5 * * * *", Minute, 1, "a value is missing; write 0 to 59"),
            ("1-70 * * * *", Minute, 3, "70 is out of range; write 0 to 59"),
            ("*5 * * * *", Minute, 1, "`*5` is not a value; a star stands alone or before a step, as in */5"),
            ("0 22-2 * * *", Hour, 3, "`22-2` runs backwards; write 22-23,0-2"),
            ("0 0 * * fri-mon", DayOfWeek, 9, "`fri-mon` runs backwards; write 5-6,0-1"),
            ("*/0 * * * *", Minute, 3, "a step of 0 goes nowhere; write 1 or more"),
            ("*/ * * * *", Minute, 3, "`` is not a step; write a number, as in */5"),
            ("0,*/x * * * *", Minute, 5, "`x` is not a step; write a number, as in */5"),
            ("*/+5 * * * *", Minute, 3, "`+5` is not a step; write a number, as in */5"),
            ("*/99999 * * * *", Minute, 3, "a step of 99999 is too large for 0 to 59"),
            ("5/15 * * * *", Minute, 1, "a step needs a range or a star; write 5-59/15"),
            ("0 0 30 2 *", DayOfMonth, 5, "day 30 never comes, the longest of the months has 29 days"),
            ("0 0 31 4,jun,9,11 *", DayOfMonth, 5, "day 31 never comes, the longest of the months has 30 days"),
            ("0 0 31 2 */2", DayOfMonth, 5, "day 31 never comes, the longest of the months has 29 days"),
        ] {
            let error = Fields::parse(text, None).expect_err(text);
            assert_eq!(error, CronError { field, column, problem: problem.into() }, "{text:?}");
        }
        let shown = Fields::parse("0 0 * 13 *", None).unwrap_err().to_string();
        assert_eq!(shown, "month, column 7: 13 is out of range; write 1 to 12 or jan to dec");
    }

    #[test]
    fn t5_a_wrong_number_of_fields_says_which_is_missing_or_too_many() {
        for (text, field, column) in [
            ("", CronField::Minute, 1),
            ("30", CronField::Hour, 3),
            ("30 2", CronField::DayOfMonth, 5),
            ("30 2 *", CronField::Month, 7),
            (" 30 2 * *  ", CronField::DayOfWeek, 10),
            ("0 30 2 * * * /bin/true", CronField::DayOfWeek, 14),
            ("@daily /bin/true", CronField::DayOfWeek, 8),
        ] {
            let error = Fields::parse(text, None).expect_err(text);
            assert_eq!((error.field, error.column), (field, column), "{text:?}: {error}");
        }
    }

    #[test]
    fn t5_marks_for_days_are_taken_in_any_case_and_written_back() {
        for (text, canonical) in [
            ("0 0 L * *", "0 0 L * *"),
            ("0 0 lw * *", "0 0 LW * *"),
            ("0 0 15w,L * ?", "0 0 15W,L * *"),
            ("0 0 ? * 1", "0 0 * * 1"),
            ("0 0 * * 5L", "0 0 * * 5L"),
            ("0 0 * * friL,SUN#2", "0 0 * * 5L,0#2"),
            ("0 0 * * 7L,7#1", "0 0 * * 0L,0#1"),
            ("0 0 * jul wed", "0 0 * 7 3"),
        ] {
            let fields = Fields::parse(text, None).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(fields.to_string(), canonical, "{text:?}");
            assert_eq!(Fields::parse(canonical, None).as_ref(), Ok(&fields), "{text:?}");
        }
    }

    #[test]
    fn t5_x1_a_mark_in_the_wrong_place_is_refused_with_the_right_one() {
        for (text, problem) in [
            ("? 0 * * *", "`?` stands for a day alone; write *"),
            ("0 0 * * L", "`L` needs a weekday, as in 5L"),
            ("0 0 5L * *", "`5L` belongs into the day of week; the last day of the month is L"),
            ("0 0 5#3 * *", "`5#3` belongs into the day of week, as in 5#3"),
            ("0 0 * * 15W", "`15W` belongs into the day of month"),
            ("0 0 * * 5#6", "`6` is not a week of the month; write 1 to 5, or 5L for the last"),
            ("0 0 * * 5#+1", "`+1` is not a week of the month"),
            ("0 0 * * 8#1", "8 is out of range"),
            ("0 0 32W * *", "32 is out of range"),
            ("0 0 L-3 * *", "`L-3` is not a day; write L for the last day"),
            ("0~29 * * * *", "`0~29` would be another time each day; write H(0-29) for a stable one"),
            ("L * * * *", "`L` is not a value; write 0 to 59"),
            ("H 2 * * *", "`H` is spread by the name of a task, and here is none"),
        ] {
            let error = Fields::parse(text, None).expect_err(text);
            assert!(error.problem.starts_with(problem), "{text:?}: {error}");
        }
    }

    #[test]
    fn t5_h_is_a_number_that_a_task_keeps_and_that_stays_in_its_window() {
        let read =
            |text: &str, task: &str| Fields::parse(text, Some(Spread::by(task))).map(|fields| fields.to_string());
        assert_eq!(read("H H * * *", "backup-db"), read("H H * * *", "backup-db"));
        assert_eq!(read("H H H H H", "backup-db"), Ok("15 10 1 7 4".into()));
        let mut starts = std::collections::BTreeSet::new();
        for i in 0..500 {
            let task = format!("task-{i}");
            let fields = Fields::parse("H(0-29)/10 H(22-23) H H(jan-mar) H(5-7)", Some(Spread::by(&task))).unwrap();
            let minutes = values(&fields.minute);
            assert!(minutes.len() == 3 && minutes[0] < 10 && minutes.windows(2).all(|two| two[1] == two[0] + 10));
            assert!(values(&fields.hour).iter().all(|hour| (22..=23).contains(hour)));
            assert!(values(&fields.day_of_month).iter().all(|day| *day <= 28));
            assert!(values(&fields.month).iter().all(|month| *month <= 3));
            assert!(values(&fields.day_of_week).iter().all(|day| [0, 5, 6].contains(day)));
            starts.insert(minutes[0]);
        }
        assert_eq!(starts.len(), 10, "every start is somebody's");
        for (text, column, problem) in [
            ("H(0-60) * * * *", 5, "60 is out of range"),
            ("H(5) * * * *", 1, "`H(5)` is not a spread; write H, H/n or H(a-b)"),
            ("H(0-9 * * * *", 1, "`H(0-9` is not a spread"),
            ("H/0 * * * *", 3, "a step of 0"),
            ("H(0-9)/x * * * *", 8, "`x` is not a step"),
            ("0 H(9-5) * * *", 5, "`9-5` runs backwards"),
        ] {
            let error = Fields::parse(text, Some(Spread::by("x"))).expect_err(text);
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.problem.starts_with(problem), "{text}: {error}");
        }
    }

    #[test]
    fn t5_nicknames_that_are_no_cron_are_explained() {
        let reboot = Fields::parse("@reboot", None).unwrap_err();
        assert!(reboot.problem.contains("`startup`"), "{reboot}");
        let unknown = Fields::parse(" @fortnightly", None).unwrap_err();
        assert_eq!(unknown.column, 2);
        assert!(unknown.problem.contains("@weekly"), "{unknown}");
        let near = Fields::parse("@dayly", None).unwrap_err();
        assert_eq!(near.problem, "`@dayly` is not a nickname; did you mean @daily?");
    }
}
