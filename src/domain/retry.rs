//! Retries: whether a run whose attempt has ended gets another one, and when (R5, R6).

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::quantity::{format_duration, parse_duration};
use super::run::{Outcome, words};
use super::spread::Spread;

/// Between two attempts when nothing is said.
pub const DELAY: Duration = Duration::from_secs(10);

/// A delay that grows stays below this when nothing is said, unless it begins above.
pub const CAP: Duration = Duration::from_secs(3600);

/// Retries of one run at most.
const MOST: u32 = 1000;

/// By how much a delay grows at most, in thousandths.
const FASTEST: u32 = 100_000;

/// The highest exit code of a process.
const HIGHEST: i32 = 255;

/// An example for those who wrote something else.
const EXAMPLE: &str = "as in `3 delay=10s backoff=2 cap=10m jitter=10s on=1,75,10-20,timeout past-slot`";

words! {
    /// An end other than an exit code after which there can be a retry.
    Cause {
        /// Its timeout was over (R5).
        Timeout = "timeout",
        /// A signal that Tempo did not send.
        Signal = "signal",
        /// Its supervisor or the machine went down (R8).
        Lost = "lost",
        /// It used more memory than it may (R7).
        Memory = "memory",
        /// No process could be made.
        NotStarted = "not-started",
    }
}

impl Cause {
    /// The cause that an outcome is, when it is one.
    fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::TimedOut => Some(Self::Timeout),
            Outcome::Signaled(_) => Some(Self::Signal),
            Outcome::Lost => Some(Self::Lost),
            Outcome::OverMemory => Some(Self::Memory),
            Outcome::CouldNotStart => Some(Self::NotStarted),
            Outcome::Succeeded | Outcome::Failed(_) | Outcome::Cancelled | Outcome::Skipped => None,
        }
    }
}

/// Ends after which there is a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Exit codes from the first to the last, both included.
    Codes(i32, i32),
    Cause(Cause),
}

impl End {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(cause) = Cause::from_word(text) {
            return Ok(Self::Cause(cause));
        }
        let code = |text: &str| text.trim().parse::<i32>().ok().filter(|code| (0..=HIGHEST).contains(code));
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match code(first).zip(code(last)) {
            Some((0, _)) => Err("on: 0 is a success; write exit codes from 1 to 255".to_owned()),
            Some((first, last)) if last < first => Err(format!("on: `{text}` ends before it begins")),
            Some((first, last)) => Ok(Self::Codes(first, last)),
            None => {
                let causes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.word()).collect();
                Err(format!("on: `{text}` is not an exit code, a range such as 10-20, or one of {}", causes.join(", ")))
            }
        }
    }

    fn is(self, outcome: Outcome) -> bool {
        match (self, outcome) {
            (Self::Codes(first, last), Outcome::Failed(code)) => (first..=last).contains(&code),
            (Self::Codes(..), _) => false,
            (Self::Cause(cause), outcome) => Cause::of(outcome) == Some(cause),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codes(first, last) if first == last => first.fmt(f),
            Self::Codes(first, last) => write!(f, "{first}-{last}"),
            Self::Cause(cause) => cause.fmt(f),
        }
    }
}

/// What a person says about retries: `3 delay=10s backoff=2 cap=10m jitter=10s on=1,75,10-20,timeout past-slot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// So many more attempts, 1 or more.
    count: u32,
    /// From the end of the first attempt to the next.
    delay: Duration,
    /// By how much each delay is longer than the one before, in thousandths.
    backoff: u32,
    /// No delay is longer; [`CAP`] when nothing is said.
    cap: Option<Duration>,
    /// Each delay is up to so much longer.
    jitter: Option<Duration>,
    /// After these ends; after any exit code but 0 and any signal when nothing is said.
    on: Vec<End>,
    /// Whether an attempt may begin after the next slot of the task.
    past_slot: bool,
}

