//! The grammar: words in almost any order, each adding to what the phrase says.

mod days;

use jiff::civil::Time;

use self::days::weekday_range;
use super::super::quantity::parse_duration;
use super::super::spelling::nearest;
use super::words::{Word, clock, is_to, month, number, ordinal, vocabulary, words};
use super::{Pace, Phrase, PhraseError};

type Result<T> = std::result::Result<T, PhraseError>;

pub(super) struct Reader {
    words: Vec<Word>,
    at: usize,
    /// Where the text ends, for what is missing there.
    end: usize,
    phrase: Phrase,
    /// `first`, `15th`, `last` that wait for what they count; `None` is the last.
    ordinals: Vec<(usize, Option<u8>)>,
    /// Whether they have counted something: they may count one more, as in `first monday and friday`.
    counted: bool,
}

impl Reader {
    pub(super) fn new(text: &str) -> Self {
        Self {
            words: words(text),
            at: 0,
            end: text.trim_end().chars().count() + 1,
            phrase: Phrase::default(),
            ordinals: Vec::new(),
            counted: false,
        }
    }

    pub(super) fn read(mut self) -> Result<Phrase> {
        if self.words.is_empty() {
            return Err(self.missing("a phrase", "weekdays at 7:30"));
        }
        while let Some(word) = self.words.get(self.at).cloned() {
            self.read_part(&word)?;
        }
        self.count_days_of_month()?;
        Ok(self.phrase)
    }

    fn read_part(&mut self, word: &Word) -> Result<()> {
        let Word { column, text } = word;
        match text.as_str() {
            "and" | "," | "on" | "the" => self.at += 1,
            "every" | "each" => self.read_every()?,
            "hourly" => self.set_pace(*column, Pace::Hourly)?,
            "daily" => self.set_pace(*column, Pace::Daily)?,
            "weekly" => self.set_pace(*column, Pace::Weekly)?,
            "monthly" => self.set_pace(*column, Pace::Monthly)?,
            "yearly" | "annually" => self.set_pace(*column, Pace::Yearly)?,
            "at" => self.read_times()?,
            "between" | "from" => {
                self.at += 1;
                if !(text == "from" && self.text(0).is_some_and(|next| weekday_range(next).is_some())) {
                    self.read_window()?;
                }
            }
            "of" | "in" => {
                self.at += 1;
                self.read_months()?;
            }
            "by" => self.read_by_the_clock()?,
            "day" | "days" if self.counts() => self.count_days(),
            "weekday" | "workday" if self.counts() => self.count_workdays()?,
            "weekday" | "workday" if self.text(1) == Some("nearest") => self.read_nearest()?,
            "weekday" | "weekdays" | "workday" | "workdays" => self.add_weekdays(*column, &[1, 2, 3, 4, 5])?,
            "weekend" | "weekends" => self.add_weekdays(*column, &[0, 6])?,
            "last" => self.add_ordinal(*column, None)?,
            _ => self.read_name_or_number(word)?,
        }
        Ok(())
    }

    fn read_name_or_number(&mut self, word: &Word) -> Result<()> {
        let Word { column, text } = word;
        if let Some(day) = ordinal(text) {
            return self.add_ordinal(*column, Some(day));
        }
        if weekday_range(text).is_some() {
            return self.read_weekdays();
        }
        if month(text).is_some() {
            return self.read_months();
        }
        if number(text).is_some_and(|day| (1..=31).contains(&day))
            && self.text(1).is_some_and(|next| month(next).is_some())
        {
            return self.add_ordinal(*column, number(text));
        }
        let is_window =
            self.text(1).is_some_and(is_to) || text.split_once('-').is_some_and(|(from, _)| hour_like(from));
        if is_window && hour_like(text.split('-').next().unwrap_or(text)) {
            return self.read_window();
        }
        if clock(text).is_some() || matches!(self.text(1), Some("am" | "pm")) {
            let time = self.read_time()?;
            self.phrase.times.push((*column, time));
            return Ok(());
        }
        Err(unknown(word))
    }

