//! Jobs of other schedulers as tasks of Tempo, with everything that would not mean the same, and to-dos of other programs
//! ([`todos`]): pure readers of their formats, and
//! where this machine keeps them ([`machine`], [`crontab::found`], [`systemd::folders`]).

pub mod clock;
pub mod crontab;
pub mod machine;
pub mod systemd;
pub mod title;
pub mod todos;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::quantity::format_duration;
use crate::domain::rule::Rule;
use crate::domain::task::Definition;
use crate::domain::timetable::Timetable;
use crate::domain::when::When;
use crate::domain::zone;

/// What the meaning of a foreign job depends on.
#[derive(Debug, Clone)]
pub struct Here {
    /// The present instant.
    pub now: Timestamp,
    /// The rules of the machine's zone.
    pub zone: TimeZone,
    /// Its IANA name.
    pub zone_name: String,
    /// Who runs Tempo, and therefore every task.
    pub user: String,
    /// The number of this user.
    pub uid: u32,
    /// The home folder of this user.
    pub home: PathBuf,
    /// The name of the machine.
    pub host: String,
}

/// What was read from one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What would become tasks, in the order of the source.
    pub jobs: Vec<Job>,
    /// What cannot be imported.
    pub refused: Vec<Refused>,
    /// What differs for every job, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl Plan {
    /// Adds what was read from another source. A general difference is said once.
    pub fn append(&mut self, other: Self) {
        self.jobs.extend(other.jobs);
        self.refused.extend(other.refused);
        for line in other.notes {
            if !self.notes.contains(&line) {
                self.notes.push(line);
            }
        }
    }

    /// The notes that several jobs all have: they are said once, before the general ones.
    pub fn common(&self) -> Vec<&String> {
        match self.jobs.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => {
                first.notes.iter().filter(|note| rest.iter().all(|job| job.notes.contains(note))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How the originals are switched off, a line for each place of them.
    pub fn switch_off(&self) -> Vec<String> {
        let mut offs: Vec<(&str, Vec<&str>)> = Vec::new();
        for job in &self.jobs {
            // A line of a file; a unit is switched off by its name.
            let line = job.place.rsplit_once(':').map(|(_, line)| line).filter(|line| line.parse::<usize>().is_ok());
            match offs.iter_mut().find(|(off, _)| *off == job.off) {
                Some((_, lines)) => lines.extend(line),
                None => offs.push((&job.off, line.into_iter().collect())),
            }
        }
        let with_lines = |(off, lines): (&str, Vec<&str>)| {
            if lines.is_empty() { off.to_owned() } else { format!("{off}: {}", lines.join(", ")) }
        };
        offs.into_iter().map(with_lines).collect()
    }
}

/// A foreign job as a task of Tempo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where it stands: a file with its line, or the name of a unit.
    pub place: String,
    /// The task.
    pub definition: Definition,
    /// When it runs.
    pub schedules: Vec<Timed>,
    /// What differs for this job from its original, and what is easily mistaken; in sentences without a full stop.
    pub notes: Vec<String>,
    /// How its original is switched off, so that it does not run twice: a command line.
    pub off: String,
}

impl Job {
    /// Its schedules as rules, each with the IANA name of its zone.
    pub fn wishes(&self) -> Vec<(Rule, String)> {
        self.schedules.iter().map(|timed| (timed.rule.clone(), timed.zone.clone())).collect()
    }
}

/// A foreign schedule as a schedule of Tempo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// As it was written there.
    pub original: String,
    /// The same here.
    pub rule: Rule,
    /// The IANA name of the zone in which it is meant (T7).
    pub zone: String,
}

/// Something that cannot be imported, or only without the part that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub place: String,
    /// As it was written there.
    pub text: String,
    /// Why it cannot be imported, with what would be right where there is something.
    pub why: String,
}

impl Timed {
    /// When it is due next; `None` when never, or when that is a start of the machine.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = zone::zone(&self.zone).ok()?;
        let timetable = Timetable { rule: &self.rule, zone: &zone, anchor: now, calendar: None };
        timetable.next_after(now).map(|due| due.at)
    }

    /// The rule, its next run on the clock of `zone`, which has this name, and how it was written.
    pub fn sentence(&self, now: Timestamp, zone: &TimeZone, zone_name: &str) -> String {
        let Rule { when, options } = &self.rule;
        let named = if self.zone == zone_name { String::new() } else { format!(" ({})", self.zone) };
        let next = match self.next(now) {
            Some(at) => {
                let at = at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S");
                let later = options.jitter.map(|jitter| format!(" or up to {} later", format_duration(jitter)));
                format!("next {at}{}", later.unwrap_or_default())
            }
            None if *when == When::Startup => "next at the next boot".to_owned(),
            None => "never again".to_owned(),
        };
        let original = self.original.split_whitespace().collect::<Vec<_>>().join(" ");
        let original = if original == when.to_string() { String::new() } else { format!(", for {original}") };
        format!("{}{named}, {next}{original}", self.rule)
    }

    /// Makes a jitter that is longer than the way to the next slot as long as that (T9), and says so.
    fn fit_jitter(&mut self, now: Timestamp) -> Option<String> {
        let jitter = self.rule.options.jitter?;
        let zone = zone::zone(&self.zone).ok()?;
        let timetable = Timetable { rule: &self.rule, zone: &zone, anchor: now, calendar: None };
        let distance = timetable.shortest_distance(now).filter(|distance| *distance < jitter)?;
        self.rule.options.jitter = Some(distance);
        let (jitter, distance) = (format_duration(jitter), format_duration(distance));
        Some(format!(
            "a delay of up to {jitter} is longer than the {distance} between two slots: the jitter is {distance}"
        ))
    }
}

/// That a job is another user's, in words; such a task is made paused.
fn runs_as(theirs: &str, who: &str, ours: &str) -> String {
    format!("{who} runs it as {theirs}, Tempo would run it as {ours}: it is made paused, resume it if that is right")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine in Berlin on 21 November 2026.
    pub(in crate::foreign) fn here() -> Here {
        Here {
            now: "2026-11-21T12:00:00Z".parse().unwrap(),
            zone: zone::zone("Europe/Berlin").unwrap(),
            zone_name: "Europe/Berlin".to_owned(),
            user: "ana".to_owned(),
            uid: 1000,
            home: PathBuf::from("/home/ana"),
            host: "nas".to_owned(),
        }
    }
}
