//! What the dashboard and the daemon have in common: a spawner before anything else, then settings, log, store and engine.

use std::io;
use std::path::PathBuf;

use tempo::cli;
use tempo::config::{Loaded, Paths, Settings};
use tempo::engine::{Engine, Options};
use tempo::lock::Role;
use tempo::script::Scripts;
use tempo::store::Store;
use tempo::supervise::Spawner;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// This very program, also after its file was replaced by an upgrade.
pub(crate) const THIS_PROGRAM: &str = "/proc/self/exe";

/// Days of Tempo's own log that are kept.
const LOG_FILES: usize = 7;

/// Lines of it that may wait to be written; their places are made at the start.
const LOG_LINES: usize = 4096;

/// Everything that is open.
pub(crate) struct House {
    pub(crate) paths: Paths,
    pub(crate) loaded: Loaded,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    /// With which it was started.
    pub(crate) options: Options,
    /// Writes the last lines of the log when it is dropped.
    _log: Option<WorkerGuard>,
}

impl House {
    /// The spawner: before anything else, while this process has no threads, for it is a copy of it.
    pub(crate) fn spawner() -> Result<Spawner, u8> {
        Spawner::fork().map_err(|e| failed("make the spawner", &e))
    }

    /// Opens everything else. What goes wrong is said on standard error and is the exit code.
    pub(crate) fn open(paths: Paths, role: Role, spawner: Spawner) -> Result<Self, u8> {
        let loaded = Loaded::read(&paths.settings(), std::env::vars());
        let log = match log(&paths, &loaded.settings) {
            Ok(guard) => Some(guard),
            // A log that cannot be written is no reason not to do what was planned.
            Err(e) => {
                cli::complain(&format!("no log can be written below {}: {e}", paths.logs().display()));
                None
            }
        };
        for problem in &loaded.problems {
            tracing::warn!(%problem, "in the settings");
        }
        let store = Store::open(&paths.database()).map_err(cli::refuse)?;
        let options = Options {
            runs: paths.runs(),
            envs: paths.environments(),
            lock: paths.engine_lock(),
            limits: loaded.settings.limits.clone(),
            output_cap: loaded.settings.output_cap.bytes(),
            keep: loaded.settings.keep,
            scripts: Scripts::of(&paths, &loaded.settings),
            role,
            exe: PathBuf::from(THIS_PROGRAM),
        };
        let engine =
            Engine::start(store.clone(), spawner, options.clone()).map_err(|e| failed("start the engine", &e))?;
        Ok(Self { paths, loaded, store, engine, options, _log: log })
    }
}

fn failed(what: &str, e: &io::Error) -> u8 {
    cli::complain(&format!("cannot {what}: {e}"));
    1
}

fn log(paths: &Paths, settings: &Settings) -> anyhow::Result<WorkerGuard> {
    std::fs::create_dir_all(paths.logs())?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("tempo")
        .filename_suffix("log")
        .max_log_files(LOG_FILES)
        .build(paths.logs())?;
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LOG_LINES).finish(files);
    let filter = EnvFilter::try_new(&settings.log)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .try_init()
        .map_err(|e| anyhow::anyhow!(e))?;
    // The hook that gives a terminal back is set later and calls this one.
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "a panic");
        before(panic);
    }));
    Ok(guard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_14_the_text_of_a_panic_is_in_the_log_file() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path());
        let guard = log(&paths, &Settings::default()).unwrap();
        std::thread::spawn(|| panic!("what went wrong")).join().unwrap_err();
        // What is on its way is written.
        drop(guard);
        let files = std::fs::read_dir(paths.logs()).unwrap();
        let logged: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        assert!(logged.contains("ERROR") && logged.contains("what went wrong"), "{logged}");
    }
}
