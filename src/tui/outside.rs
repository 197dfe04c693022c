//! What takes the terminal for a while: another program, in the foreground of it, and text on the normal screen.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process_group, setpgid, waitpid};

use super::mailbox::{Mailbox, Sender};
use super::model::merge::Texts;
use super::terminal::to_foreground;
use crate::domain::TaskId;
use crate::domain::missing::not_kept;
use crate::output::{Display, Form, Part, Reader};

/// Something that takes the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// The text on the normal screen, until a key, for the terminal's own selection.
    Plain(Source),
    /// What the pane with the focus shows, in the same way.
    Pane,
    /// The text in `$PAGER`.
    Pager(Source),
    /// The text or the script in `$EDITOR`.
    Editor(Edited),
    /// The shell: the process stands still until it is continued.
    Shell,
}

/// A text to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Lines that can only be shown.
    Lines(Vec<String>),
    /// What a run printed.
    Log {
        /// Its run folder.
        folder: PathBuf,
        /// These lines, from 0; or all.
        lines: Option<Range<u64>>,
    },
}

/// What is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// The file of a task's script, in its place.
    Script {
        /// Its task.
        slug: String,
        /// Where it is.
        path: PathBuf,
    },
    /// The command of a task.
    Command {
        /// The task.
        task: TaskId,
        /// Its slug.
        slug: String,
        /// All its texts by field key, as they are stored.
        texts: Texts,
    },
    /// The field of the form that is typed into.
    Field {
        /// Its key.
        key: &'static str,
        /// Its text.
        text: String,
    },
}

/// How an editor left a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// As it was.
    Same,
    /// Another one. Of a command or a field, this; it is also in the file, until that is removed.
    Changed {
        /// The text, without line ends behind it; empty for a script, which is in its file.
        text: String,
        /// The file.
        file: PathBuf,
    },
}

impl Source {
    /// Writes all of it, safe for a terminal, with this at the end of each line. Neither memory nor time before the first line
    /// grow with it.
    pub fn print(&self, sink: impl Write, line_end: &'static str) -> io::Result<()> {
        let mut sink = Ends { sink: BufWriter::with_capacity(64 * 1024, sink), line_end };
        match self {
            Self::Lines(lines) => {
                for line in lines {
                    writeln!(sink, "{line}")?;
                }
                sink.flush()
            }
            Self::Log { folder, lines } => {
                let mut output = Reader::open(folder)?;
                let range = match lines {
                    Some(lines) => output.line_offset(lines.start)?..output.line_offset(lines.end)?,
                    None => 0..u64::MAX,
                };
                let mut display = Display::new(sink, Form::Colours, folder);
                output.copy(range, None, &mut |part| match part {
                    Part::Bytes(_, bytes) => display.write_all(bytes),
                    Part::Missing(missing, from) => {
                        let gap = &missing.gap;
                        display.note(&format!("-- {} --", not_kept(gap.to - from, gap.line_ends, gap.cap)))
                    }
                })?;
                display.finish()
            }
        }
    }
}

/// A sink in which lines end otherwise than in `\n`: a raw terminal needs `\r\n`.
struct Ends<W> {
    sink: W,
    line_end: &'static str,
}

impl<W: Write> Write for Ends<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n");
            self.sink.write_all(text.unwrap_or(piece))?;
            if text.is_some() {
                self.sink.write_all(self.line_end.as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// `$PAGER`, else `less` that shows colours, else `more`. The shell splits its words.
pub fn pager(variable: impl Fn(&str) -> Option<String>) -> Command {
    let script = said(&variable, &["PAGER"])
        .unwrap_or_else(|| "if command -v less >/dev/null; then exec less -R; else exec more; fi".to_owned());
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script);
    if variable("LESS").is_none() {
        command.env("LESS", "R");
    }
    command
}

/// `$VISUAL`, else `$EDITOR`, else `vi`, for a file. The shell splits its words.
pub fn editor(variable: impl Fn(&str) -> Option<String>, file: &Path) -> Command {
    let words = said(&variable, &["VISUAL", "EDITOR"]).unwrap_or_else(|| "vi".to_owned());
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!("{words} \"$@\"")).arg(&words).arg(file);
    command
}

fn said(variable: impl Fn(&str) -> Option<String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name).filter(|words| !words.trim().is_empty()))
}

/// What a program in the foreground did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It stopped, as for Ctrl-z.
    Stop,
    /// It ended: with this exit code, or none when a signal ended it.
    End(Option<i32>),
}

