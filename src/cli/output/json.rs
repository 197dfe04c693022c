//! `tempo output --json`: an object for each line that was printed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use serde::Serialize;

use super::super::follow::follow;
use super::super::json::line;
use super::super::{CliError, Context, Result, out};
use super::Args;
use crate::domain::RunId;
use crate::output::{Line, Reader, Stream};
use crate::store::Store;

/// Lines that are read at once.
const PAGE: usize = 256;
/// Bytes of one line that are printed.
const LONGEST: usize = 1 << 20;

/// A line. `lossy` is only there when the text is not all that was printed: bytes that are no UTF-8, or a line beyond 1 MiB.
#[derive(Debug, Serialize)]
struct LineJson<'a> {
    at: String,
    stream: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// Prints the lines that were asked for.
pub(super) fn print(args: &Args, cx: &Context, store: &Store, id: RunId, stream: Option<Stream>) -> Result<()> {
    let folder = cx.run_folder(id);
    let mut output = Reader::open(&folder).map_err(|e| CliError::file(&folder, e))?;
    let first = match args.tail {
        Some(lines) => tail(&mut output, stream, lines)?,
        None => 0,
    };
    let mut printer = Printer { cx, sink: BufWriter::new(out::stdout()?), stream, next: first };
    printer.print(&mut output, !args.follow)?;
    if args.follow {
        follow(cx, store, id, |output, offset| {
            printer.print(output, false)?;
            Ok(offset)
        })?;
        output.refresh()?;
        printer.print(&mut output, true)?;
    }
    Ok(())
}

/// The number of the first of the last `lines` lines.
fn tail(output: &mut Reader, stream: Option<Stream>, lines: u64) -> io::Result<u64> {
    let all = output.lines();
    let Some(stream) = stream else { return Ok(all.saturating_sub(lines)) };
    let mut found = VecDeque::new();
    let mut end = all;
    while (found.len() as u64) < lines && end > 0 {
        let start = end.saturating_sub(PAGE as u64);
        let window = output.line_window(start, (end - start) as usize)?;
        window.iter().rev().filter(|line| line.stream == stream).for_each(|line| found.push_front(line.number));
        end = start;
    }
    let skip = found.len().saturating_sub(usize::try_from(lines).unwrap_or(usize::MAX));
    Ok(found.get(skip).copied().unwrap_or(all))
}

/// Prints lines from the next one on.
struct Printer<'a> {
    cx: &'a Context,
    sink: BufWriter<File>,
    stream: Option<Stream>,
    next: u64,
}

impl Printer<'_> {
    /// Prints what is there; a last line without its end only when `all` is.
    fn print(&mut self, output: &mut Reader, all: bool) -> Result<()> {
        loop {
            let window = output.line_window(self.next, PAGE)?;
            let ready = window.iter().take_while(|line| line.complete || all).count();
            for line in &window[..ready] {
                if self.stream.is_none_or(|stream| stream == line.stream) {
                    self.print_line(output, line)?;
                }
            }
            self.next += ready as u64;
            if ready < PAGE {
                return Ok(self.sink.flush()?);
            }
        }
    }

    fn print_line(&mut self, output: &Reader, of: &Line) -> Result<()> {
        let bytes = output.line_bytes(of, LONGEST)?;
        let text = String::from_utf8_lossy(&bytes);
        let lossy = bytes.len() as u64 != of.length || matches!(text, std::borrow::Cow::Owned(_));
        let stream = match of.stream {
            Stream::Out => "out",
            Stream::Err => "err",
        };
        let object = LineJson { at: self.cx.rfc3339(of.at), stream, text: &text, lossy };
        self.sink.write_all(line(&object)?.as_bytes())?;
        Ok(())
    }
}
