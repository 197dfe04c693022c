//! Takes text out of the program: into tmux's buffer, to the clipboard of the terminal (OSC 52), or into a file.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::mailbox::Sender;
use super::msg::Msg;
use crate::config::ClipboardChoice;

/// The most bytes of base64 that are sent to a terminal, as k9s has it: 100,000 is the length of a sequence that the larger ones
/// take, less what surrounds the text.
pub const MOST_ENCODED: usize = 74_994;

/// How long tmux may take.
pub const TMUX_PATIENCE: Duration = Duration::from_millis(300);

/// By which ways text can leave.
#[derive(Debug, Clone)]
pub struct Means {
    /// The way that the person chose.
    pub choice: ClipboardChoice,
    /// Whether this is inside tmux (`$TMUX`).
    pub in_tmux: bool,
    /// The program `tmux`.
    pub tmux: OsString,
    /// How long it may take: [`TMUX_PATIENCE`].
    pub patience: Duration,
    /// The file for what no terminal takes.
    pub file: PathBuf,
}

/// What became of a text. `what` says in a few words what it is: `3 lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// tmux has it in its buffer, and passes it on to the terminal around it.
    Tmux {
        /// What it is.
        what: String,
    },
    /// It has to be sent to the terminal: nothing says whether that one takes it.
    Sequence {
        /// What it is.
        what: String,
        /// The whole sequence.
        sequence: String,
    },
    /// It is in this file.
    File {
        /// What it is.
        what: String,
        /// The file.
        path: PathBuf,
        /// Whether it was too much for a terminal; else the person chose the file.
        too_long: bool,
    },
    /// It is nowhere.
    Failed {
        /// What it is.
        what: String,
        /// Why, in words.
        reason: String,
    },
}

impl Means {
    /// Lets a text go its way. Takes as long as tmux does, but no longer than twice the patience with it.
    pub fn copy(&self, text: &str, what: String) -> Copied {
        let tmux = match self.choice {
            ClipboardChoice::Auto => self.in_tmux,
            ClipboardChoice::Tmux => true,
            ClipboardChoice::Osc52 => false,
            ClipboardChoice::File => return self.to_file(text, what, false),
        };
        if tmux {
            match self.load_buffer(text, &["load-buffer", "-w", "-"]) {
                Ok(()) => return Copied::Tmux { what },
                // Before 3.2 tmux passes nothing on by itself, so that the terminal gets the sequence too.
                Err(Refusal::Answered(_)) if self.load_buffer(text, &["load-buffer", "-"]).is_ok() => {}
                Err(refusal) if self.choice == ClipboardChoice::Tmux => {
                    return Copied::Failed { what, reason: refusal.to_string() };
                }
                Err(_) => {}
            }
        }
        if text.len().div_ceil(3) * 4 > MOST_ENCODED {
            return self.to_file(text, what, true);
        }
        let mut sequence = String::new();
        match CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence) {
            Ok(()) => Copied::Sequence { what, sequence },
            Err(e) => Copied::Failed { what, reason: e.to_string() },
        }
    }

    fn load_buffer(&self, text: &str, arguments: &[&str]) -> Result<(), Refusal> {
        // A file, so that nobody waits for tmux to read it.
        let mut file = fs::File::from(memfd_create("tempo-copy", MemfdFlags::CLOEXEC).map_err(io::Error::from)?);
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        let tmux =
            Command::new(&self.tmux).args(arguments).stdin(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        match wait(tmux, self.patience)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(Refusal::Answered(status)),
            None => Err(Refusal::Silent),
        }
    }

    /// Only the person may read it; it takes the place of the text before.
    fn to_file(&self, text: &str, what: String, too_long: bool) -> Copied {
        let path = self.file.clone();
        let written = || {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(text.as_bytes())
        };
        match written() {
            Ok(()) => Copied::File { what, path, too_long },
            Err(e) => Copied::Failed { what, reason: format!("{}: {e}", path.display()) },
        }
    }
}

/// Why tmux did not take a text.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("tmux: {0}")]
    Io(#[from] io::Error),
    #[error("tmux refused it ({0})")]
    Answered(ExitStatus),
    #[error("tmux does not answer")]
    Silent,
}

