//! `tempo drain`: what runs finishes, nothing new starts, and it is said when it is safe to stop (R3).

use std::io::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Context, Result};
use crate::domain::RunId;
use crate::store::{Reader, drain, runs};

/// Without a wake, it is looked again after this long, for a writer that died before its wake.
const SAFETY_LOOK: Duration = Duration::from_secs(1);

/// What to do.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What comes due meanwhile waits in the queue, as its overlap policy has it. Without on or off: how far it is."
)]
pub struct Args {
    /// Begin or end it
    #[arg(value_enum)]
    what: Option<Switch>,
    /// Come back when nothing runs any more
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

/// How far it is.
#[derive(Debug, Serialize)]
struct DrainJson {
    draining: bool,
    since: Option<String>,
    live: Vec<LiveJson>,
    safe: bool,
}

/// A run that has not ended.
#[derive(Debug, Serialize)]
struct LiveJson {
    run: RunId,
    task: String,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let now = cx.now;
    match args.what {
        Some(Switch::On) => store.write(move |db| drain::begin(db, now))?,
        Some(Switch::Off) => store.write(drain::end)?,
        None => {}
    }
    let db = store.reader()?;
    if args.wait {
        let watch = store.watch()?;
        while drain::since(&db)?.is_some() && !live(cx, &db)?.is_empty() {
            watch.wait(Some(SAFETY_LOOK)).map_err(super::CliError::from)?;
        }
    }
    let (since, live) = (drain::since(&db)?, live(cx, &db)?);
    say(cx, since, live)
}

/// The runs that live, without those that have ended unseen by an engine.
fn live(cx: &Context, db: &Reader) -> Result<Vec<LiveJson>> {
    let witness = cx.witness()?;
    let live = runs::live(db)?.into_iter().filter(|run| !witness.has_ended(run.run, run.attempt, run.state));
    live.map(|run| Ok(LiveJson { run: run.run, task: runs::get(db, run.run)?.slug })).collect()
}

fn say(cx: &mut Context, since: Option<Timestamp>, live: Vec<LiveJson>) -> Result<()> {
    let safe = since.is_some() && live.is_empty();
    if cx.json {
        let object = DrainJson { draining: since.is_some(), since: since.map(|at| cx.rfc3339(at)), live, safe };
        return cx.print_json(&object);
    }
    match since {
        None => writeln!(cx.out, "not draining: what is due starts")?,
        Some(since) if safe => {
            writeln!(cx.out, "drained since {}: nothing runs, it is safe to stop", cx.clock(since))?;
        }
        Some(since) => {
            let names: Vec<String> = live.iter().map(|run| format!("run {} of {}", run.run, run.task)).collect();
            writeln!(cx.out, "draining since {}: not ended yet: {}", cx.clock(since), names.join(", "))?;
        }
    }
    Ok(())
}