impl Retry {
    /// Reads the text; none or a count of 0 is no retries. The error says what would be right.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return Ok(None) };
        let count = first.parse().ok().filter(|count| *count <= MOST).ok_or_else(|| {
            format!("`{first}` is not how many more attempts there are, 1 to {MOST}; begin with that, {EXAMPLE}")
        })?;
        let mut retry =
            Self { count, delay: DELAY, backoff: 1000, cap: None, jitter: None, on: Vec::new(), past_slot: false };
        for word in words {
            retry.take(word)?;
        }
        if retry.cap.is_some() && retry.backoff == 1000 {
            return Err("cap: it limits a delay that grows; say by how much, as in backoff=2".to_owned());
        }
        if let Some(cap) = retry.cap.filter(|cap| *cap < retry.delay) {
            let (cap, delay) = (format_duration(cap), format_duration(retry.delay));
            return Err(format!("cap: {cap} is below the first delay, {delay}"));
        }
        Ok((count > 0).then_some(retry))
    }

    fn take(&mut self, word: &str) -> Result<(), String> {
        if word == "past-slot" {
            self.past_slot = true;
            return Ok(());
        }
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let duration = || parse_duration(value).map_err(|e| format!("{key}: {e}"));
        match key {
            "delay" => self.delay = duration()?,
            "cap" => self.cap = Some(duration()?),
            "jitter" => self.jitter = Some(duration()?).filter(|width| !width.is_zero()),
            "backoff" => {
                let factor = value.parse::<f64>().ok().map(|factor| (factor * 1000.0).round());
                let factor = factor.filter(|factor| (1000.0..=f64::from(FASTEST)).contains(factor));
                self.backoff = factor
                    .ok_or_else(|| format!("backoff: `{value}` is not a factor from 1 to 100, such as 2 or 1.5"))?
                    as u32;
            }
            "on" => self.on = value.split(',').map(End::parse).collect::<Result<_, _>>()?,
            _ => {
                return Err(format!(
                    "`{word}`: there is no such word; there are delay=, backoff=, cap=, jitter=, on= and past-slot, {EXAMPLE}"
                ));
            }
        }
        Ok(())
    }

    /// Attempts of a run at most, the first one included.
    pub const fn attempts(&self) -> u32 {
        self.count.saturating_add(1)
    }

    /// Whether an attempt may begin after the next slot of the task.
    pub const fn is_past_slot(&self) -> bool {
        self.past_slot
    }

    /// From the end of attempt `number` to the next one. The same seed gives the same jitter.
    pub fn delay_after(&self, number: u32, seed: Spread) -> Duration {
        let cap = self.cap.unwrap_or(CAP).max(self.delay);
        let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.delay.as_secs_f64() * (f64::from(self.backoff) / 1000.0).powi(exponent);
        let delay = Duration::try_from_secs_f64(grown).map_or(cap, |delay| delay.min(cap));
        let width = self.jitter.map_or(0, |width| u64::try_from(width.as_millis()).unwrap_or(u64::MAX - 1));
        delay.saturating_add(Duration::from_millis(seed.pick(u64::from(number), width.saturating_add(1))))
    }

    fn is_for(&self, outcome: Outcome) -> bool {
        if self.on.is_empty() {
            return matches!(outcome, Outcome::Failed(_) | Outcome::Signaled(_));
        }
        self.on.iter().any(|end| end.is(outcome))
    }

    fn on(&self) -> String {
        self.on.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// Whether, and when, there is another attempt.
    pub fn decide(&self, ended: &Attempted, zone: &TimeZone) -> Verdict {
        let outcome = ended.outcome;
        // What was done, was taken back, or never began for want of a condition, is not tried again.
        if !outcome.is_bad() {
            return Verdict::No(None);
        }
        if !self.is_for(outcome) {
            let only = if self.on.is_empty() { "an exit code or a signal".to_owned() } else { self.on() };
            return Verdict::No(Some(format!("no retry after this: only after {only}")));
        }
        if ended.number >= self.attempts() {
            return Verdict::No(None);
        }
        let delay = SignedDuration::try_from(self.delay_after(ended.number, ended.seed)).unwrap_or(SignedDuration::MAX);
        let at = ended.at.saturating_add(delay).unwrap_or(Timestamp::MAX);
        let clock = |at: Timestamp| clock(at, ended.at, zone);
        if let Some((from, deadline)) = ended.deadline
            && at >= over_at(from, deadline)
        {
            let deadline = format_duration(deadline);
            return Verdict::No(Some(format!(
                "no retry at {}: its deadline of {deadline} over all attempts is over by then",
                clock(at)
            )));
        }
        if let Some(slot) = ended.next_slot.filter(|slot| !self.past_slot && at >= *slot) {
            return Verdict::No(Some(format!("no retry at {}: the slot of {} comes first", clock(at), clock(slot))));
        }
        Verdict::At(at, format!("{outcome}; attempt {} of {} at {}", ended.number + 1, self.attempts(), clock(at)))
    }
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count)?;
        if self.delay != DELAY {
            write!(f, " delay={}", format_duration(self.delay))?;
        }
        if self.backoff != 1000 {
            write!(f, " backoff={}", f64::from(self.backoff) / 1000.0)?;
        }
        if let Some(cap) = self.cap {
            write!(f, " cap={}", format_duration(cap))?;
        }
        if let Some(jitter) = self.jitter {
            write!(f, " jitter={}", format_duration(jitter))?;
        }
        if !self.on.is_empty() {
            write!(f, " on={}", self.on())?;
        }
        if self.past_slot {
            write!(f, " past-slot")?;
        }
        Ok(())
    }
}

