//! The engine of a dashboard, and the daemon that stands in for it while the dashboard's process stands still (Ctrl-z).

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempo::engine::{Engine, Options};
use tempo::lock::{self, Holder};
use tempo::store::Store;
use tempo::supervise::Spawner;
use tempo::tui::Host;
use tempo::watch::Watch;

use crate::house::THIS_PROGRAM;

/// A daemon that was started has the lock within this time, or something is wrong with it.
const HAND_OVER: Duration = Duration::from_secs(10);

/// The engine of this process, and who does its work when it cannot.
#[derive(Debug)]
pub(crate) struct Seat {
    store: Store,
    options: Options,
    /// The `--home` of this process.
    home: Option<PathBuf>,
    engine: Option<Engine>,
    /// The daemon that was started to stand in.
    deputy: Option<Child>,
}

impl Seat {
    /// The seat of a running engine, or of one that waits.
    pub(crate) fn new(store: Store, engine: Engine, options: Options, home: Option<&Path>) -> Self {
        Self { store, options, home: home.map(Path::to_owned), engine: Some(engine), deputy: None }
    }

    /// Whether the engine is in this process.
    pub(crate) fn is_working(&self) -> bool {
        self.engine.as_ref().is_some_and(Engine::is_working)
    }

    /// Ends the engine, and the deputy unless that one is to stay.
    pub(crate) fn leave(self, deputy_stays: bool) {
        if let Some(engine) = self.engine {
            engine.stop();
        }
        if let Some(deputy) = self.deputy.filter(|_| !deputy_stays) {
            end(deputy);
        }
    }

    fn start(&mut self) -> io::Result<()> {
        // This process has threads by now.
        let spawner = Spawner::from_exe(&self.options.exe)?;
        self.engine = Some(Engine::start(self.store.clone(), spawner, self.options.clone())?);
        Ok(())
    }
}

impl Host for Seat {
    fn hand_over(&mut self) -> io::Result<Option<u32>> {
        if !self.is_working() {
            return Ok(None);
        }
        // First the daemon, which waits for the lock, so that nobody is missing for long.
        let deputy = daemon(self.home.as_deref()).spawn()?;
        if let Some(engine) = self.engine.take() {
            engine.stop();
        }
        let me = std::process::id();
        match until_held(&self.options.lock, |holder| holder.pid != 0 && holder.pid != me) {
            Ok(holder) if holder.pid == deputy.id() => {
                self.deputy = Some(deputy);
                Ok(Some(holder.pid))
            }
            // Another dashboard has waited for it.
            Ok(holder) => {
                end(deputy);
                Ok(Some(holder.pid))
            }
            Err(e) => {
                end(deputy);
                self.start()?;
                Err(e)
            }
        }
    }

    fn take_back(&mut self) -> io::Result<()> {
        if self.engine.is_none() {
            // It waits until the deputy has ended.
            self.start()?;
        }
        if let Some(deputy) = self.deputy.take() {
            end(deputy);
        }
        Ok(())
    }
}

/// Asks a daemon to end. It is our child: until it is waited for, its number is nobody else's.
fn end(mut daemon: Child) {
    let _ = kill_process(Pid::from_child(&daemon), Signal::TERM);
    // It is gone soon, and nobody waits for that.
    let _ = thread::Builder::new().name("deputy".to_owned()).spawn(move || daemon.wait());
}

/// `tempo daemon` over the same folder, with nothing of the terminal.
pub(crate) fn daemon(home: Option<&Path>) -> Command {
    let mut command = Command::new(THIS_PROGRAM);
    command.arg0("tempo").arg("daemon").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(home) = home {
        command.arg("--home").arg(home);
    }
    command
}

/// Waits until the engine's lock is held as wanted; says by whom.
pub(crate) fn until_held(lock: &Path, wanted: impl Fn(&Holder) -> bool) -> io::Result<Holder> {
    let watch = Watch::new()?;
    watch.add(lock)?;
    let deadline = Instant::now() + HAND_OVER;
    loop {
        if let Some(holder) = lock::holder(lock)?.filter(|holder| wanted(holder)) {
            return Ok(holder);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::other("the daemon does not take over; its log says why"));
        }
        watch.wait(Some(left))?;
    }
}