/// How a program ended, if it did in time; one that did not is killed.
fn wait(mut child: Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + patience;
    let pid = Pid::from_child(&child);
    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            Ok(_) => return child.wait().map(Some),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// The thread that copies, one text after the other. It ends when this is dropped.
#[derive(Debug)]
pub struct Clipboard {
    texts: mpsc::Sender<(String, String)>,
}

impl Clipboard {
    /// Starts it. What became of a text comes as [`Msg::Copied`].
    pub fn start(means: Means, answers: Sender<Msg>) -> io::Result<Self> {
        let (texts, queue) = mpsc::channel::<(String, String)>();
        thread::Builder::new().name("tui-clipboard".to_owned()).spawn(move || {
            for (text, what) in queue {
                if !answers.send(Msg::Copied(means.copy(&text, what))) {
                    return;
                }
            }
        })?;
        Ok(Self { texts })
    }

    /// Copies a text. Returns at once.
    pub fn copy(&self, text: String, what: String) {
        // The thread lives as long as this.
        let _ = self.texts.send((text, what));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    struct Rig {
        folder: tempfile::TempDir,
        means: Means,
    }

    /// `tmux` is this script, in a folder in which it can leave something.
    fn rig(choice: ClipboardChoice, script: &str) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let tmux = folder.path().join("tmux");
        let at = folder.path().display();
        fs::write(&tmux, format!("#!/bin/sh\ncd {at}\necho \"$*\" >>calls\n{script}\n")).unwrap();
        fs::set_permissions(&tmux, fs::Permissions::from_mode(0o755)).unwrap();
        let file = folder.path().join("copied.txt");
        let patience = Duration::from_secs(60);
        Rig { folder, means: Means { choice, in_tmux: true, tmux: tmux.into(), patience, file } }
    }

    impl Rig {
        fn copy(&self, text: &str) -> Copied {
            // A program file that another test holds open while it forks cannot be executed for a moment.
            let deadline = Instant::now() + Duration::from_secs(10);
            loop {
                let copied = self.means.copy(text, "it".to_owned());
                if self.means.choice == ClipboardChoice::File || !self.means.in_tmux || self.read("calls").is_some() {
                    return copied;
                }
                assert!(Instant::now() < deadline, "tmux was never called: {copied:?}");
            }
        }

        fn read(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.folder.path().join(name)).ok()
        }
    }

    fn sequence(copied: &Copied) -> &str {
        match copied {
            Copied::Sequence { sequence, .. } => sequence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ux_35_inside_tmux_the_text_goes_to_tmux_which_passes_it_on() {
        let rig = rig(ClipboardChoice::Auto, "cat >got");
        let text = "line\n".repeat(30_000);
        assert_eq!(rig.copy(&text), Copied::Tmux { what: "it".to_owned() });
        assert_eq!((rig.read("got").unwrap(), rig.read("calls").unwrap()), (text, "load-buffer -w -\n".to_owned()));
    }

    #[test]
    fn ux_35_a_tmux_that_passes_nothing_on_gets_it_and_the_terminal_too() {
        let rig = rig(ClipboardChoice::Auto, "[ \"$2\" = -w ] && exit 1\ncat >got");
        let copied = rig.copy("abc");
        assert_eq!(sequence(&copied), "\x1b]52;c;YWJj\x1b\\");
        assert_eq!(rig.read("got").unwrap(), "abc");
        assert_eq!(rig.read("calls").unwrap(), "load-buffer -w -\nload-buffer -\n");
    }

    #[test]
    fn ux_35_a_tmux_that_does_not_answer_is_not_waited_for() {
        let mut rig = rig(ClipboardChoice::Auto, "exec sleep 600");
        rig.means.patience = TMUX_PATIENCE;
        let started = Instant::now();
        assert_eq!(sequence(&rig.copy("abc")), "\x1b]52;c;YWJj\x1b\\");
        assert!(started.elapsed() < Duration::from_secs(60));
        rig.means.choice = ClipboardChoice::Tmux;
        assert!(matches!(rig.copy("abc"), Copied::Failed { reason, .. } if reason == "tmux does not answer"));
    }

    #[test]
    fn ux_36_outside_of_tmux_it_is_one_sequence_up_to_what_a_terminal_takes() {
        let mut rig = rig(ClipboardChoice::Auto, "");
        rig.means.in_tmux = false;
        // 56,244 bytes are 74,992 of base64; one more is 74,996.
        let most = "x".repeat(56_244);
        let copied = rig.copy(&most);
        let encoded = sequence(&copied).strip_prefix("\x1b]52;c;").unwrap().strip_suffix("\x1b\\").unwrap();
        assert_eq!(encoded.len(), 74_992);
        assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
        let more = "x".repeat(56_245);
        let path = rig.folder.path().join("copied.txt");
        assert_eq!(rig.copy(&more), Copied::File { what: "it".to_owned(), path: path.clone(), too_long: true });
        assert_eq!(rig.read("copied.txt").unwrap(), more);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(rig.read("calls"), None);
    }

    #[test]
    fn the_person_chooses_the_way() {
        let rig = rig(ClipboardChoice::File, "cat >got");
        let path = rig.folder.path().join("copied.txt");
        fs::write(&path, "the text before, which was longer").unwrap();
        assert_eq!(rig.copy("abc"), Copied::File { what: "it".to_owned(), path, too_long: false });
        assert_eq!(rig.read("copied.txt").unwrap(), "abc");
        let mut rig = self::rig(ClipboardChoice::Osc52, "cat >got");
        sequence(&rig.means.copy("abc", "it".to_owned()));
        assert_eq!(rig.read("calls"), None);
        rig.means.choice = ClipboardChoice::Tmux;
        rig.means.in_tmux = false;
        let deadline = Instant::now() + Duration::from_secs(10);
        while rig.means.copy("abc", "it".to_owned()) != (Copied::Tmux { what: "it".to_owned() }) {
            assert!(Instant::now() < deadline);
        }
    }

    #[test]
    fn text_that_goes_nowhere_is_told_with_the_reason() {
        let mut rig = rig(ClipboardChoice::File, "");
        rig.means.file = rig.folder.path().join("nowhere/copied.txt");
        assert!(matches!(rig.copy("abc"), Copied::Failed { reason, .. } if reason.contains("nowhere/copied.txt: ")));
        rig.means.choice = ClipboardChoice::Tmux;
        rig.means.tmux = "/nonexistent/tmux".into();
        let copied = rig.means.copy("abc", "it".to_owned());
        assert!(matches!(copied, Copied::Failed { reason, .. } if reason.starts_with("tmux: ")));
    }
}
