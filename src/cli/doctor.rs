//! `tempo doctor`: whether everything that Tempo needs is there, one line a check, and what it can put right.

mod left;
mod machine;
mod secrets;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::table::{Cell, Table, Tone};
use super::{Context, Result};
use crate::domain::clock::is_unset;
use crate::domain::keep::Limit;
use crate::domain::quantity::{format_bytes, format_elapsed};
use crate::store::{
    From, Reader, SCHEMA_VERSION, Store, environments, health, outputs, overview, runs, schedules, upkeep,
};
use crate::supervise::Member;

/// Below this much room on a disk runs lose output soon.
const LITTLE_ROOM: u64 = 1 << 30;
/// Below this much room nothing can be relied upon.
const NO_ROOM: u64 = 64 << 20;
/// A write-ahead log that is larger was not emptied for long.
const LARGE_LOG: u64 = 64 << 20;
/// Live runs that are named.
const NAMED: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Bad,
}

/// What doctor is to do.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do what can be done safely about what is wrong; without it, each such line says what that would be
    #[arg(long)]
    repair: bool,
}

/// Something that can be put right, without losing anything that is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Repair {
    /// Make the indexes of the database anew from its tables.
    Reindex,
    /// Copy what the write-ahead log holds into the database.
    Checkpoint,
    /// Move folders that belong to no run aside.
    SetApart { folders: Vec<PathBuf> },
    /// End processes of runs that are over.
    EndOrphans { orphans: Vec<Member> },
}

impl Repair {
    /// What it would do.
    fn words(&self) -> &'static str {
        match self {
            Self::Reindex => "makes the indexes anew from the tables, which are sound",
            Self::Checkpoint => "copies it into the database and empties it",
            Self::SetApart { .. } => "moves them aside, into `runs.unknown`",
            Self::EndOrphans { .. } => "kills them",
        }
    }

    /// Does it, and says what was done.
    fn carry_out(&self, cx: &Context) -> Result<String> {
        match self {
            Self::Reindex => cx.store()?.write(upkeep::reindex).map(|()| "made the indexes anew".to_owned()),
            Self::Checkpoint => upkeep::checkpoint(&cx.store()?.reader()?).map(|done| {
                let partly = "copied what nobody reads at this moment";
                if done { "emptied the write-ahead log" } else { partly }.to_owned()
            }),
            Self::EndOrphans { orphans } => {
                return Ok(format!("killed {}", orphans.iter().filter(|orphan| orphan.kill()).count()));
            }
            Self::SetApart { folders } => {
                return left::set_apart(folders, cx.now).map_err(|e| super::CliError::file(&cx.paths.runs(), e));
            }
        }
        .map_err(super::CliError::from)
    }
}

/// One line.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    text: String,
    /// What `--repair` does about it.
    #[serde(serialize_with = "in_words")]
    repair: Option<Repair>,
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn in_words<S: serde::Serializer>(repair: &Option<Repair>, to: S) -> std::result::Result<S::Ok, S::Error> {
    repair.as_ref().map(Repair::words).serialize(to)
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, verdict: Verdict, text: impl Into<String>) {
        self.0.push(Finding { check, verdict, text: text.into(), repair: None });
    }

    fn add_repair(&mut self, check: &'static str, verdict: Verdict, text: impl Into<String>, repair: Repair) {
        self.0.push(Finding { check, verdict, text: text.into(), repair: Some(repair) });
    }
}

