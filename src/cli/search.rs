//! `tempo search`: the lines of all outputs that match, as they are found, the newest run first.

use std::io::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::json::line as json_line;
use super::{CliError, Context, Result};
use crate::domain::{RunId, TaskId};
use crate::output::scan::{Found, Hit, Matcher, Next, Reading, Source, Wanted, sweep};
use crate::output::{Reader, to_plain};
use crate::store::outputs::{self, Printed};
use crate::store::{Db, runs, tasks};

/// Runs that are asked for at once.
const PAGE: usize = 256;

/// What to search for, and where.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "PATTERN is a regular expression; upper and lower case differ only when it has upper case. It is looked for in what a \
                  line shows: without escape sequences, with secrets masked, and of a progress bar in its last state.\n\
                  Exit code: 0 when a line was found, 1 when none was.\n\
                  With --json an object a line: run, task, line, text, and context for a line around one; with -c run, task, matches; with -l run, task."
)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Args {
    /// What to search for
    pattern: String,
    /// Only runs of this task
    #[arg(short, long, value_name = "TASK")]
    task: Option<String>,
    /// Only this run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["task", "since"])]
    run: Option<i64>,
    /// Only runs that were queued since then
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Upper and lower case are the same
    #[arg(short, long)]
    ignore_case: bool,
    /// PATTERN is the text itself
    #[arg(short = 'F', long)]
    fixed_strings: bool,
    /// The lines that do not match
    #[arg(short = 'v', long)]
    invert_match: bool,
    /// Only how many lines of each run match
    #[arg(short, long)]
    count: bool,
    /// Only the runs with a line that matches
    #[arg(short = 'l', long, conflicts_with = "count")]
    runs_with_matches: bool,
    /// So many lines around each one, too
    #[arg(short = 'C', long, value_name = "N", default_value_t = 0, conflicts_with_all = ["count", "runs_with_matches"])]
    context: u64,
    /// Stop after this many lines, or with -c and -l after this many runs
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// A line.
#[derive(Serialize)]
struct LineJson<'a> {
    run: RunId,
    task: &'a str,
    line: u64,
    text: &'a str,
    /// It stands around a line that matches.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    context: bool,
}

/// A run.
#[derive(Serialize)]
struct RunJson<'a> {
    run: RunId,
    task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<u64>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let reading = Reading { literal: args.fixed_strings, ignore_case: args.ignore_case };
    let matcher = Matcher::read(&args.pattern, reading).map_err(|problem| {
        CliError::Refused(format!("pattern `{}`: {problem}; with -F it is the text itself", args.pattern))
    })?;
    let since = args.since.as_deref().map(|text| super::why::instant(cx, "since", text)).transpose()?;
    let store = cx.store()?;
    let db = store.reader()?;
    let task = args.task.as_deref().map(|task| tasks::find(&db, task)).transpose()?.map(|task| task.id);
    let matcher = Arc::new(matcher);
    let wanted =
        Arc::new(Wanted { matcher: Some(Arc::clone(&matcher)), invert: args.invert_match, ..Wanted::default() });
    let mut pages = Pages { db: &db, task, since, only: args.run, before: None, not_kept: 0, over: false };
    let mut printer = Printer { args, cx, matcher: &matcher, told: 0, reached: None, behind: 0, failed: None };
    while let Some(sources) = pages.next(printer.cx)? {
        let shows = !args.count;
        let on = sweep(&wanted, &sources, shows, &|| false, &mut |run, found| printer.take(run, found));
        if let Some(e) = printer.failed.take() {
            return Err(e);
        }
        if !on {
            break;
        }
    }
    let found = printer.told > 0;
    if pages.not_kept > 0 {
        cx.out.flush()?;
        let outputs =
            if pages.not_kept == 1 { "1 output was".to_owned() } else { format!("{} outputs were", pages.not_kept) };
        super::complain(&format!("{outputs} not searched: removed by what is kept (tempo config)"));
    }
    Ok(u8::from(!found))
}

/// The runs to search, page by page.
struct Pages<'a> {
    db: &'a Db,
    task: Option<TaskId>,
    since: Option<Timestamp>,
    only: Option<i64>,
    before: Option<RunId>,
    /// Outputs that were removed (O3).
    not_kept: usize,
    over: bool,
}

impl Pages<'_> {
    fn next(&mut self, cx: &Context) -> Result<Option<Vec<Source<Printed>>>> {
        if self.over {
            return Ok(None);
        }
        let mut page = match self.only {
            Some(run) => {
                // One that is not there is said to be.
                let run = runs::get(self.db, RunId(run))?;
                let before = Some(RunId(run.id.0 + 1));
                let found = outputs::printed(self.db, Some(run.task), before, 1)?;
                found.into_iter().filter(|printed| printed.run == run.id).collect()
            }
            None => outputs::printed(self.db, self.task, self.before, PAGE)?,
        };
        self.over = self.only.is_some() || page.len() < PAGE;
        self.before = page.last().map(|printed| printed.run);
        if let Some(since) = self.since
            && let Some(first) = page.iter().position(|printed| printed.queued_at < since)
        {
            page.truncate(first);
            self.over = true;
        }
        self.not_kept += page.iter().filter(|printed| printed.removed).count();
        let kept = page.into_iter().filter(|printed| !printed.removed);
        let source =
            |printed: Printed| Source { folder: cx.run_folder(printed.run), whole: !printed.live, key: printed };
        Ok(Some(kept.map(source).collect()))
    }
}

