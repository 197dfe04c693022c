//! Where verbs print: standard output, buffered, with what is known about the other end.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;

/// Standard output.
#[derive(Debug)]
pub(super) struct Out {
    writer: BufWriter<File>,
    /// A person looks at it.
    pub(super) terminal: bool,
    /// Colours are welcome: a terminal, and `NO_COLOR` is not set.
    pub(super) colour: bool,
}

impl Out {
    /// Past the line buffer of [`io::stdout`], which would cut bulk output into lines.
    pub(super) fn stdout() -> io::Result<Self> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let writer = BufWriter::new(self::stdout()?);
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Ok(Self { writer, terminal, colour: terminal && !no_colour })
    }
}

#[cfg(test)]
impl Out {
    /// A file, to be read by a test.
    pub(super) fn to(file: File) -> Self {
        Self { writer: BufWriter::new(file), terminal: false, colour: false }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Standard output without a buffer, for the bytes of a program.
pub(super) fn stdout() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Standard error without a buffer, for the bytes of a program.
pub(super) fn stderr() -> io::Result<File> {
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}