/// Returns the exit code: 1 when something is wrong. What is merely to be known does not count.
pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let mut found = examine(cx);
    if args.repair {
        let repairs: Vec<(&str, Repair)> =
            found.0.iter().filter_map(|finding| Some((finding.check, finding.repair.clone()?))).collect();
        for (check, repair) in &repairs {
            let done = repair.carry_out(cx)?;
            if !cx.json {
                writeln!(cx.out, "{check}: {done}")?;
            }
        }
        let was_bad = found.0.iter().any(|finding| finding.verdict == Verdict::Bad);
        found = examine(cx);
        if repairs.is_empty() && !cx.json {
            let text = if was_bad { "nothing of this can be repaired here" } else { "there is nothing to repair" };
            writeln!(cx.out, "{text}")?;
        }
    }

    let mut table = Table::bare();
    for finding in &found.0 {
        if cx.json {
            cx.print_json(finding)?;
            continue;
        }
        let verdict = match finding.verdict {
            Verdict::Ok => Cell::new("ok", Tone::Good),
            Verdict::Warn => Cell::new("warn", Tone::Warn),
            Verdict::Bad => Cell::new("BAD", Tone::Bad),
        };
        let repair = finding.repair.as_ref().map(|repair| format!("; `tempo doctor --repair` {}", repair.words()));
        let text = format!("{}{}", finding.text, repair.unwrap_or_default());
        table.row(vec![verdict, finding.check.into(), Cell::from(&text)]);
    }
    table.print(&mut cx.out)?;
    Ok(u8::from(found.0.iter().any(|finding| finding.verdict == Verdict::Bad)))
}

/// Looks at everything, and changes nothing.
fn examine(cx: &Context) -> Findings {
    let mut found = Findings::default();
    engine(cx, &mut found);
    database(cx, &mut found);
    for (check, folder) in [("data folder", cx.paths.database()), ("state folder", cx.paths.runs())] {
        room(check, folder.parent().unwrap_or(&folder), &mut found);
    }
    settings(cx, &mut found);
    zone(cx, &mut found);
    clock(cx, &mut found);
    let engine = crate::lock::holder(&cx.paths.engine_lock()).ok().flatten();
    machine::check(engine.map(|holder| holder.pid).filter(|pid| *pid > 0), cx, &mut found);
    found
}

fn engine(cx: &Context, found: &mut Findings) {
    let path = cx.paths.engine_lock();
    match crate::lock::holder(&path) {
        Ok(Some(holder)) => {
            let ours = env!("CARGO_PKG_VERSION");
            let role = serde_json::to_string(&holder.role).unwrap_or_default();
            let who = format!(
                "{} {}, process {}, since {}",
                role.trim_matches('"'),
                holder.version,
                holder.pid,
                cx.clock(holder.since)
            );
            if !Path::new(&format!("/proc/{}", holder.pid)).exists() {
                // The kernel ends a lock with its process; so the process is one that cannot be seen from here.
                let text = format!("{who}, has the lock, but there is no such process: is it in another container?");
                found.add("engine", Verdict::Warn, text);
            } else if holder.version == ours {
                found.add("engine", Verdict::Ok, who);
            } else {
                found.add("engine", Verdict::Warn, format!("{who}; this is {ours}: restart it to have one version"));
            }
        }
        Ok(None) => {
            found.add("engine", Verdict::Warn, "none is running: nothing starts until `tempo` or `tempo daemon` does");
        }
        Err(e) => found.add("engine", Verdict::Bad, format!("cannot use {}: {e}", path.display())),
    }
}

fn database(cx: &Context, found: &mut Findings) {
    let path = cx.paths.database();
    if !path.exists() {
        found.add("database", Verdict::Ok, format!("none yet; the first task makes {}", path.display()));
        return;
    }
    let checked = Store::open(&path).and_then(|store| {
        let db = store.reader()?;
        let damage = overview::damage(&db)?;
        match damage.first() {
            None => found.add("database", Verdict::Ok, format!("{}, schema {SCHEMA_VERSION}, sound", path.display())),
            Some(first) if damage.iter().all(|line| upkeep::is_of_an_index(line)) => {
                let text = format!("indexes of {} are damaged ({first})", path.display());
                found.add_repair("database", Verdict::Bad, text, Repair::Reindex);
            }
            Some(first) => {
                let text = format!("{} is damaged ({first}): restore it from a backup", path.display());
                found.add("database", Verdict::Bad, text);
            }
        }
        log_size(&path, found);
        left::folders(&cx.paths.runs(), &db, found)?;
        left::orphans(&cx.paths.runs(), &db, found)?;
        contents(cx, &db, found)
    });
    if let Err(e) = checked {
        found.add("database", Verdict::Bad, e.to_string());
    }
}

