//! The command line: one file per verb over the same store as the dashboard, for people as plain tables and as JSON for programs.

mod add;
mod archive;
mod backup;
mod categories;
mod completions;
mod config;
mod diff;
mod doctor;
mod drain;
mod edit;
mod edit_many;
mod env;
mod error;
mod export;
mod follow;
mod import;
mod json;
mod list;
mod man;
mod many;
mod next;
mod note;
mod out;
mod output;
mod pause;
mod report;
mod restore;
mod rm;
mod run;
mod runs;
mod search;
mod series;
mod service;
mod set;
mod set_many;
mod show;
mod show_run;
mod simulate;
mod stop;
mod table;
mod todo;
mod undo;
mod usage;
mod versions;
mod view;
mod why;
mod witness;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::error::{CliError, Result};
pub use self::error::{complain, refuse};
use self::out::Out;
use crate::config::{HomeError, Paths, Problem};
use crate::domain::filter::Asker;
use crate::domain::run::Run;
use crate::domain::task::{Status, Task};
use crate::domain::{RunId, due, field, zone};
use crate::store::texts::Zone;
use crate::store::{self, Db, Store, StoreError};

/// What comes after the verbs in `tempo --help`.
const EXIT_CODES: &str = "TASK is a slug, an id or an unambiguous beginning of a slug; RUN is an id.
DUR is 90s, 5m, 2h30m or 1d; SIZE is 512M or 2G; TIME is 2026-12-24 18:00, tomorrow 9:00, +2h or RFC 3339.

Exit codes: 0 done; 1 failed, or search found nothing, or diff a difference; 2 usage; 3 no such task or run; 4 refused; \
5 the store cannot be used; 6 no engine is running; 7 the dashboard has no terminal.";

