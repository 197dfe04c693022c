//! `tempo output`: what a run printed, safe to look at, or byte-exact with `--raw` (O4).

mod json;

use std::io::{self, Write};
use std::ops::Range;

use super::follow::follow_attempt;
use super::{CliError, Context, Result, RunOrTask};
use crate::domain::RunId;
use crate::domain::missing::not_kept;
use crate::domain::task::Task;
use crate::output::{Display, Form, Gap, Missing, Part, Reader, SkipLines, Stream};
use crate::store::{Db, StoreError, runs};

/// Which output, and how.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With --json an object a line: at, stream, text; lossy when the text is not all that was printed. Where output was not \
                  kept: at, missing (from, to, lines, cap)."
)]
pub struct Args {
    /// A run, or a task: its newest run that has started
    #[arg(value_name = "RUN|TASK")]
    which: String,
    /// Go on until the run has finished
    #[arg(short, long)]
    follow: bool,
    /// Every byte as it was printed, secrets included; only to a file or a pipe
    #[arg(long)]
    raw: bool,
    /// Only what was printed there
    #[arg(long, value_enum)]
    stream: Option<StreamArg>,
    /// Only what this attempt printed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Only the last N lines
    #[arg(long, value_name = "N")]
    tail: Option<u64>,
}

/// The word for a stream.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum StreamArg {
    /// Standard output
    Out,
    /// Standard error
    Err,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    if args.raw && cx.json {
        return Err(CliError::Refused("--raw: JSON cannot hold every byte; leave one of the two out".to_owned()));
    }
    if args.raw && cx.out.terminal {
        return Err(CliError::Refused(
            "--raw: what a program printed could act on the terminal; send it to a file or a pipe, or leave --raw out"
                .to_owned(),
        ));
    }
    let store = cx.store()?;
    let db = store.reader()?;
    let id = match super::run_or_task(&db, &args.which)? {
        RunOrTask::Run(run) => run.id,
        RunOrTask::Task(task) => {
            let started = runs::latest_started(&db, task.id)?
                .ok_or_else(|| StoreError::NotFound(format!("run of {} that has started", task.slug)))?;
            say_newer(&db, &task, started)?;
            started
        }
    };
    if let Some(attempt) = args.attempt {
        let run = runs::get(&db, id)?;
        // One to come can be followed.
        let most = if args.follow { run.attempts } else { run.attempt };
        if attempt > most {
            let last = if most == 1 { "it has had 1".to_owned() } else { format!("it has had {most}") };
            return Err(StoreError::NotFound(format!("attempt {attempt} of run {id}: {last}")).into());
        }
    }
    if let Some(removed) = runs::get(&db, id)?.removed {
        let text = format!("run {id}: its output was removed on {} ({})", cx.clock(removed.at), removed.by);
        return Err(CliError::Removed(text));
    }
    let stream = args.stream.map(|stream| match stream {
        StreamArg::Out => Stream::Out,
        StreamArg::Err => Stream::Err,
    });
    if cx.json {
        return json::print(args, cx, &store, id, stream);
    }
    let stdout = io::BufWriter::with_capacity(64 * 1024, super::out::stdout()?);
    if args.raw {
        copy(args, cx, &store, id, stream, Exact(stdout))?.0.flush()?;
    } else {
        let form = if cx.out.colour { Form::Colours } else { Form::Plain };
        let display = Display::new(stdout, form, &cx.run_folder(id));
        copy(args, cx, &store, id, stream, display)?.finish()?;
    }
    Ok(())
}

/// Says that the newest run of a task is not the one of which the output is shown, when that one never started.
fn say_newer(db: &Db, task: &Task, shown: RunId) -> Result<()> {
    let Some(newest) = task.last_run.filter(|newest| *newest != shown) else { return Ok(()) };
    let run = runs::get(db, newest)?;
    let how = match (&run.reason, run.outcome) {
        (Some(reason), _) => format!("has not started: {reason}"),
        (None, Some(outcome)) => format!("has not started: {outcome}"),
        (None, None) => format!("has not started: it is {}", run.state.word()),
    };
    super::complain(&format_args!("this is run {shown}; run {newest} {how}"));
    Ok(())
}

