//! `tempo diff`: what is different between the outputs of two runs, line by line.

use std::io::Write as _;

use serde::Serialize;

use super::json::line as json_line;
use super::{CliError, Context, Result};
use crate::domain::RunId;
use crate::output::compare::{Comparison, Row, compare};
use crate::output::{Reader, to_plain};
use crate::store::{Db, StoreError, runs};

/// Which runs, and what counts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Numbers do not count, because times, sizes and ids differ in every run. Of large outputs the beginning is compared.\n\
                  Exit code: 0 when nothing is different, 1 when something is.\n\
                  With --json an object for each line that is different: removed or added, and its text."
)]
pub struct Args {
    /// The run
    run: i64,
    /// The older run; else the newest one of the same task before it that succeeded
    #[arg(value_name = "OLDER")]
    older: Option<i64>,
    /// Numbers count
    #[arg(short, long)]
    numbers: bool,
}

/// A line that only one of them has; its number is from 1.
#[derive(Serialize)]
struct LineJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<u64>,
    text: &'a str,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let db = store.reader()?;
    let new = RunId(args.run);
    let of = runs::get(&db, new)?;
    let old = match args.older {
        Some(older) => RunId(older),
        None => runs::good_before(&db, of.task, new)?.ok_or_else(|| {
            StoreError::NotFound(format!("run of {} before {new} that succeeded and has its output", of.slug))
        })?,
    };
    let (mut old_output, mut new_output) = (output(cx, &db, old)?, output(cx, &db, new)?);
    let comparison = compare(&mut old_output, &mut new_output, !args.numbers)?;
    let title = format!("{} #{old}", runs::get(&db, old)?.slug);
    print(&comparison, &title, &format!("{} #{new}", of.slug), cx)?;
    if comparison.cut {
        cx.out.flush()?;
        super::complain(&"only the beginning of the outputs was compared: they are too large");
    }
    Ok(u8::from(!comparison.is_same()))
}

/// Prints what is different under the names of both, or as JSON; nothing when nothing is.
pub(super) fn print(comparison: &Comparison, old: &str, new: &str, cx: &mut Context) -> Result<()> {
    if cx.json {
        for row in &comparison.rows {
            let (removed, added, text) = match row {
                Row::Removed(line, text) => (Some(line + 1), None, text),
                Row::Added(line, text) => (None, Some(line + 1), text),
                Row::Same(..) | Row::Skipped(_) => continue,
            };
            cx.out.write_all(json_line(&LineJson { removed, added, text })?.as_bytes())?;
        }
        return Ok(());
    }
    if !comparison.is_same() {
        writeln!(cx.out, "--- {}", to_plain(old.as_bytes()))?;
        writeln!(cx.out, "+++ {}", to_plain(new.as_bytes()))?;
        for row in &comparison.rows {
            let (sgr, mark, text) = match row {
                Row::Same(.., text) => ("", " ", text.clone()),
                Row::Removed(_, text) => ("\x1b[31m", "-", text.clone()),
                Row::Added(_, text) => ("\x1b[32m", "+", text.clone()),
                Row::Skipped(count) => ("\x1b[2m", "@@ ", format!("{count} lines are the same")),
            };
            if cx.out.colour && !sgr.is_empty() {
                writeln!(cx.out, "{sgr}{mark}{text}\x1b[m")?;
            } else {
                writeln!(cx.out, "{mark}{text}")?;
            }
        }
    }
    Ok(())
}

/// The output of a run, if it was not removed.
fn output(cx: &Context, db: &Db, run: RunId) -> Result<Reader> {
    if let Some(removed) = runs::get(db, run)?.removed {
        let text = format!("run {run}: its output was removed on {} ({})", cx.clock(removed.at), removed.by);
        return Err(CliError::Removed(text));
    }
    let folder = cx.run_folder(run);
    Reader::open(&folder).map_err(|e| CliError::file(&folder, e))
}