/// A program that has the terminal: the leader of the foreground process group, so that Ctrl-c and Ctrl-z are for it and those
/// that it starts. Its mailbox is readable when it has done something.
#[derive(Debug)]
pub struct Foreground {
    pid: Pid,
    /// The group that had the terminal before.
    before: Pid,
    /// What it did.
    pub did: Mailbox<Did>,
}

/// The group of this process. One from outside of this container has no number by which it is given the terminal back: it is left for a
/// new one.
fn own_group() -> io::Result<Pid> {
    if let Some(group) = Pid::from_raw(nix::unistd::getpgrp().as_raw()) {
        return Ok(group);
    }
    setpgid(None, None)?;
    Ok(getpid())
}

impl Foreground {
    /// Starts it; a text is fed to its standard input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command, feed: Option<Source>) -> io::Result<Self> {
        if feed.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.process_group(0).spawn()?;
        let pid = Pid::from_child(&child);
        let before = own_group()?;
        // Where the terminal controls nobody, there is no foreground to be in.
        let _ = to_foreground(pid);
        // It may have touched the terminal before it had it, and stand still for that.
        let _ = kill_process_group(pid, Signal::CONT);
        if let (Some(source), Some(stdin)) = (feed, child.stdin.take()) {
            thread::Builder::new().name("tui-feed".to_owned()).spawn(move || fill(&source, stdin))?;
        }
        let did = Mailbox::new()?;
        let sender = did.sender();
        thread::Builder::new().name("tui-outside".to_owned()).spawn(move || watch(pid, &sender))?;
        Ok(Self { pid, before, did })
    }

    /// Takes the terminal back from it.
    pub fn put_back(&self) {
        let _ = to_foreground(self.before);
    }

    /// Lets it go on in the foreground after it stopped.
    pub fn go_on(&self) {
        let _ = to_foreground(self.pid);
        self.signal(Signal::CONT);
    }

    /// Sends a signal to it and to those that it started.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
    }
}

/// Feeds a pager. It has its end when the person has seen enough, and that is no error.
fn fill(source: &Source, stdin: ChildStdin) {
    if let Err(e) = source.print(stdin, "\n")
        && e.kind() != io::ErrorKind::BrokenPipe
    {
        tracing::warn!(error = %e, "a text was not shown to its end");
    }
}

/// Tells all that it does until it has ended.
fn watch(pid: Pid, sender: &Sender<Did>) {
    loop {
        let status: WaitStatus = match rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::UNTRACED)) {
            Ok(Some((_, status))) => status,
            Ok(None) => continue,
            Err(_) => {
                sender.send(Did::End(None));
                return;
            }
        };
        if status.stopped() {
            sender.send(Did::Stop);
        } else {
            sender.send(Did::End(status.exit_status()));
            return;
        }
    }
}

/// A text that is edited, as a file.
#[derive(Debug)]
pub struct Sheet {
    file: PathBuf,
    /// Its content, to be compared.
    before: Vec<u8>,
    /// Whether the file was made for this.
    made: bool,
}

impl Sheet {
    /// The script in its place; or a new file in `folder`, which only the person may read.
    pub fn new(edited: &Edited, folder: &Path) -> io::Result<Self> {
        let (name, text) = match edited {
            Edited::Script { path, .. } => {
                let before = match fs::read(path) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
                    read => read?,
                };
                return Ok(Self { file: path.clone(), before, made: false });
            }
            Edited::Command { slug, texts, .. } => (slug.as_str(), text_of(texts, "command")),
            Edited::Field { key, text } => (*key, text.as_str()),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let file = folder.join(format!("{name}.{}.sh", std::process::id()));
        let mut before = text.as_bytes().to_vec();
        if !before.is_empty() {
            before.push(b'\n');
        }
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?.write_all(&before)?;
        Ok(Self { file, before, made: true })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How it was left. A file that was made for this stays only while its text is nowhere else.
    pub fn left(self) -> io::Result<Left> {
        let after = match fs::read(&self.file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && !self.made => Vec::new(),
            read => read?,
        };
        if after == self.before {
            self.remove();
            return Ok(Left::Same);
        }
        let text = if self.made {
            let text = String::from_utf8(after)
                .map_err(|_| io::Error::other(format!("{} is not UTF-8", self.file.display())))?;
            text.trim_end_matches(['\n', '\r']).to_owned()
        } else {
            String::new()
        };
        Ok(Left::Changed { text, file: self.file })
    }

    /// The person gave up.
    pub fn remove(&self) {
        if self.made {
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// The text of a field; empty when there is none.
pub fn text_of<'a>(texts: &'a Texts, key: &str) -> &'a str {
    texts.iter().find(|(k, _)| *k == key).map_or("", |(_, text)| text)
}
