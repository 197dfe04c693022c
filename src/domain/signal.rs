//! The signal with which a run is asked to stop (R4).

use std::fmt;
use std::str::FromStr;

use super::run::signal_name;

/// The number of a signal that a program can answer by ending: TERM unless something else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopSignal(i32);

/// Signals that ask nobody to stop: KILL and STOP cannot be heard, CONT and CHLD are no requests, and the C library keeps
/// two for itself.
const REFUSED: [i32; 6] = [9, 17, 18, 19, 32, 33];

/// The largest number of a signal on Linux.
const LAST: i32 = 64;

impl StopSignal {
    /// TERM.
    pub const TERM: Self = Self(15);

    /// The signal with this number, if it can ask a program to stop.
    pub fn new(number: i32) -> Option<Self> {
        ((1..=LAST).contains(&number) && !REFUSED.contains(&number)).then_some(Self(number))
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl Default for StopSignal {
    fn default() -> Self {
        Self::TERM
    }
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&signal_name(self.0))
    }
}

impl FromStr for StopSignal {
    type Err = String;

    /// Reads a name, with or without `SIG`, or a number.
    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.trim().to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let number = match name.parse() {
            Ok(number) => Some(number),
            Err(_) => (1..=31).find(|number| signal_name(*number) == name),
        };
        match number {
            None => Err(format!("`{text}` is not a signal; write TERM, INT, HUP, QUIT, USR1, USR2 or a number")),
            Some(number) => Self::new(number).ok_or_else(|| {
                format!("`{text}` does not ask a program to stop; write TERM, INT, HUP, QUIT, USR1 or USR2")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_stop_signal_is_a_name_or_a_number_and_is_read_back() {
        for (text, number, shown) in
            [("TERM", 15, "TERM"), ("int", 2, "INT"), ("SIGUSR1", 10, "USR1"), ("1", 1, "HUP"), ("37", 37, "37")]
        {
            let signal: StopSignal = text.parse().unwrap();
            assert_eq!((signal.number(), signal.to_string().as_str()), (number, shown));
            assert_eq!(signal.to_string().parse(), Ok(signal));
        }
    }

    #[test]
    fn x1_what_nobody_can_hear_or_is_no_signal_is_refused_with_what_to_write() {
        for text in ["KILL", "STOP", "CONT", "9", "0", "65", "33", "-1", "GO", ""] {
            let error = text.parse::<StopSignal>().unwrap_err();
            assert!(error.contains("TERM, INT, HUP"), "{text}: {error}");
        }
    }
}
