//! `tempo output --json`: an object for each line that was printed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;

use serde::Serialize;

use super::super::follow::follow_attempt;
use super::super::json::line as json_line;
use super::super::{CliError, Context, Result, out};
use super::Args;
use crate::domain::RunId;
use crate::output::{Line, Reader, Stream};
use crate::store::Store;

/// Lines that are read at once.
const PAGE: usize = 256;
/// Bytes of one line that are printed.
const LONGEST: usize = 1 << 20;

/// A line. `lossy` is only there when the text is not all that was printed: bytes that are no UTF-8, a secret, or a line beyond 1 MiB.
#[derive(Debug, Serialize)]
struct LineJson<'a> {
    at: String,
    stream: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// A place where output is missing. Without a cap the disk had no room.
#[derive(Debug, Serialize)]
struct MissingJson {
    at: String,
    missing: GapJson,
}

/// What is missing there, in bytes and lines. One that grows is printed again, from the same byte on.
#[derive(Debug, Serialize)]
struct GapJson {
    from: u64,
    to: u64,
    lines: u64,
    cap: Option<u64>,
}

/// Prints the lines that were asked for.
pub(super) fn print(args: &Args, cx: &Context, store: &Store, id: RunId, stream: Option<Stream>) -> Result<()> {
    let folder = cx.run_folder(id);
    let mut output = Reader::open(&folder).map_err(|e| CliError::file(&folder, e))?;
    let all = lines_of(&mut output, args.attempt)?;
    let first = match args.tail {
        Some(lines) => tail(&mut output, all, stream, lines)?,
        None => all.start,
    };
    let (sink, attempt) = (BufWriter::new(out::stdout()?), args.attempt);
    let mut printer = Printer { cx, sink, stream, attempt, next: first };
    printer.print(&mut output, !args.follow)?;
    if args.follow {
        follow_attempt(cx, store, id, args.attempt, |output, offset| {
            printer.print(output, false)?;
            Ok(offset)
        })?;
        output.refresh()?;
        printer.print(&mut output, true)?;
    }
    Ok(())
}

/// The lines of an attempt, or of all.
fn lines_of(output: &mut Reader, attempt: Option<u32>) -> io::Result<Range<u64>> {
    match attempt {
        Some(attempt) => output.lines_of_attempt(attempt),
        None => Ok(0..output.lines()),
    }
}

/// The number of the first of the last `lines` lines of these.
fn tail(output: &mut Reader, all: Range<u64>, stream: Option<Stream>, lines: u64) -> io::Result<u64> {
    let Some(stream) = stream else { return Ok(output.rows().above(all.end, lines).max(all.start)) };
    let mut found = VecDeque::new();
    let mut end = all.end;
    while (found.len() as u64) < lines && end > all.start {
        let start = output.rows().above(end, PAGE as u64).max(all.start);
        let window = output.line_window(start, PAGE)?;
        let of_stream = |line: &&Line| line.number < end && line.stream == stream && line.gap.is_none();
        window.iter().rev().filter(of_stream).for_each(|line| found.push_front(line.number));
        end = start;
    }
    let skip = found.len().saturating_sub(usize::try_from(lines).unwrap_or(usize::MAX));
    Ok(found.get(skip).copied().unwrap_or(all.end))
}

/// Prints lines from the next one on.
struct Printer<'a> {
    cx: &'a Context,
    sink: BufWriter<File>,
    stream: Option<Stream>,
    attempt: Option<u32>,
    next: u64,
}

impl Printer<'_> {
    /// Prints what is there; a last line without its end only when `all` is.
    fn print(&mut self, output: &mut Reader, all: bool) -> Result<()> {
        loop {
            let lines = lines_of(output, self.attempt)?;
            self.next = self.next.max(lines.start);
            let mut window = output.line_window(self.next, PAGE)?;
            window.retain(|line| line.number < lines.end);
            let ready = window.iter().take_while(|line| line.complete || all).count();
            for line in &window[..ready] {
                if let Some(gap) = &line.gap {
                    let missing = GapJson { from: gap.from, to: gap.to, lines: gap.line_ends, cap: gap.cap };
                    let object = MissingJson { at: self.cx.rfc3339(line.at), missing };
                    self.sink.write_all(json_line(&object)?.as_bytes())?;
                } else if self.stream.is_none_or(|stream| stream == line.stream) {
                    self.print_line(output, line)?;
                }
                self.next = line.next;
            }
            if ready < PAGE {
                return Ok(self.sink.flush()?);
            }
        }
    }

    fn print_line(&mut self, output: &mut Reader, of: &Line) -> Result<()> {
        let (bytes, whole) = output.line_bytes(of, LONGEST)?;
        let text = String::from_utf8_lossy(&bytes);
        let lossy = !whole || matches!(text, std::borrow::Cow::Owned(_));
        let stream = match of.stream {
            Stream::Out => "out",
            Stream::Err => "err",
        };
        let object = LineJson { at: self.cx.rfc3339(of.at), stream, text: &text, lossy };
        self.sink.write_all(json_line(&object)?.as_bytes())?;
        Ok(())
    }
}
