//! `tempo daemon`: the engine without a screen, until TERM. Runs live on.

use std::io;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use tempo::cli;
use tempo::config::Paths;
use tempo::engine::Failure;
use tempo::lock::{self, Role};

use crate::house::House;

/// Runs until TERM or INT.
pub(crate) fn run(paths: Paths) -> ExitCode {
    // Started by a dashboard that ends, it must not go with that one's terminal. A shell's foreground job leads its group and
    // cannot leave: it hears HUP and goes on all the same.
    let _ = rustix::process::setsid();
    if let Ok(Some(holder)) = lock::holder(&paths.engine_lock()) {
        cli::complain(&format!("the engine is process {}; this one takes over when it ends", holder.pid));
    }
    let spawner = match House::spawner() {
        Ok(spawner) => spawner,
        Err(code) => return ExitCode::from(code),
    };
    // After the spawner, which must not write into the same stream; before the engine, so that who sees it lead can end it.
    let signals = match listen() {
        Ok(signals) => signals,
        Err(e) => {
            cli::complain(&format!("cannot listen for signals: {e}"));
            return ExitCode::FAILURE;
        }
    };
    let house = match House::open(paths, Role::Daemon, spawner) {
        Ok(house) => house,
        Err(code) => return ExitCode::from(code),
    };
    for problem in &house.loaded.problems {
        cli::complain(problem);
    }
    // One byte for each TERM or INT; the first is enough. An engine that has ended by itself does not come back.
    let mut fds = [PollFd::new(&signals, PollFlags::IN), PollFd::new(&house.engine, PollFlags::IN)];
    while let Err(rustix::io::Errno::INTR) = poll(&mut fds, None) {}
    let code = match house.engine.failure() {
        None => 0,
        Some(Failure::Store(e)) => cli::refuse(e),
        Some(e @ (Failure::Io(_) | Failure::Panicked)) => {
            cli::complain(&format!("the engine has failed: {e}"));
            1
        }
    };
    house.engine.stop();
    ExitCode::from(code)
}

/// A stream with a byte for each TERM and INT. HUP is heard and does nothing.
fn listen() -> io::Result<UnixStream> {
    let (signals, sender) = UnixStream::pair()?;
    pipe::register(SIGTERM, sender.try_clone()?)?;
    pipe::register(SIGINT, sender)?;
    let (_, nowhere) = UnixStream::pair()?;
    pipe::register(SIGHUP, nowhere)?;
    Ok(signals)
}
