//! Crontabs (crontab(5) of Vixie cron, Debian and cronie) as tasks.

pub mod found;
mod input;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::clock::{self, Clock};
use super::{Here, Job, Plan, Refused, Timed, runs_as, title};
use crate::domain::cron::{CronError, CronExpr};
use crate::domain::options::Options;
use crate::domain::rule::Rule;
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::domain::zone;

/// Whether the lines name a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A user's own: `minute hour day month weekday command`.
    User,
    /// `/etc/crontab` and `/etc/cron.d/*`: with a user before the command.
    System,
}

impl Format {
    /// What the lines look like: those of a system's crontab all name a user before the command. `None` when these words are
    /// users, and also programs that the lines could run.
    pub fn of(text: &str, is_user: &dyn Fn(&str) -> bool, is_program: &dyn Fn(&str) -> bool) -> Option<Self> {
        let lines = text.lines().map(|line| line.trim_start_matches([' ', '\t']));
        let entries =
            lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty() && variable(line).is_none());
        let users: Vec<&str> = entries
            .filter_map(|line| split_fields(line).ok()?.1)
            .map(|rest| rest.split_once([' ', '\t']).map_or("", |(user, _)| user))
            .collect();
        if users.is_empty() || !users.iter().all(|user| is_user(user)) {
            return Some(Self::User);
        }
        let plain = users.contains(&"root") || !users.iter().any(|user| is_program(user));
        plain.then_some(Self::System)
    }
}

/// Cron's own `PATH`, where the crontab says nothing else.
const PATH: &str = "/usr/bin:/bin";
/// What a line is that is nothing.
const NEITHER: &str = "it is neither NAME=VALUE nor five fields and a command";
/// Shells that know here-documents and groups as sh does.
const LIKE_SH: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

/// Reads a crontab; `name` is how its lines are called, `off` is how they are switched off. Every line that is no comment and not
/// empty becomes a part of a job, or is refused.
pub fn read(name: &str, text: &str, format: Format, off: &str, here: &Here) -> Plan {
    let mut reader = Reader { format, off, here, variables: BTreeMap::new(), zone: Ok(None), comment: Vec::new() };
    let mut plan = Plan::default();
    for (number, line) in (1..).zip(text.split('\n')) {
        let place = format!("{name}:{number}");
        match reader.line(&place, line) {
            Ok(job) => plan.jobs.extend(job),
            Err(Fault { column, why }) => {
                plan.refused.push(Refused { place: format!("{place}:{column}"), text: line.trim().to_owned(), why });
            }
        }
    }
    if !plan.jobs.is_empty() {
        plan.notes = general();
    }
    plan
}