    /// The text of the word so many places ahead.
    fn text(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).map(|word| word.text.as_str())
    }

    fn column(&self) -> usize {
        self.words.get(self.at).map_or(self.end, |word| word.column)
    }

    fn missing(&self, what: &str, example: &str) -> PhraseError {
        let problem = match self.words.get(self.at) {
            Some(word) => format!("`{}` is not {what}; write it as in {example}", word.text),
            None => format!("{what} is missing; write it as in {example}"),
        };
        PhraseError { column: self.column(), problem }
    }

    /// How many words follow that go on with a list.
    fn links(&self) -> usize {
        self.words[self.at..].iter().take_while(|word| matches!(word.text.as_str(), "and" | "," | "at")).count()
    }

    fn set_pace(&mut self, column: usize, pace: Pace) -> Result<()> {
        self.at += 1;
        match self.phrase.pace {
            // As in `weekly every monday` and `every month on the 1st of every month`.
            Some((_, before)) if before != pace => {
                Err(PhraseError { column, problem: "says how often for the second time; leave one of them out".into() })
            }
            _ => {
                self.phrase.pace = Some((column, pace));
                Ok(())
            }
        }
    }

    fn read_every(&mut self) -> Result<()> {
        self.at += 1;
        let column = self.column();
        let Some(text) = self.text(0).map(str::to_owned) else {
            return Err(self.missing("a length of time or a day", "every 15 minutes or every monday"));
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) && ordinal(&text).is_none() {
            return self.read_length(column);
        }
        let pace = match text.as_str() {
            "minute" => Pace::Minutely,
            "hour" => Pace::Hourly,
            "day" => Pace::Daily,
            "week" => Pace::Weekly,
            "month" => Pace::Monthly,
            "year" => Pace::Yearly,
            "second" | "other" => {
                let problem = format!(
                    "`every {text}` is not counted by a calendar; write `every 2 days`, `every 2 weeks` or `every 1s`, or the days, \
                     as in first and third monday of the month"
                );
                return Err(PhraseError { column, problem });
            }
            _ => return Ok(()),
        };
        self.set_pace(column, pace)
    }

    /// As many words as make a length: `15 minutes`, `1 hour 30 minutes`, `15m`.
    fn read_length(&mut self, column: usize) -> Result<()> {
        let texts: Vec<&str> = self.words[self.at..].iter().map(|word| word.text.as_str()).take(8).collect();
        let length =
            (1..=texts.len()).rev().find_map(|count| Some((count, parse_duration(&texts[..count].join(" ")).ok()?)));
        let Some((count, period)) = length else {
            let word = self.text(0).unwrap_or_default();
            let unit = self.text(1).and_then(|unit| nearest(unit, ["seconds", "minutes", "hours", "days", "weeks"]));
            let problem = match (number(word), unit) {
                (Some(n), _) if matches!(self.text(1), Some("month" | "months")) => {
                    format!("months are not a length; write monthly, or a cron line such as 0 9 1 */{n} *")
                }
                (Some(_), _) if matches!(self.text(1), Some("year" | "years")) => {
                    "years are not a length; write yearly, or the days as in 24 december".to_owned()
                }
                (Some(_), Some(unit)) => format!(
                    "`{word} {}` is not a length; did you mean {word} {unit}?",
                    self.text(1).unwrap_or_default()
                ),
                (Some(_), None) => format!("`{word}` has no unit; write {word} minutes, {word} hours or {word}s"),
                (None, _) => format!("`{word}` is not a length; write it as in 15 minutes or 2h30m"),
            };
            return Err(PhraseError { column, problem });
        };
        self.at += count - 1;
        self.set_pace(column, Pace::Every(period))
    }

    fn read_by_the_clock(&mut self) -> Result<()> {
        if (self.text(1), self.text(2)) != (Some("the"), Some("clock")) {
            self.at += 1;
            return Err(self.missing("`the clock`", "every 2 hours by the clock"));
        }
        self.at += 3;
        self.phrase.by_the_clock = true;
        Ok(())
    }

    /// `at 7:30 and 19:30`, `at 8`, `at :15`.
    fn read_times(&mut self) -> Result<()> {
        self.at += 1;
        loop {
            let column = self.column();
            if let Some(minute) = self.text(0).and_then(minute_of_the_hour) {
                self.at += 1;
                self.phrase.minutes.insert(minute);
            } else {
                let time = self.read_time()?;
                self.phrase.times.push((column, time));
            }
            let links = self.links();
            let is_date = self.text(links + 1).is_some_and(|next| month(next).is_some());
            let goes_on = self.text(links).is_some_and(|next| minute_of_the_hour(next).is_some() || hour_like(next));
            if links == 0 || !goes_on || is_date {
                return Ok(());
            }
            self.at += links;
        }
    }

    /// `7:30`, `9am`, `9 am`, `noon` or, where only a time can stand, `8`.
    fn read_time(&mut self) -> Result<Time> {
        let Some(text) = self.text(0).map(str::to_owned) else {
            return Err(self.missing("a time", "7:30, 9am or noon"));
        };
        let half = self.text(1).filter(|half| matches!(*half, "am" | "pm"));
        let (time, length) = match half {
            Some(half) => (clock(&format!("{text}{half}")), 2),
            None => (clock(&text).or_else(|| Time::new(number(&text)?.cast_signed(), 0, 0, 0).ok()), 1),
        };
        let Some(time) = time else { return Err(self.missing("a time", "7:30, 9am or noon")) };
        self.at += length;
        Ok(time)
    }

    /// `6:00 and 22:00`, `6 to 22`, `06:00-22:00`, `18:00 - midnight`.
    fn read_window(&mut self) -> Result<()> {
        let column = self.column();
        if let Some((first, last)) =
            self.text(0).and_then(|text| text.split_once('-')).filter(|(_, last)| !last.is_empty())
        {
            // The two as words of their own.
            let (first, last) = (first.to_owned(), last.to_owned());
            let after = column + first.chars().count() + 1;
            let words = [
                Word { column, text: first },
                Word { column: after - 1, text: "-".into() },
                Word { column: after, text: last },
            ];
            self.words.splice(self.at..=self.at, words);
        }
        let first = self.read_full_hour(false)?;
        match self.text(0) {
            Some(text) if is_to(text) || text == "and" => self.at += 1,
            _ => return Err(self.missing("the end of the window", "between 6:00 and 22:00")),
        }
        let end_column = self.column();
        let end = self.read_full_hour(true)?;
        if first == end % 24 {
            return Err(PhraseError {
                column: end_column,
                problem: "the window is empty or the whole day; leave it out".into(),
            });
        }
        if self.phrase.window.replace((column, first, end)).is_some() {
            return Err(PhraseError { column, problem: "is a second window; make it a schedule of its own".into() });
        }
        Ok(())
    }

    fn read_full_hour(&mut self, is_end: bool) -> Result<u8> {
        let column = self.column();
        if is_end && matches!(self.text(0), Some("24:00" | "24")) {
            self.at += 1;
            return Ok(24);
        }
        let time = self.read_time()?;
        if time.minute() != 0 || time.second() != 0 {
            let problem = format!("a window begins and ends with a full hour; write {}:00", time.hour());
            return Err(PhraseError { column, problem });
        }
        let hour = time.hour().unsigned_abs();
        Ok(if is_end && hour == 0 { 24 } else { hour })
    }
}

fn unknown(word: &Word) -> PhraseError {
    let text = &word.text;
    let problem = match suggestion(text) {
        Some(right) => format!("`{text}` is not understood; did you mean {right}?"),
        None if number(text).is_some() => {
            format!("`{text}` may be many things; write {text}:00, {text}th or {text} minutes")
        }
        None => format!(
            "`{text}` is not understood; write days, times and how often, as in weekdays at 7:30, last friday of the month at \
             18:00 or every 30 minutes between 6:00 and 22:00"
        ),
    };
    PhraseError { column: word.column, problem }
}

/// The word that was most likely meant.
pub(super) fn suggestion(text: &str) -> Option<&'static str> {
    nearest(text, vocabulary()).filter(|_| text.len() > 2)
}

/// `:15`
fn minute_of_the_hour(text: &str) -> Option<u8> {
    text.strip_prefix(':').filter(|digits| digits.len() == 2).and_then(number).filter(|minute| *minute < 60)
}

/// Something that is a time where one can stand.
fn hour_like(text: &str) -> bool {
    clock(text).is_some() || number(text).is_some()
}
