//! `tempo` alone: the dashboard with the engine beside it, and what becomes of the engine when the dashboard ends.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempo::cli;
use tempo::config::{OnHangup, Paths};
use tempo::domain::RunId;
use tempo::lock::Role;
use tempo::store::{self, Store, StoreError, overview, runs};
use tempo::supervise::ignore_hangups;
use tempo::tui::theme::can_start;
use tempo::tui::{self, Dashboard, Exit, QuitChoice};

use crate::deputy::{Seat, daemon, until_held};
use crate::house::House;

/// The exit code when there is no terminal to draw on (UX 53).
const NO_TERMINAL: u8 = 7;

/// The number of the signal, for the exit code.
const SIGHUP: u8 = signal_hook::consts::SIGHUP as u8;

/// While it waits for runs to stop, it looks this often without being woken.
const SAFETY_LOOK: Duration = Duration::from_secs(1);

/// Runs the dashboard until the person quits or the terminal goes away.
pub(crate) fn run(paths: Paths, home: Option<&Path>) -> ExitCode {
    let term = std::env::var("TERM").ok();
    if let Err(e) = can_start(io::stdin().is_terminal(), io::stdout().is_terminal(), term.as_deref()) {
        cli::complain(&e);
        return ExitCode::from(NO_TERMINAL);
    }
    let spawner = House::spawner().inspect(|_| {
        // The zones of the machine are looked through once in a process: meanwhile the store is opened. Without the thread, later.
        let _ = std::thread::Builder::new().name("zones".to_owned()).spawn(TimeZone::system);
    });
    let house = match spawner.and_then(|spawner| House::open(paths, Role::Dashboard, spawner)) {
        Ok(house) => house,
        Err(code) => return ExitCode::from(code),
    };
    let House { paths, loaded, store, engine, options, .. } = house;
    let on_hangup = loaded.settings.on_hangup;
    let lock = paths.engine_lock();
    let dashboard = Dashboard { store: store.clone(), paths, settings: loaded.settings, problems: loaded.problems };
    let mut seat = Seat::new(store.clone(), engine, options, home);
    let exit = tui::run(dashboard, &mut seat);
    let ours = seat.is_working();
    if matches!(exit, Ok(Exit::Quit(QuitChoice::Stop)))
        && let Err(e) = stop_all(&store)
    {
        cli::complain(&format!("what runs was not stopped: {e}"));
    }
    // A deputy goes on in the place of a dashboard whose terminal is gone, and only then.
    seat.leave(matches!(exit, Ok(Exit::Hangup)) && on_hangup == OnHangup::Background && has_work(&store));
    let handed_on = match &exit {
        // The shell gets its prompt back.
        Ok(Exit::Quit(QuitChoice::Background)) if ours => leave_to_daemon(home, &lock),
        // Nobody is left at the terminal: the same process goes on without a screen.
        Ok(Exit::Hangup) if ours && on_hangup == OnHangup::Background && has_work(&store) => {
            ignore_hangups();
            Err(daemon(home).exec())
        }
        _ => Ok(()),
    };
    if let Err(e) = handed_on {
        tracing::error!(error = %e, "cannot go on in the background");
        cli::complain(&format!("cannot go on in the background: {e}"));
        return ExitCode::FAILURE;
    }
    match exit {
        Ok(Exit::Quit(_)) => ExitCode::SUCCESS,
        Ok(Exit::Hangup) => ExitCode::from(128 + SIGHUP),
        // As a shell has it for a program that a signal ended.
        Ok(Exit::Terminated(signal)) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
        Err(e) => {
            cli::complain(&format!("the dashboard ended: {e}"));
            ExitCode::FAILURE
        }
    }
}

/// Starts a daemon and waits until it has the lock: by then it has left this terminal's session, whose end would take it along.
fn leave_to_daemon(home: Option<&Path>, lock: &Path) -> io::Result<()> {
    let pid = daemon(home).spawn()?.id();
    until_held(lock, |holder| holder.pid == pid)?;
    cli::complain(&format!("the scheduler goes on in the background as process {pid}; `kill {pid}` ends it"));
    Ok(())
}

fn has_work(store: &Store) -> bool {
    let overview = store.reader().and_then(|reader| overview::read(&reader, Timestamp::now()));
    overview.is_ok_and(|o| o.running > 0 || o.queued > 0 || o.next.is_some())
}

/// Asks all runs that have not ended to stop, and waits until they have: the engine passes the requests on.
fn stop_all(store: &Store) -> store::Result<()> {
    store.write(|db| {
        let mut all: Vec<RunId> = runs::live(db)?.into_iter().map(|live| live.run).collect();
        runs::waiting(db, |waiting| {
            all.push(waiting.run);
            ControlFlow::Continue(())
        })?;
        for run in all {
            runs::request_stop(db, run, false, Timestamp::now())?;
        }
        Ok(())
    })?;
    let reader = store.reader()?;
    let changes = store.watch().map_err(|source| StoreError::Io { path: store.path().to_owned(), source })?;
    while !runs::live(&reader)?.is_empty() {
        let _ = changes.wait(Some(SAFETY_LOOK));
    }
    Ok(())
}