/// Prints what is found, as it comes.
struct Printer<'a> {
    args: &'a Args,
    cx: &'a mut Context,
    matcher: &'a Matcher,
    /// Lines, or runs, that were printed.
    told: u64,
    /// The line behind the last one that was printed of the run, and of lines around a match the last one to come.
    reached: Option<u64>,
    behind: u64,
    failed: Option<CliError>,
}

impl Printer<'_> {
    fn take(&mut self, run: &Printed, found: Found<'_>) -> Next {
        self.try_take(run, found).unwrap_or_else(|e| {
            self.failed = Some(e);
            Next::Stop
        })
    }

    fn try_take(&mut self, run: &Printed, found: Found<'_>) -> Result<Next> {
        let next = match found {
            Found::Lines(..) if self.args.runs_with_matches => {
                self.of_run(run, None)?;
                Next::Output
            }
            Found::Lines(reader, hits) => {
                for hit in hits {
                    self.around(run, reader, Some(&hit))?;
                    self.line(run, hit.line, &hit.text, true)?;
                    self.told += 1;
                    if self.is_enough() {
                        self.around(run, reader, None)?;
                        break;
                    }
                }
                Next::On
            }
            Found::End(_, matches) if self.args.count && matches > 0 => {
                self.of_run(run, Some(matches))?;
                Next::On
            }
            Found::End(reader, _) => {
                self.around(run, reader, None)?;
                self.reached = None;
                Next::On
            }
            Found::Failed(e) => {
                self.cx.out.flush()?;
                super::complain(&format!("run {}: {e}", run.run));
                Next::On
            }
        };
        self.cx.out.flush()?;
        Ok(if self.is_enough() { Next::Stop } else { next })
    }

    fn is_enough(&self) -> bool {
        self.args.limit.is_some_and(|limit| self.told >= limit)
    }

    /// The lines behind the match before, and those before this one.
    fn around(&mut self, run: &Printed, reader: &mut Reader, hit: Option<&Hit>) -> Result<()> {
        let many = self.args.context;
        if many == 0 {
            return Ok(());
        }
        if let Some(reached) = self.reached {
            let end = hit.map_or(self.behind, |hit| self.behind.min(hit.line));
            self.between(run, reader, reached, end)?;
        }
        if let Some(hit) = hit {
            let first = hit.line.saturating_sub(many).max(self.reached.unwrap_or(0));
            if self.told > 0 && self.reached != Some(first) && !self.cx.json {
                writeln!(self.cx.out, "--")?;
            }
            self.between(run, reader, first, hit.line)?;
            (self.reached, self.behind) = (Some(hit.line + 1), hit.line + 1 + many);
        }
        Ok(())
    }

    fn between(&mut self, run: &Printed, reader: &mut Reader, first: u64, end: u64) -> Result<()> {
        if first >= end {
            return Ok(());
        }
        for line in reader.line_window(first, (end - first) as usize)? {
            if line.number < end && line.gap.is_none() {
                self.line(run, line.number, &to_plain(&line.bytes), false)?;
            }
        }
        self.reached = Some(end);
        Ok(())
    }

    /// A line, of which the number is from 0 here and from 1 for people.
    fn line(&mut self, run: &Printed, number: u64, text: &str, matches: bool) -> Result<()> {
        let line = number + 1;
        if self.cx.json {
            let object = LineJson { run: run.run, task: &run.slug, line, text, context: !matches };
            self.cx.out.write_all(json_line(&object)?.as_bytes())?;
            return Ok(());
        }
        let Printed { run, slug, .. } = run;
        let mark = if matches { ':' } else { '-' };
        if !self.cx.out.colour {
            writeln!(self.cx.out, "{slug} #{run} {line}{mark} {text}")?;
            return Ok(());
        }
        write!(self.cx.out, "\x1b[35m{slug} #{run}\x1b[m \x1b[32m{line}\x1b[m{mark} ")?;
        let mut at = 0;
        let ranges = if matches && !self.args.invert_match { self.matcher.ranges(text) } else { Vec::new() };
        for range in ranges {
            write!(self.cx.out, "{}\x1b[1;31m{}\x1b[m", &text[at..range.start], &text[range.clone()])?;
            at = range.end;
        }
        writeln!(self.cx.out, "{}", &text[at..])?;
        Ok(())
    }

    fn of_run(&mut self, run: &Printed, matches: Option<u64>) -> Result<()> {
        self.told += 1;
        let Printed { run, slug, .. } = run;
        if self.cx.json {
            let object = RunJson { run: *run, task: slug, matches };
            self.cx.out.write_all(json_line(&object)?.as_bytes())?;
            return Ok(());
        }
        let (on, off) = if self.cx.out.colour { ("\x1b[35m", "\x1b[m") } else { ("", "") };
        match matches {
            Some(matches) => writeln!(self.cx.out, "{on}{slug} #{run}{off}: {matches}")?,
            None => writeln!(self.cx.out, "{on}{slug} #{run}{off}")?,
        }
        Ok(())
    }
}
