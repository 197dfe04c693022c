//! Takes lines out of an output: as text for the clipboard, or into a file.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::message::{Copied, Saved, Saving, Span};
use crate::output::{Line, Reader, to_plain};

/// Lines that are read at once.
const AT_ONCE: usize = 256;
/// Bytes of one line that are taken.
const LINE_MOST: usize = 16 << 20;
/// Bytes of text that are worth a clipboard.
const TEXT_MOST: usize = 8 << 20;

/// The text of these lines: as they are shown, none cut, each with its line end. `Err` says why it is too much.
pub(super) fn text(reader: &mut Reader, spans: &[Span]) -> io::Result<Result<Copied, String>> {
    let (mut text, mut lines) = (String::new(), 0);
    let mut full = false;
    visit(reader, spans, &mut |reader, line| {
        let (bytes, _) = whole(reader, line)?;
        text.push_str(&to_plain(&bytes));
        text.push('\n');
        lines += 1;
        full = text.len() > TEXT_MOST;
        Ok(!full)
    })?;
    if full {
        return Ok(Err("that is too much for a clipboard: S saves it to a file".to_owned()));
    }
    Ok(Ok(Copied { text, lines }))
}

/// Writes lines into a file.
pub(super) fn save(folder: &Path, mut saving: Saving, spans: &[Span]) -> Saved {
    // Whoever is told where it is does not know where Tempo is.
    if let Ok(path) = std::path::absolute(&saving.path) {
        saving.path = path;
    }
    let name = to_plain(saving.path.to_string_lossy().as_bytes());
    match write(folder, &saving, spans) {
        Ok(bytes) => Saved::Done(saving.path, bytes),
        Err(e) if e.kind() == ErrorKind::AlreadyExists && !saving.overwrite => Saved::Exists(saving),
        Err(e) => Saved::Failed(format!("not saved to {name}: {e}")),
    }
}

fn write(folder: &Path, saving: &Saving, spans: &[Span]) -> io::Result<u64> {
    let mut reader = Reader::open(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    if saving.overwrite {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let mut file = BufWriter::new(options.open(&saving.path)?);
    let mut written = 0;
    if saving.raw && saving.span.is_none() {
        written = reader.bytes();
        reader.copy_raw(0, None, &mut file)?;
    } else {
        let raw = saving.raw;
        visit(&mut reader, spans, &mut |reader, line| {
            if raw {
                let end = line.offset + line.length;
                reader.copy_range(line.offset..end, None, &mut file)?;
                written += line.length;
            } else {
                let (bytes, _) = whole(reader, line)?;
                let text = to_plain(&bytes);
                written += text.len() as u64;
                file.write_all(text.as_bytes())?;
            }
            written += 1;
            file.write_all(b"\n")?;
            Ok(true)
        })?;
    }
    file.flush()?;
    Ok(written)
}

/// What a line shows, without a limit that is seen: secrets are masked in it (R9).
fn whole(reader: &mut Reader, line: &Line) -> io::Result<(Vec<u8>, bool)> {
    if line.cut == 0 && !line.rewritten { Ok((line.bytes.clone(), true)) } else { reader.line_bytes(line, LINE_MOST) }
}

/// Hands the lines to `take`, in order, until it says that it is enough. What is missing is passed by.
fn visit(
    reader: &mut Reader,
    spans: &[Span],
    take: &mut dyn FnMut(&mut Reader, &Line) -> io::Result<bool>,
) -> io::Result<()> {
    for span in spans {
        let mut next = span.first;
        while next <= span.last {
            let lines = reader.line_window(next, AT_ONCE)?;
            let Some(last) = lines.last() else { break };
            let behind = last.next.max(next + 1);
            for line in lines.iter().filter(|line| line.gap.is_none()) {
                if line.number > span.last {
                    break;
                }
                if !take(reader, line)? {
                    return Ok(());
                }
            }
            next = behind;
        }
    }
    Ok(())
}