/// The write-ahead log is emptied again and again; one that only grows has a reader that never ends, or is of a crash.
fn log_size(database: &Path, found: &mut Findings) {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let size = std::fs::metadata(&name).map_or(0, |file| file.len());
    if size > LARGE_LOG {
        let text = format!("the write-ahead log of the database has {} MiB", size >> 20);
        found.add_repair("database log", Verdict::Warn, text, Repair::Checkpoint);
    }
}

fn contents(cx: &Context, db: &Reader, found: &mut Findings) -> crate::store::Result<()> {
    let overview = overview::read(db, cx.now)?;
    let counted = |n: usize| if n > overview::CAP { format!("{}+", overview::CAP) } else { n.to_string() };
    let late = health::late(db, NAMED)?;
    if overview.late > 0 {
        let names: Vec<String> = late.iter().map(|late| format!("{} (by {})", late.slug, late.expect_by)).collect();
        let more = if overview.late > late.len() { " and more" } else { "" };
        found.add("expected", Verdict::Warn, format!("not succeeded in time: {}{more}", names.join(", ")));
    }
    let next = overview.next.map_or_else(
        || "nothing is due".to_owned(),
        |(at, slug)| match cx.has_engine() {
            Ok(false) if at <= cx.now => format!("{slug} is {}: no engine is running", cx.coming(at, false)),
            _ => format!("next {slug} at {}", cx.clock(at)),
        },
    );
    if overview.draining.is_some() {
        let text = "nothing new starts, because of `tempo drain on`; `tempo drain off` lets it";
        found.add("draining", Verdict::Warn, text);
    }
    let mut live = Vec::new();
    let witness = cx.witness().ok();
    let mut ended = 0;
    for run in runs::live(db)? {
        if witness.as_ref().is_some_and(|witness| witness.has_ended(run.run, run.attempt, run.state)) {
            ended += 1;
            continue;
        }
        if live.len() == NAMED {
            continue;
        }
        let run = runs::get(db, run.run)?;
        let age = run.duration(cx.now).map_or_else(|| "not started yet".to_owned(), format_elapsed);
        live.push(format!("run {} of {} ({age})", run.id, run.slug));
    }
    let running = overview.running.saturating_sub(ended);
    let counts = [
        (overview.tasks, "tasks"),
        (running, "running"),
        (overview.queued, "queued"),
        (overview.failed, "failed in 24 h"),
    ];
    let counts: Vec<String> = counts.iter().map(|(n, what)| format!("{} {what}", counted(*n))).collect();
    found.add("tasks", Verdict::Ok, format!("{}; {next}", counts.join(", ")));
    if running > NAMED {
        live.push(format!("{} more", counted(running - NAMED)));
    }
    if ended > 0 {
        live.push(format!("{ended} ended, which the next engine writes down"));
    }
    if !live.is_empty() {
        found.add("live runs", Verdict::Ok, live.join(", "));
    }
    let settings = cx.settings().settings;
    let keep = settings.keep;
    let limits = [keep.days.map(Limit::Days), keep.runs.map(Limit::Runs), keep.bytes.map(Limit::Bytes)];
    let limits: Vec<String> = limits.iter().flatten().map(Limit::to_string).collect();
    let limits = if limits.is_empty() { "all are kept".to_owned() } else { limits.join(", ") };
    let taken = format_bytes(outputs::total(db)?);
    found.add("outputs", Verdict::Ok, format!("{taken} on the disk; {limits}; cap of a run: {}", settings.output_cap));
    let mut broken: Vec<String> =
        schedules::with_calendars(db)?.into_iter().filter_map(|schedule| schedule.calendar?.err()).collect();
    broken.dedup();
    for trouble in broken {
        let trouble = trouble.strip_prefix("calendar: ").unwrap_or(&trouble);
        found.add("calendar", Verdict::Bad, format!("{trouble}; until it can be read, its days are not excluded"));
    }
    secrets::check(db, found)?;
    lacking(db, found)?;
    // A clock that went back makes everything late by as much.
    if let Some(newest) = runs::page(db, None, &From::Start, 1)?.first()
        && newest.queued_at > cx.now
    {
        let text = format!("run {} was asked for at {}, which is still to come", newest.id, cx.clock(newest.queued_at));
        found.add("clock", Verdict::Warn, format!("{text}: the clock was set back"));
    }
    Ok(())
}