/// A task and script scheduler that lives in a terminal. Without a verb: the dashboard.
#[derive(Debug, Parser)]
#[command(name = "tempo", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Keep every file under this folder (or `TEMPO_HOME`)
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print JSON: one object, or one a line for lists
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads the arguments of this process. Wrong ones end it with exit code 2, `--help` and `--version` with 0.
    pub fn from_arguments() -> Self {
        Self::parse()
    }

    /// The files of this installation: `--home`, else `TEMPO_HOME`, else the XDG folders.
    pub fn paths(&self) -> std::result::Result<Paths, HomeError> {
        let variable = || std::env::var_os("TEMPO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        match self.home.clone().or_else(variable) {
            // Absolute, because the engine and its runs have other working folders.
            Some(home) => Ok(Paths::under(&std::path::absolute(&home).unwrap_or(home))),
            None => Paths::xdg(),
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a task; prints its slug
    Add(add::Args),
    /// Change the definition of a task, or of all that a filter finds
    Set(set::Args),
    /// Open the script of a task in your editor; or with --all many tasks, a line each
    Edit(edit::Args),
    /// List the versions of a script, show, compare and restore them, and say which one broke it
    Versions(versions::Args),
    /// List the tasks
    List(list::Args),
    /// List the views, each a filter under a name, with how many tasks it finds; keep or forget one
    View(view::Args),
    /// List the categories as a tree, with how many tasks are in each and below it
    Categories,
    /// Show a task: its definition, schedules, last runs and slots
    Show(show::Args),
    /// Begin to-dos; the time until they are laid down or done is counted
    Start(todo::Args),
    /// Complete to-dos; says what that unblocks
    Done(todo::Args),
    /// Give to-dos up
    Cancel(todo::CancelArgs),
    /// Note something about a task, attach the output of a run, or list the notes
    Note(note::Args),
    /// Move tasks to the trash; what runs goes on
    Rm(rm::Args),
    /// Take back the last change of a task: an edit, a pause, a deletion
    Undo(undo::Args),
    /// Make again what was taken back last
    Redo,
    /// Let the schedules of tasks rest, or runs stand still
    Pause(pause::Args),
    /// Wake the schedules of tasks (what was missed meanwhile is not made up for), or let runs go on
    Resume(pause::Args),
    /// Start nothing new while what runs finishes, or say how far that is
    Drain(drain::Args),
    /// Run a task now; prints the run's id
    Run(run::Args),
    /// Stop a run, or all runs of a task; lay down a to-do
    Stop(stop::Args),
    /// List runs, the newest first
    Runs(runs::Args),
    /// Show a run and each of its attempts: how it ended, what it used, why there is another one
    ShowRun(show_run::Args),
    /// Print what a run printed
    Output(output::Args),
    /// Search in what runs printed, the newest first
    Search(search::Args),
    /// Say what is different in the output of a run from that of the last good one
    Diff(diff::Args),
    /// Show the CPU time and the memory of a run over time
    Usage(usage::Args),
    /// Report what was done, overdue and run over a period: figures and small charts, JSON or CSV
    Report(report::Args),
    /// List the coming slots
    Next(next::Args),
    /// Say why a task ran, did not run, or does not run now: each slot and what became of it
    Why(why::Args),
    /// Show, build, check or lock the environment of a Python script, or list all of them or every Python
    Env(env::Args),
    /// Play the schedules of a task over some days: what would run, be skipped, overlap
    Simulate(simulate::Args),
    /// Add the tasks of a file (TOML, CSV, taskwarrior, todo.txt, iCalendar), of a crontab, or of systemd's timers
    Import(import::Args),
    /// Print every task as a TOML file that `import` reads, or for taskwarrior, todo.txt, a table or a calendar
    Export(export::Args),
    /// Write everything into one file, while everything goes on
    Backup(backup::Args),
    /// Put back what `backup` wrote; what is there now is kept beside it
    Restore(restore::Args),
    /// Run the engine without a screen, until TERM; runs live on
    Daemon,
    /// The engine as a service of your systemd: started at boot or login, and after a crash
    Service(service::Args),
    /// What the engine makes its supervisors with.
    #[command(hide = true)]
    Spawner,
    /// Check the installation and say what is wrong, with exit code 1; repair what can be
    Doctor(doctor::Args),
    /// Show the settings in force and where each comes from
    Config(config::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Print the manual page, or that of a verb
    Man(man::Args),
}

/// What the verbs share: where things are, what time it is, and where to print.
struct Context {
    paths: Paths,
    json: bool,
    zone: TimeZone,
    zone_name: String,
    now: Timestamp,
    out: Out,
    /// What is wrong with the files that only the dashboard reads.
    check: fn(&Paths) -> Vec<Problem>,
}

impl Context {
    fn store(&self) -> Result<Store> {
        Ok(Store::open(&self.paths.database())?)
    }

    /// The machine's zone.
    fn local_zone(&self) -> Zone {
        Zone { name: self.zone_name.clone(), rules: self.zone.clone() }
    }

    fn run_folder(&self, id: RunId) -> PathBuf {
        self.paths.runs().join(id.to_string())
    }

    /// How texts are read; relative paths count from `folder`.
    fn fields(&self, folder: &Path) -> field::Context {
        let types = self.settings().settings.types;
        field::Context { zone: self.zone.clone(), now: self.now, folder: folder.to_owned(), types: Some(types) }
    }

    /// As [`Context::fields`], from the working folder.
    fn fields_here(&self) -> Result<field::Context> {
        let folder = std::env::current_dir().map_err(|e| CliError::file(Path::new("."), e))?;
        Ok(self.fields(&folder))
    }

    /// Whoever filters here.
    fn asker(&self) -> Asker {
        Asker::new(self.zone.clone(), self.now, self.settings().settings.me())
    }

    /// An instant for people: on the clock of the machine's zone.
    fn clock(&self, at: Timestamp) -> String {
        clock_in(at, &self.zone)
    }

    /// When something is due, for people: on a day, or at an instant of it.
    fn due(&self, at: Timestamp) -> String {
        due::text(at, &self.zone)
    }

    /// The same when there is one, else a dash.
    fn clock_or_dash(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.clock(at))
    }

    /// A slot to come, for people: without an engine one that has passed does not come.
    fn coming(&self, at: Timestamp, has_engine: bool) -> String {
        self.coming_in(at, &self.zone, has_engine)
    }

    /// The same on the clock of another zone, which has to be named beside it.
    fn coming_in(&self, at: Timestamp, zone: &TimeZone, has_engine: bool) -> String {
        let clock = clock_in(at, zone);
        if has_engine || at > self.now { clock } else { format!("overdue since {clock}") }
    }

    /// Tells a person who asks for what is to come that nothing comes, when no engine is there.
    fn hint_engine(&self, has_engine: bool) {
        if !has_engine && !self.json && std::io::stderr().is_terminal() {
            complain(&"no engine is running: start tempo or tempo daemon");
        }
    }

    /// Whether an engine is there to do what is asked.
    fn has_engine(&self) -> Result<bool> {
        let path = self.paths.engine_lock();
        Ok(crate::lock::holder(&path).map_err(|e| CliError::file(&path, e))?.is_some())
    }
}

fn clock_in(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Runs a verb and returns the exit code of the process. The dashboard, `daemon` and `spawner` are not verbs of this module:
/// `main` puts them together.
///
/// `check` says what is wrong with the files that only the dashboard reads, for `tempo config check`.
pub fn run(command: Command, paths: Paths, json: bool, check: fn(&Paths) -> Vec<Problem>) -> u8 {
    let out = match Out::stdout() {
        Ok(out) => out,
        Err(e) => return CliError::from(e).report(),
    };
    let zone = TimeZone::system();
    let zone_name = zone::local_zone_name();
    let mut cx = Context { paths, json, zone, zone_name, now: Timestamp::now(), out, check };
    let result = dispatch(command, &mut cx).and_then(|code| {
        cx.out.flush()?;
        Ok(code)
    });
    result.unwrap_or_else(|e| {
        // What was printed before the error is part of the answer; if it cannot be printed either, the first error counts.
        let _ = cx.out.flush();
        e.report()
    })
}

fn dispatch(command: Command, cx: &mut Context) -> Result<u8> {
    match command {
        Command::Add(args) => add::run(&args, cx)?,
        Command::Set(args) => return set::run(args, cx),
        Command::Edit(args) => return edit::run(&args, cx),
        Command::Versions(args) => return versions::run(&args, cx),
        Command::List(args) => return list::run(&args, cx),
        Command::View(args) => view::run(&args, cx)?,
        Command::Categories => categories::run(cx)?,
        Command::Show(args) => show::run(&args, cx)?,
        Command::Start(args) => return todo::run(args, Status::InProgress, cx),
        Command::Done(args) => return todo::run(args, Status::Completed, cx),
        Command::Cancel(args) => return todo::cancel(args, cx),
        Command::Note(args) => note::run(args, cx)?,
        Command::Rm(args) => rm::run(args, cx)?,
        Command::Undo(args) => undo::run(args, cx)?,
        Command::Redo => undo::again(cx)?,
        Command::Pause(args) => pause::run(args, true, cx)?,
        Command::Resume(args) => pause::run(args, false, cx)?,
        Command::Drain(args) => drain::run(&args, cx)?,
        Command::Run(args) => return run::run(args, cx),
        Command::Stop(args) => stop::run(&args, cx)?,
        Command::Runs(args) => runs::run(&args, cx)?,
        Command::ShowRun(args) => show_run::run(&args, cx)?,
        Command::Output(args) => output::run(&args, cx)?,
        Command::Search(args) => return search::run(&args, cx),
        Command::Diff(args) => return diff::run(&args, cx),
        Command::Usage(args) => usage::run(&args, cx)?,
        Command::Report(args) => report::run(&args, cx)?,
        Command::Next(args) => next::run(&args, cx)?,
        Command::Why(args) => why::run(&args, cx)?,
        Command::Simulate(args) => simulate::run(&args, cx)?,
        Command::Env(args) => return env::run(&args, cx),
        Command::Import(args) => import::run(&args, cx)?,
        Command::Export(args) => export::run(&args, cx)?,
        Command::Backup(args) => backup::run(&args, cx)?,
        Command::Restore(args) => restore::run(&args, cx)?,
        Command::Doctor(args) => return doctor::run(&args, cx),
        Command::Service(args) => return service::run(&args, cx),
        Command::Config(args) => config::run(&args, cx)?,
        Command::Completions(args) => completions::run(&args, cx)?,
        Command::Man(args) => man::run(&args, cx)?,
        Command::Daemon | Command::Spawner => {
            return Err(CliError::Failed("this process has no engine to start".to_owned()));
        }
    }
    Ok(0)
}

/// What RUN|TASK means: a number is a run, when there is one.
enum RunOrTask {
    Run(Box<Run>),
    Task(Box<Task>),
}

fn run_or_task(db: &Db, text: &str) -> store::Result<RunOrTask> {
    if let Ok(id) = text.parse() {
        match store::runs::get(db, RunId(id)) {
            Err(StoreError::NotFound(_)) => {}
            found => return found.map(|run| RunOrTask::Run(Box::new(run))),
        }
    }
    match store::tasks::find(db, text) {
        Err(StoreError::NotFound(_)) => Err(StoreError::NotFound(format!("run or task `{text}`"))),
        found => found.map(|task| RunOrTask::Task(Box::new(task))),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn check(command: &clap::Command) {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let name = command.get_name();
        for line in text.lines() {
            // What is set in columns stays as it is; a paragraph is one line, which the terminal breaks.
            if line.starts_with(' ') {
                assert!(line.chars().count() < 80, "{name}: {line}");
            } else {
                assert!(line.is_empty() || line.ends_with(['.', ':']), "{name}: {line}");
            }
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn what_help_says_breaks_where_the_terminal_ends_and_nowhere_else() {
        let command = Cli::command();
        command.clone().debug_assert();
        check(&command);
    }
}
