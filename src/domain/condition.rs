//! Conditions before a run (R10): what has to hold on the machine, and the words for what does not.

use std::fmt;
use std::time::Duration;

use super::quantity::format_duration;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The one-minute load average is below this many hundredths.
    Load(u32),
    /// The machine is not on battery.
    Ac,
    /// There is a default route.
    Network,
    /// A shell command line ends with exit code 0.
    Command(String),
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Which.
    pub condition: Condition,
    /// What was found instead: `7.2`, `exit 1`; of a fact without a value empty.
    pub found: String,
}

/// How long a run waits for its conditions when nothing else is said.
pub const WINDOW: Duration = Duration::from_secs(30 * 60);

/// The pauses between two checks: as long as the run has waited already, within these.
const SOONEST: Duration = Duration::from_secs(10);
const LATEST: Duration = Duration::from_secs(5 * 60);

const FORMS: &str = "write load<4, ac, network or cmd:COMMAND, several with ;";

/// Reads conditions, separated by `;` or line breaks; what follows `cmd:` is a command up to the end of the line.
pub fn parse(text: &str) -> Result<Vec<Condition>, String> {
    let mut all: Vec<Condition> = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while !rest.is_empty() {
            let (one, behind) = if let Some(command) = rest.strip_prefix("cmd:") {
                (Condition::Command(command.trim().to_owned()), "")
            } else {
                let (one, behind) = rest.split_once(';').unwrap_or((rest, ""));
                (parse_one(one.trim())?, behind.trim_start())
            };
            rest = behind;
            let same = |other: &Condition| std::mem::discriminant(other) == std::mem::discriminant(&one);
            match &one {
                Condition::Command(command) if command.is_empty() => return Err("cmd: needs a command".to_owned()),
                Condition::Command(_) if all.iter().any(same) => {
                    return Err("there can be one cmd:; join commands with &&".to_owned());
                }
                _ if all.iter().any(same) => return Err(format!("`{one}` is said twice")),
                _ => all.push(one),
            }
        }
    }
    // Their text is read back: the command takes all that follows it.
    all.sort_by_key(|condition| matches!(condition, Condition::Command(_)));
    Ok(all)
}

fn parse_one(text: &str) -> Result<Condition, String> {
    match text {
        "ac" => return Ok(Condition::Ac),
        "network" => return Ok(Condition::Network),
        _ => {}
    }
    let Some(number) = text.strip_prefix("load").and_then(|rest| rest.trim_start().strip_prefix('<')) else {
        return Err(format!("`{text}` is not a condition; {FORMS}"));
    };
    match number.trim().parse::<f64>() {
        Ok(load) if (0.01..=10_000.0).contains(&load) => Ok(Condition::Load((load * 100.0).round() as u32)),
        _ => Err(format!("`{text}`: the load is a number from 0.01 to 10000, as in load<4")),
    }
}

/// The text that [`parse`] reads back.
pub fn format(conditions: &[Condition]) -> String {
    conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// When a run that has waited so long for its conditions is checked next; at the end of its window at the latest.
pub fn next_check(waited: Duration, window: Duration) -> Duration {
    waited.clamp(SOONEST, LATEST).min(window.saturating_sub(waited))
}

/// `4`, `0.5`: hundredths without useless zeros.
fn hundredths(load: u32) -> String {
    format!("{}", f64::from(load) / 100.0)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(below) => write!(f, "load<{}", hundredths(*below)),
            Self::Ac => f.write_str("ac"),
            Self::Network => f.write_str("network"),
            Self::Command(command) => write!(f, "cmd:{command}"),
        }
    }
}

impl Unmet {
    /// Why the run waits: `waits until load < 4 (is 7.2)`.
    pub fn waits(&self) -> String {
        let found = &self.found;
        match &self.condition {
            Condition::Load(below) => format!("waits until load < {} (is {found})", hundredths(*below)),
            Condition::Ac => "waits for AC power (is on battery)".to_owned(),
            Condition::Network => "waits for the network (there is no default route)".to_owned(),
            Condition::Command(command) => format!("waits until `{command}` succeeds ({found})"),
        }
    }

    /// Why it never ran: `load was 7.2, below 4 was asked, for 30m`.
    pub fn skipped(&self, waited: Duration) -> String {
        let (found, waited) = (&self.found, format_duration(waited));
        match &self.condition {
            Condition::Load(below) => {
                format!("load was {found}, below {} was asked, for {waited}", hundredths(*below))
            }
            Condition::Ac => format!("it was on battery, AC power was asked, for {waited}"),
            Condition::Network => format!("there was no default route, the network was asked, for {waited}"),
            Condition::Command(command) => format!("`{command}`: {found}, success was asked, for {waited}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_conditions_are_read_as_people_write_them_and_read_back() {
        for (text, canonical) in [
            ("load<4", "load<4"),
            ("load < 0.5; ac", "load<0.5; ac"),
            ("network\nac\nload<12.25", "network; ac; load<12.25"),
            ("cmd:ping -c1 nas; true", "cmd:ping -c1 nas; true"),
            ("cmd: test -e /mnt/nas\nac", "ac; cmd:test -e /mnt/nas"),
            ("", ""),
        ] {
            let read = parse(text).unwrap();
            assert_eq!(format(&read), canonical, "{text}");
            assert_eq!(parse(canonical).unwrap(), read, "{text}");
        }
    }

    #[test]
    fn x1_a_wrong_condition_says_what_would_be_right() {
        for (text, expected) in [
            ("lod<4", "write load<4, ac, network or cmd:COMMAND"),
            ("load<many", "a number from 0.01 to 10000"),
            ("load<-1", "a number"),
            ("cmd:", "needs a command"),
            ("cmd:a\ncmd:b", "join commands with &&"),
            ("ac; ac", "said twice"),
        ] {
            let e = parse(text).unwrap_err();
            assert!(e.contains(expected), "{text}: {e}");
        }
    }

    #[test]
    fn r10_what_does_not_hold_is_said_while_it_waits_and_when_it_is_given_up() {
        let unmet =
            |text: &str, found: &str| Unmet { condition: parse(text).unwrap().remove(0), found: found.to_owned() };
        let load = unmet("load<4", "7.2");
        assert_eq!(load.waits(), "waits until load < 4 (is 7.2)");
        assert_eq!(load.skipped(Duration::from_secs(1800)), "load was 7.2, below 4 was asked, for 30m");
        let command = unmet("cmd:ping -c1 nas", "exit 1");
        assert_eq!(command.waits(), "waits until `ping -c1 nas` succeeds (exit 1)");
        assert_eq!(command.skipped(Duration::from_secs(60)), "`ping -c1 nas`: exit 1, success was asked, for 1m");
        assert!(
            unmet("ac", "").waits().contains("battery") && unmet("network", "").waits().contains("no default route")
        );
    }

    #[test]
    fn r10_checks_become_rarer_and_the_last_is_at_the_end_of_the_window() {
        let seconds = |waited: u64| next_check(Duration::from_secs(waited), Duration::from_secs(1800)).as_secs();
        assert_eq!([0, 10, 20, 40, 400, 1600, 1799, 1800].map(seconds), [10, 10, 20, 40, 300, 200, 1, 0]);
        let mut waited = 0;
        let mut checks = 0;
        while waited < 1800 {
            waited += seconds(waited);
            checks += 1;
        }
        assert_eq!((waited, checks), (1800, 11));
    }
}