/// An attempt that has ended, and what its successor depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// How it ended.
    pub outcome: Outcome,
    /// Which attempt of the run it was, from 1.
    pub number: u32,
    /// When it ended.
    pub at: Timestamp,
    /// From when the deadline over all attempts counts, and how long it is (R5).
    pub deadline: Option<(Timestamp, Duration)>,
    /// When the next slot of the task starts.
    pub next_slot: Option<Timestamp>,
    /// What the jitter depends on.
    pub seed: Spread,
}

/// Whether there is another attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// At this instant; in words, what happened and what will.
    At(Timestamp, String),
    /// None; in words, why, unless that is plain.
    No(Option<String>),
}

/// When a deadline that counts from this instant is over.
pub fn over_at(from: Timestamp, deadline: Duration) -> Timestamp {
    let deadline = SignedDuration::try_from(deadline).unwrap_or(SignedDuration::MAX);
    from.saturating_add(deadline).unwrap_or(Timestamp::MAX)
}

/// What to say of an attempt that its deadline ended, or that began no more.
pub fn deadline_over(deadline: Option<Duration>) -> String {
    let length = deadline.map(|deadline| format!(" of {}", format_duration(deadline))).unwrap_or_default();
    format!("its deadline{length} over all attempts was over")
}

/// `02:00:30`, with the day when it is another than that of `near`.
pub fn clock(at: Timestamp, near: Timestamp, zone: &TimeZone) -> String {
    let (at, near) = (at.to_zoned(zone.clone()), near.to_zoned(zone.clone()));
    let day = if at.date() == near.date() { "" } else { "%Y-%m-%d " };
    at.strftime(&format!("{day}%H:%M:%S")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(text: &str) -> Retry {
        Retry::parse(text).unwrap().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    fn attempted(outcome: Outcome, number: u32) -> Attempted {
        Attempted { outcome, number, at: at("02:00:20"), deadline: None, next_slot: None, seed: Spread::by("run/7") }
    }

    fn decide(text: &str, ended: &Attempted) -> Verdict {
        retry(text).decide(ended, &TimeZone::UTC)
    }

    #[test]
    fn r6_the_text_is_read_and_shown_back_in_one_form() {
        for (text, shown) in [
            ("3", "3"),
            (" 3  delay=10s ", "3"),
            (
                "3 past-slot on=1,75,10-20,timeout,signal,lost jitter=10s cap=10m backoff=2 delay=30s",
                "3 delay=30s backoff=2 cap=10m jitter=10s on=1,75,10-20,timeout,signal,lost past-slot",
            ),
            ("1 backoff=1.5 delay=0s on=memory,not-started", "1 delay=0s backoff=1.5 on=memory,not-started"),
        ] {
            assert_eq!(retry(text).to_string(), shown);
            assert_eq!(retry(shown).to_string(), shown);
        }
        for none in ["", "  ", "0", "0 delay=1m"] {
            assert_eq!(Retry::parse(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn x1_r6_a_wrong_text_says_what_would_be_right() {
        for (text, expected) in [
            ("many", "how many more attempts"),
            ("-1", "1 to 1000"),
            ("1001", "1 to 1000"),
            ("delay=10s", "begin with that"),
            ("3 wait=10s", "there are delay="),
            ("3 delay=soon", "delay: "),
            ("3 backoff=0.5", "from 1 to 100"),
            ("3 backoff=NaN", "from 1 to 100"),
            ("3 cap=10m", "backoff=2"),
            ("3 delay=1h backoff=2 cap=10m", "below the first delay, 1h"),
            ("3 on=0", "0 is a success"),
            ("3 on=256", "not an exit code"),
            ("3 on=20-10", "ends before it begins"),
            ("3 on=crash", "timeout, signal, lost, memory, not-started"),
        ] {
            let e = Retry::parse(text).unwrap_err();
            assert!(e.contains(expected), "{text}: {e}");
        }
    }

    #[test]
    fn r6_delays_are_constant_or_grow_to_the_cap_and_the_jitter_is_stable() {
        let seconds = |text: &str| {
            let retry = retry(text);
            (1..=5).map(|n| retry.delay_after(n, Spread::by("x")).as_secs()).collect::<Vec<_>>()
        };
        assert_eq!(seconds("9"), [10, 10, 10, 10, 10]);
        assert_eq!(seconds("9 delay=1m backoff=2 cap=5m"), [60, 120, 240, 300, 300]);
        assert_eq!(seconds("9 delay=20m backoff=3"), [1200, 3600, 3600, 3600, 3600]);
        assert_eq!(seconds("9 delay=2h backoff=2"), [7200, 7200, 7200, 7200, 7200]);
        assert_eq!(retry("9 backoff=100").delay_after(u32::MAX, Spread::by("x")), CAP);

        let with = retry("9 delay=1m jitter=30s");
        let delays = |key: &str| (1..=20).map(|n| with.delay_after(n, Spread::by(key))).collect::<Vec<_>>();
        assert_eq!(delays("run/7"), delays("run/7"));
        assert_ne!(delays("run/7"), delays("run/8"));
        let bounds = Duration::from_secs(60)..=Duration::from_secs(90);
        assert!(delays("run/7").iter().all(|delay| bounds.contains(delay)));
    }

    #[test]
    fn r6_codes_and_signals_are_retried_by_themselves_and_everything_else_only_when_it_is_named() {
        let ends = [
            Outcome::Failed(1),
            Outcome::Failed(75),
            Outcome::Failed(15),
            Outcome::Signaled(11),
            Outcome::TimedOut,
            Outcome::Lost,
            Outcome::CouldNotStart,
            Outcome::OverMemory,
        ];
        let after =
            |text: &str| ends.map(|outcome| u8::from(matches!(decide(text, &attempted(outcome, 1)), Verdict::At(..))));
        assert_eq!(after("3"), [1, 1, 1, 1, 0, 0, 0, 0]);
        assert_eq!(after("3 on=1,10-20"), [1, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(after("3 on=timeout,lost"), [0, 0, 0, 0, 1, 1, 0, 0]);
        assert_eq!(after("3 on=signal,not-started,memory"), [0, 0, 0, 1, 0, 0, 1, 1]);
        for outcome in [Outcome::Succeeded, Outcome::Cancelled, Outcome::Skipped] {
            assert_eq!(decide("3", &attempted(outcome, 1)), Verdict::No(None));
        }
        let said = |text: &str| decide(text, &attempted(Outcome::TimedOut, 1));
        let no = |why: &str| Verdict::No(Some(why.to_owned()));
        assert_eq!(said("3"), no("no retry after this: only after an exit code or a signal"));
        assert_eq!(said("3 on=1,75"), no("no retry after this: only after 1,75"));
    }

    #[test]
    fn r6_so_many_more_attempts_follow_each_after_its_delay() {
        let failed = |number| attempted(Outcome::Failed(1), number);
        let said = "exit 1; attempt 2 of 4 at 02:00:30".to_owned();
        assert_eq!(decide("3", &failed(1)), Verdict::At(at("02:00:30"), said));
        let Verdict::At(third, said) = decide("3 delay=1m backoff=2", &failed(3)) else { panic!() };
        assert_eq!((third, said.as_str()), (at("02:04:20"), "exit 1; attempt 4 of 4 at 02:04:20"));
        assert_eq!(decide("3", &failed(4)), Verdict::No(None));
        let Verdict::At(_, said) = decide("3 delay=1d", &failed(1)) else { panic!() };
        assert_eq!(said, "exit 1; attempt 2 of 4 at 2026-11-22 02:00:20");
    }

    #[test]
    fn r6_a_retry_does_not_run_into_the_next_slot_unless_it_may() {
        let slot = |slot: &str| Attempted { next_slot: Some(at(slot)), ..attempted(Outcome::Failed(1), 1) };
        let no = "no retry at 02:00:30: the slot of 02:00:30 comes first".to_owned();
        assert_eq!(decide("3", &slot("02:00:30")), Verdict::No(Some(no)));
        assert!(matches!(decide("3", &slot("02:00:31")), Verdict::At(..)));
        assert!(matches!(decide("3 past-slot", &slot("02:00:00")), Verdict::At(..)));
    }

    #[test]
    fn r5_a_retry_that_could_only_begin_after_the_deadline_is_not_begun() {
        let ended = |minutes: u64| {
            let deadline = Some((at("01:00:30"), Duration::from_secs(60 * minutes)));
            Attempted { deadline, ..attempted(Outcome::Failed(1), 1) }
        };
        let no = "no retry at 02:00:30: its deadline of 1h over all attempts is over by then".to_owned();
        assert_eq!(decide("3", &ended(60)), Verdict::No(Some(no)));
        assert!(matches!(decide("3", &ended(61)), Verdict::At(..)));
        assert_eq!(deadline_over(Some(Duration::from_secs(3600))), "its deadline of 1h over all attempts was over");
    }
}