/// What differs for every entry of every crontab.
fn general() -> Vec<String> {
    [
        "cron starts a job while the one before still runs; Tempo skips that slot and says which run was in the way \
         (`tempo set TASK overlap=parallel=N` allows N at once)",
        "cron forgets what was due while it did not run; Tempo records it as missed, and makes up for the last one if its period \
         is an hour or more and it is younger than the period and than a day",
        "cron mails what a job prints; Tempo sends no mail and keeps it (`tempo output TASK`)",
        "PATH is /usr/bin:/bin and SHELL is /bin/sh as in cron, unless the crontab sets them; of Tempo's own environment the \
         tasks see more variables than cron would give them (LANG and others)",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Why a line cannot be imported.
#[derive(Debug)]
struct Fault {
    /// Where in the line, in characters from 1.
    column: usize,
    why: String,
}

/// What the lines so far say about those to come.
struct Reader<'a> {
    format: Format,
    off: &'a str,
    here: &'a Here,
    variables: BTreeMap<String, String>,
    /// From `CRON_TZ`; why it is none.
    zone: Result<Option<String>, String>,
    /// The comment lines right above.
    comment: Vec<String>,
}

impl Reader<'_> {
    fn line(&mut self, place: &str, whole: &str) -> Result<Option<Job>, Fault> {
        let (whole, carriage_return) = whole.strip_suffix('\r').map_or((whole, false), |line| (line, true));
        let line = whole.trim_start_matches([' ', '\t']);
        let column = whole.len() - line.len() + 1;
        if let Some(comment) = line.strip_prefix('#') {
            self.comment.push(comment.to_owned());
            return Ok(None);
        }
        let comment = std::mem::take(&mut self.comment);
        if line.trim().is_empty() {
            return Ok(None);
        }
        if line.contains('\u{fffd}') {
            return Err(Fault { column, why: "it is not UTF-8 text".to_owned() });
        }
        if let Some((name, value)) = variable(line) {
            if name == "CRON_TZ" {
                self.zone = zone::zone(&value)
                    .map(|zone| zone.iana_name().map(str::to_owned).or(Some(value.clone())))
                    .map_err(|e| format!("it is meant in the zone of CRON_TZ, and {e}"));
            }
            self.variables.insert(name, value);
            return Ok(None);
        }
        let mut job = self.entry(place, line, column, &comment)?;
        if carriage_return {
            job.notes.push(
                "the line ends with a carriage return, which cron would pass to the command; it is left out".to_owned(),
            );
        }
        Ok(Some(job))
    }

    /// A job; `line` begins in `column` of its file.
    fn entry(&self, place: &str, line: &str, column: usize, comment: &[String]) -> Result<Job, Fault> {
        let mut notes = Vec::new();
        let at = |column: usize| move |why: String| Fault { column, why };
        let quiet = line.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '*'));
        let begin = column + usize::from(quiet.is_some());
        if quiet.is_some() {
            notes.push(
                "the `-` in front keeps cron from writing to the system's log; Tempo never writes there".to_owned(),
            );
        }
        let end = column + line.trim_end().chars().count();
        let (original, rest) = split_fields(quiet.unwrap_or(line)).map_err(at(column))?;
        let Some(rest) = rest else {
            let fault = if schedule(original).is_ok() { at(end)(no_command()) } else { at(column)(NEITHER.to_owned()) };
            return Err(fault);
        };
        let (user, command) = match self.format {
            Format::User => (None, rest),
            Format::System => {
                let (user, command) = rest.split_once([' ', '\t']).ok_or_else(|| at(end)(no_command()))?;
                (Some(user), command.trim_start_matches([' ', '\t']))
            }
        };
        let when = schedule(original).map_err(|(offset, why)| at(begin + offset)(why));
        let zone = match (&self.zone, &when) {
            (Ok(zone), _) => zone.clone(),
            (Err(zone), Ok(_)) => return Err(at(column)(zone.clone())),
            (Err(zone), Err(own)) => return Err(at(own.column)(format!("{}; and {zone}", own.why))),
        };
        let when = when?;
        let command_at = end - command.trim_end().chars().count();
        let only_one = if let [line] = comment { title::from_comment(line) } else { None };
        let name = only_one.unwrap_or_else(|| title::from_command(&input::split(command).0));
        let command = self.command(command, &mut notes).map_err(at(command_at))?;

        let mut definition = Definition::new(name, Work::Command(command));
        self.surround(&mut definition, &mut notes);
        if let Some(user) = user.filter(|user| *user != self.here.user) {
            definition.paused = true;
            notes.push(runs_as(user, "cron", &self.here.user));
        }
        notes.extend(day_rule(original));
        self.say_what_is_for_cron(&when, &mut notes);
        if let When::Cron(expr) = &when {
            let rules = zone.as_deref().map_or_else(|| Ok(self.here.zone.clone()), zone::zone);
            let rules = rules.map_err(|e| at(column)(e.to_string()))?;
            notes.extend(clock::differences(expr, &[], &rules, self.here.now, Clock::of_crontab(original)));
        }
        let zone = zone.unwrap_or_else(|| self.here.zone_name.clone());
        let rule = Rule { options: self.options(&when, &mut notes), when };
        let mut timed = Timed { original: original.to_owned(), rule, zone };
        notes.extend(timed.fit_jitter(self.here.now));
        Ok(Job { place: place.to_owned(), definition, schedules: vec![timed], notes, off: self.off.to_owned() })
    }

    /// The command line, with the text for its standard input, if there is one, as a here-document.
    fn command(&self, text: &str, notes: &mut Vec<String>) -> Result<String, String> {
        let (command, input) = input::split(text);
        let command = command.trim_end();
        if command.is_empty() {
            return Err(no_command());
        }
        let Some(input) = input else { return Ok(command.to_owned()) };
        let shell = self.variables.get("SHELL").map_or("/bin/sh", String::as_str);
        if !LIKE_SH.contains(&shell.rsplit('/').next().unwrap_or_default()) {
            return Err(format!(
                "it has text for its standard input (after %), which cannot be given with the shell {shell}"
            ));
        }
        if command.ends_with('\\') {
            return Err(
                "it has text for its standard input (after %), and its command ends with a backslash".to_owned()
            );
        }
        notes.push("the text after the % becomes a here-document: the command reads the same".to_owned());
        Ok(input::here_document(command, &input))
    }

    /// Variables, shell and folder, as cron has them.
    fn surround(&self, definition: &mut Definition, notes: &mut Vec<String>) {
        let execution = &mut definition.execution;
        execution.env = self.variables.clone();
        if let Some(name) = execution.env.remove("LOGNAME").filter(|name| *name != self.here.user) {
            notes.push(format!("LOGNAME={name} is left out: cron does not let it be changed either"));
        }
        let shell = execution.env.entry("SHELL".to_owned()).or_insert_with(|| "/bin/sh".to_owned());
        execution.shell = PathBuf::from(shell.clone());
        execution.env.entry("PATH".to_owned()).or_insert_with(|| PATH.to_owned());
        // Without it, a task runs in the home folder too.
        execution.cwd = execution.env.get("HOME").map(PathBuf::from);
    }

    /// What is said about late starts: cronie's random delay is the jitter of a schedule (T9).
    fn options(&self, when: &When, notes: &mut Vec<String>) -> Options {
        let Some(text) = self.variables.get("RANDOM_DELAY") else { return Options::default() };
        let minutes: u64 = text.parse().unwrap_or_default();
        if minutes == 0 {
            return Options::default();
        }
        if *when == When::Startup {
            notes.push(format!("RANDOM_DELAY={text}: Tempo does not delay what runs after a boot"));
            return Options::default();
        }
        notes.push(format!(
            "RANDOM_DELAY={text}: cronie draws the delay when it starts; for Tempo it is always the same"
        ));
        Options { jitter: Some(Duration::from_secs(60 * minutes.min(24 * 60))), ..Options::default() }
    }

    fn say_what_is_for_cron(&self, when: &When, notes: &mut Vec<String>) {
        if *when == When::Startup {
            notes.push("@reboot: Tempo runs it when its scheduler first starts after a boot, not before".to_owned());
        }
        if let Some(address) = self.variables.get("MAILTO").filter(|address| !address.is_empty()) {
            notes.push(format!("MAILTO={address}: Tempo sends no mail; the output is kept"));
        }
        if let Some(zone) = self.variables.get("TZ") {
            notes.push(format!(
                "TZ={zone} is for the command, as in cron; the schedule is meant in {}",
                self.here.zone_name
            ));
        }
        if let Ok(Some(zone)) = &self.zone {
            notes.push(format!(
                "CRON_TZ: it is meant in {zone}, as for cronie; Debian's cron would take the machine's zone"
            ));
        }
    }
}