/// The scripts that cannot start for want of their environment.
fn lacking(db: &Reader, found: &mut Findings) -> crate::store::Result<()> {
    let mut all = environments::lacking(db, NAMED + 1)?;
    let more = all.len() > NAMED;
    all.truncate(NAMED);
    for (slug, it) in all {
        let text = format!("that of {slug} {}; `tempo env {slug} build` tries again", it.text());
        found.add("environment", Verdict::Bad, text);
    }
    if more {
        found.add("environment", Verdict::Bad, "and of more scripts: `tempo env` lists them all");
    }
    Ok(())
}

fn room(check: &'static str, folder: &Path, found: &mut Findings) {
    // A folder that is not there yet will be on the disk of the one above it.
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
    match rustix::fs::statvfs(existing) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let verdict = match free {
                0..NO_ROOM => Verdict::Bad,
                NO_ROOM..LITTLE_ROOM => Verdict::Warn,
                _ => Verdict::Ok,
            };
            found.add(check, verdict, format!("{}, {} MiB free", folder.display(), free >> 20));
        }
        Err(e) => found.add(check, Verdict::Bad, format!("cannot use {}: {e}", folder.display())),
    }
}

fn settings(cx: &Context, found: &mut Findings) {
    let loaded = cx.settings();
    let path = cx.paths.settings();
    if loaded.problems.is_empty() {
        let what = if path.exists() { "" } else { " is not there; the defaults are in force" };
        found.add("settings", Verdict::Ok, format!("{}{what}", path.display()));
    }
    for problem in &loaded.problems {
        found.add("settings", Verdict::Bad, problem.to_string());
    }
}

fn zone(cx: &Context, found: &mut Findings) {
    match TimeZone::try_system() {
        Ok(zone) if zone.iana_name().is_some() => {
            let now = cx.now.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
            found.add("time zone", Verdict::Ok, format!("{}, now {now}", cx.zone_name));
        }
        Ok(_) => {
            let text =
                "the machine's zone has no name, so that schedules are meant in UTC; set TZ, as in TZ=Europe/Berlin";
            found.add("time zone", Verdict::Warn, text);
        }
        Err(e) => {
            let text = format!("{e}; schedules are meant in UTC until TZ says otherwise, as in TZ=Europe/Berlin");
            found.add("time zone", Verdict::Warn, text);
        }
    }
}

/// The program cannot be newer than now (T11).
fn clock(cx: &Context, found: &mut Findings) {
    if is_unset(cx.now) {
        let text = format!("it says {}: schedules by the calendar wait until it is set", cx.clock(cx.now));
        return found.add("clock", Verdict::Bad, text);
    }
    let built = std::env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified());
    let Some(built) = built.ok().and_then(|at| Timestamp::try_from(at).ok()) else { return };
    // File systems of other machines run a little ahead.
    let tolerant = cx.now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(cx.now);
    if built > tolerant {
        let text = format!("it says {}, but this program was installed at {}", cx.clock(cx.now), cx.clock(built));
        found.add("clock", Verdict::Bad, format!("{text}: set it"));
    } else {
        found.add("clock", Verdict::Ok, "plausible");
    }
}