/// A sink for what was printed, which hears where something is missing.
trait Sink: Write {
    /// In this place of the output bytes are missing.
    fn missing(&mut self, words: &str) -> io::Result<()>;
}

/// Every byte that was kept; what is missing is said on standard error.
struct Exact<W>(W);

impl<W: Write> Write for Exact<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write> Sink for Exact<W> {
    fn missing(&mut self, words: &str) -> io::Result<()> {
        super::complain(&words);
        Ok(())
    }
}

impl<W: Write> Sink for Display<W> {
    fn missing(&mut self, words: &str) -> io::Result<()> {
        self.note(&format!("── {words} ──"))
    }
}

/// What is said of a gap; of one that has grown since it was seen, of what is new of it.
pub(super) fn missing(missing: &Missing, from: u64) -> String {
    let Gap { to, line_ends, cap, .. } = missing.gap;
    if from == missing.gap.from {
        return format!("{} from byte {from} on", not_kept(to - from, line_ends, cap));
    }
    format!("{} more bytes were not kept, from byte {from} on", to - from)
}

/// Copies to `sink` what was asked for, and gives the sink back.
fn copy<W: Sink>(
    args: &Args,
    cx: &Context,
    store: &crate::store::Store,
    id: crate::domain::RunId,
    stream: Option<Stream>,
    sink: W,
) -> Result<W> {
    let folder = cx.run_folder(id);
    let mut output = Reader::open(&folder).map_err(|e| CliError::file(&folder, e))?;
    let range = bytes_of(&mut output, args.attempt)?;
    let (start, skip) = match args.tail {
        Some(lines) => tail(&mut output, &range, args.attempt, stream, lines)?,
        None => (range.start, 0),
    };
    let mut sink = SkipLines::new(sink, skip);
    let mut copy = |output: &mut Reader, range: Range<u64>| -> io::Result<u64> {
        let reached = output.copy(range, stream, &mut |part| match (part, sink.behind()) {
            (Part::Bytes(_, bytes), _) => sink.write_all(bytes),
            (Part::Missing(gap, from), Some(sink)) => sink.missing(&missing(gap, from)),
            (Part::Missing(..), None) => Ok(()),
        })?;
        sink.flush()?;
        Ok(reached)
    };
    let reached = copy(&mut output, start..range.end)?;
    if args.follow {
        follow_attempt(cx, store, id, args.attempt, |output, offset| {
            let range = bytes_of(output, args.attempt)?;
            Ok(copy(output, offset.max(reached).max(range.start)..range.end)?)
        })?;
    }
    Ok(sink.into_inner())
}

/// Where in the output an attempt printed, or all of them.
fn bytes_of(output: &mut Reader, attempt: Option<u32>) -> io::Result<Range<u64>> {
    match attempt {
        Some(attempt) => output.attempt(attempt),
        None => Ok(0..output.bytes()),
    }
}

/// Where to begin for the last `lines` lines, and how many lines to leave out from there.
fn tail(
    output: &mut Reader,
    range: &Range<u64>,
    attempt: Option<u32>,
    stream: Option<Stream>,
    lines: u64,
) -> Result<(u64, u64)> {
    let all = match attempt {
        Some(attempt) => output.lines_of_attempt(attempt)?,
        None => 0..output.lines(),
    };
    let mut of_both = lines;
    loop {
        let first = output.rows().above(all.end, of_both).max(all.start);
        let start = output.line_offset(first)?.clamp(range.start, range.end);
        if stream.is_none() {
            return Ok((start, 0));
        }
        // The lines of one stream are not indexed: look back twice as far until there are enough.
        let mut count = CountLines::default();
        output.copy_range(start..range.end, stream, &mut count)?;
        if count.lines() >= lines || start == range.start {
            return Ok((start, count.lines().saturating_sub(lines)));
        }
        of_both = of_both.saturating_mul(2);
    }
}

/// A sink that only counts lines, a last one without end included.
#[derive(Default)]
struct CountLines {
    ends: u64,
    open: bool,
}

impl CountLines {
    const fn lines(&self) -> u64 {
        self.ends + self.open as u64
    }
}

impl Write for CountLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ends += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.open = bytes.last().map_or(self.open, |byte| *byte != b'\n');
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