/// How the two day fields go together, where it is not plain.
fn day_rule(fields: &str) -> Option<String> {
    let words: Vec<&str> = fields.split_whitespace().collect();
    let [_, _, days, _, weekdays] = words.as_slice() else { return None };
    if *days == "*" || *weekdays == "*" {
        return None;
    }
    let star = [("month", days), ("week", weekdays)].into_iter().find(|(_, field)| field.starts_with('*'));
    Some(match star {
        Some((of, field)) => format!(
            "day of {of} `{field}` begins with a star, so that day of month *and* day of week must match: so it is in Vixie \
             cron, Debian's and cronie, and so it is in Tempo; some other crons take either"
        ),
        None => "day of month *or* day of week: it runs when either matches, as in cron".to_owned(),
    })
}

fn no_command() -> String {
    "there is no command after the schedule".to_owned()
}

/// The schedule of an entry and what comes after it, if anything does.
fn split_fields(line: &str) -> Result<(&str, Option<&str>), String> {
    let number = if line.starts_with('@') { 1 } else { 5 };
    let mut end = 0;
    for field in 1..=number {
        let rest = &line[end..];
        let word = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        end += match rest[word..].find([' ', '\t']) {
            Some(length) => word + length,
            None if field == number && word < rest.len() => rest.len(),
            None => return Err(NEITHER.to_owned()),
        };
    }
    let rest = line[end..].trim_matches([' ', '\t']);
    Ok((&line[..end], Some(line[end..].trim_start_matches([' ', '\t'])).filter(|_| !rest.is_empty())))
}

/// The schedule, or where in its text it is wrong and why.
fn schedule(text: &str) -> Result<When, (usize, String)> {
    if text.eq_ignore_ascii_case("@reboot") {
        return Ok(When::Startup);
    }
    CronExpr::parse(text).map(When::Cron).map_err(|CronError { field, column, problem }| {
        let problem = if text.starts_with('@') { problem } else { format!("{field}: {problem}") };
        (column - 1, problem)
    })
}

/// A line that sets a variable, by cron's own rules: quotes around the name or the value keep what is in them, nothing is
/// expanded.
fn variable(line: &str) -> Option<(String, String)> {
    let (name, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote)?,
        _ => line.split_at(line.find([' ', '\t', '='])?),
    };
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_matches([' ', '\t']);
    if name.is_empty() {
        return None;
    }
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => match value[1..].split_once(quote)? {
            (value, "") => value,
            _ => return None,
        },
        _ => value,
    };
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests;
