//! A program in a pseudo-terminal: keys in, whole frames out.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

/// How every frame begins and ends (UX 5).
pub(crate) const FRAME_BEGIN: &str = "\x1b[?2026h";
pub(crate) const FRAME_END: &str = "\x1b[?2026l";

/// How long a fact may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running program. It is ended when this is dropped.
pub(crate) struct Session {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    tty: PathBuf,
    modes_before: String,
    program: Program,
    seen: Arc<Seen>,
}

struct Program {
    pid: Pid,
    killer: Box<dyn ChildKiller + Send + Sync>,
    seen: Arc<Seen>,
}

/// What the reader and the waiter of a session found out.
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// The screen at the end of the last frame: never half of one.
    screen: vt100::Screen,
    /// Bytes behind the last frame, which `parser` has not had yet.
    begun: Vec<u8>,
    raw: Vec<u8>,
    exit: Option<ExitStatus>,
    /// The reader has read everything, or was told to stop.
    read_all: bool,
    stop_reading: bool,
    /// Nobody reads for a while.
    paused: bool,
}

/// A program that ended, and what it left behind.
pub(crate) struct Ended {
    pub(crate) exit: ExitStatus,
    /// Everything that it wrote, from the first byte on.
    pub(crate) raw: String,
    /// The terminal as the program left it.
    pub(crate) screen: vt100::Screen,
    /// The terminal's modes (termios) before the program began, and now.
    pub(crate) modes_before: String,
    pub(crate) modes_after: String,
}

impl Session {
    /// Starts a program with arguments and variables, and no other variables than `PATH`, a UTF-8 `LANG` and an xterm's `TERM`,
    /// on a terminal of so many columns and rows.
    pub(crate) fn start(program: &Path, args: &[&str], env: &[(&str, &str)], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        let tty = pair.master.tty_name().unwrap();
        let modes_before = modes(&tty);
        let mut child = pair.slave.spawn_command(command).unwrap();
        // The end of the program's output is seen only when nobody else has the terminal open.
        drop(pair.slave);
        let parser = parser(columns, rows);
        let screen = parser.screen().clone();
        let seen = Arc::new(Seen {
            state: Mutex::new(State {
                parser,
                screen,
                begun: Vec::new(),
                raw: Vec::new(),
                exit: None,
                read_all: false,
                stop_reading: false,
                paused: false,
            }),
            changed: Condvar::new(),
        });
        let pid = Pid::from_raw(child.process_id().unwrap().cast_signed()).unwrap();
        let killer = child.clone_killer();
        let reader = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || seen.read(reader)
        });
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                let exit = child.wait().unwrap();
                seen.change(|state| state.exit = Some(exit));
            }
        });
        let program = Program { pid, killer, seen: Arc::clone(&seen) };
        Self { master: pair.master, keyboard, tty, modes_before, program, seen }
    }

    /// Types these bytes, in one write.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.keyboard.write_all(bytes.as_ref()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits until a whole frame fulfils `wanted`; returns it. Panics with the last one when that takes too long.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> vt100::Screen {
        self.seen.wait(what, |state| wanted(&state.screen)).screen.clone()
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, text: &str) -> vt100::Screen {
        self.wait_for(text, |screen| screen.contents().contains(text))
    }

    /// Waits until all bytes so far fulfil `wanted`, inside of frames or not.
    #[track_caller]
    pub(crate) fn wait_for_raw(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        drop(self.seen.wait(what, |state| wanted(&String::from_utf8_lossy(&state.raw))));
    }

    /// Waits until something is so that is not on the screen.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, fact: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !fact(self) {
            assert!(Instant::now() < deadline, "no {what} within {PATIENCE:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether the last whole frame fulfils `wanted`.
    pub(crate) fn shows(&self, wanted: impl Fn(&vt100::Screen) -> bool) -> bool {
        wanted(&self.seen.lock().screen)
    }

    /// Makes the terminal so many columns and rows large.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let mut state = self.seen.lock();
        state.parser.set_size(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap());
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// How many bytes came so far.
    pub(crate) fn received(&self) -> usize {
        self.seen.lock().raw.len()
    }

    /// How many frames began so far.
    pub(crate) fn frames(&self) -> usize {
        let state = self.seen.lock();
        let begin = FRAME_BEGIN.as_bytes();
        state.raw.windows(begin.len()).filter(|window| *window == begin).count()
    }

    /// Whether the program still runs.
    pub(crate) fn is_running(&self) -> bool {
        self.seen.lock().exit.is_none()
    }

    /// All bytes so far.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().raw).into_owned()
    }

    /// How often the program called `write(2)` so far, on whatever file. Waits until it sleeps.
    pub(crate) fn writes(&self) -> u64 {
        self.settle();
        let io = self.proc("io");
        io.lines().find_map(|line| line.strip_prefix("syscw: ")).unwrap().parse().unwrap()
    }

    /// Stops reading what the program writes.
    pub(crate) fn pause(&self) {
        self.seen.change(|state| state.paused = true);
    }

    /// Reads on.
    pub(crate) fn go_on(&self) {
        self.seen.change(|state| state.paused = false);
    }

    /// Whether the program's first thread is inside of a write to its terminal.
    pub(crate) fn is_writing(&self) -> bool {
        let call = self.proc("syscall");
        call.starts_with(&format!("{} 0x1 ", libc::SYS_write))
    }

    /// How often the program's first thread, which draws, wrote to the terminal since it had called `write(2)` and written bytes
    /// so often and had received so much; and these three numbers now. It writes eight bytes at a time to wake other threads.
    pub(crate) fn terminal_writes(&self, since: [u64; 3]) -> (u64, [u64; 3]) {
        self.settle();
        let io = self.proc(&format!("task/{}/io", self.program.pid));
        let field = |name: &str| io.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse::<u64>().unwrap();
        let now = [field("syscw: "), field("wchar: "), self.received() as u64];
        let [calls, written, received] = [0, 1, 2].map(|at| now[at] - since[at]);
        (calls - written.saturating_sub(received) / 8, now)
    }

    /// The bytes of memory that the program holds.
    pub(crate) fn memory(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
    }

    /// The processor time that all threads of the program used so far.
    pub(crate) fn cpu_of_all(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.program.pid)).unwrap();
        let of =
            |path: PathBuf| fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok();
        Duration::from_nanos(threads.filter_map(|thread| of(thread.unwrap().path())).sum())
    }

    /// The processor time that the program's first thread used so far. Waits until it sleeps.
    pub(crate) fn cpu(&self) -> Duration {
        self.settle();
        Duration::from_nanos(self.proc("schedstat").split(' ').next().unwrap().parse().unwrap())
    }

    /// Waits until the program's first thread sleeps: what it did for the last frame is then counted.
    fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.proc("stat").rsplit_once(") ").unwrap().1.starts_with('S') {
            assert!(Instant::now() < deadline, "the program never sleeps");
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.program.pid)).unwrap()
    }

    /// The terminal's modes (termios) now.
    pub(crate) fn modes(&self) -> String {
        modes(&self.tty)
    }

    /// Sends a signal to the program alone.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.program.pid, signal).unwrap();
    }

    /// Closes the terminal under the program, as a lost connection does; returns how the program ended.
    pub(crate) fn hang_up(self) -> ExitStatus {
        let mut slave = open(&self.tty);
        // The keyboard would type an end-of-file character when it is dropped.
        let mut modes = tcgetattr(&slave).unwrap();
        modes.special_codes[SpecialCodeIndex::VEOF] = 0;
        tcsetattr(&slave, OptionalActions::Now, &modes).unwrap();
        // The reader holds the terminal too, and sleeps until there is something to read.
        self.seen.change(|state| state.stop_reading = true);
        // One that is full has something to be read already, and would not take it.
        let _ = rustix::fs::fcntl_setfl(&slave, rustix::fs::OFlags::NONBLOCK);
        let _ = slave.write_all(b"\n");
        drop(self.seen.wait("the end of the reading", |state| state.read_all));
        let Self { master, keyboard, program, seen, .. } = self;
        drop((slave, keyboard, master));
        let exit = seen.wait("the end of the program", |state| state.exit.is_some()).exit.clone().unwrap();
        drop(program);
        exit
    }

    /// Waits for the end of the program and of what it wrote.
    #[track_caller]
    pub(crate) fn finish(self) -> Ended {
        let state = self.seen.wait("the end of the program", |state| state.exit.is_some() && state.read_all);
        Ended {
            exit: state.exit.clone().unwrap(),
            raw: String::from_utf8_lossy(&state.raw).into_owned(),
            screen: state.screen.clone(),
            modes_before: self.modes_before.clone(),
            modes_after: self.modes(),
        }
    }
}

impl Drop for Program {
    /// Ends it and waits for that: whoever opens the same home again is alone there. A hang-up comes last, for after it a dashboard
    /// goes on as a daemon.
    fn drop(&mut self) {
        let ended = |seen: &Seen| {
            let deadline = Instant::now() + PATIENCE / 4;
            while seen.lock().exit.is_none() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(2));
            }
            seen.lock().exit.is_some()
        };
        if self.seen.lock().exit.is_none() {
            // Nobody may be left who waits for a reader.
            self.seen.change(|state| state.paused = false);
            let _ = kill_process(self.pid, Signal::TERM);
            if !ended(&self.seen) {
                let _ = self.killer.kill();
            }
        }
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    #[track_caller]
    fn wait(&self, what: &str, fact: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while !fact(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let (exit, screen) = (state.exit.clone(), state.screen.contents());
                let from = state.raw.len().saturating_sub(600);
                let raw = state.raw[from..].escape_ascii().to_string();
                drop(state);
                panic!("no {what:?} within {PATIENCE:?}; exit: {exit:?}\n--- screen\n{screen}\n--- last bytes\n{raw}");
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
        state
    }

    fn read(&self, mut terminal: Box<dyn Read + Send>) {
        let mut bytes = [0; 16 * 1024];
        loop {
            let read = terminal.read(&mut bytes).unwrap_or(0);
            if read == 0 || self.lock().stop_reading {
                break;
            }
            self.change(|state| state.take(&bytes[..read]));
            let mut state = self.lock();
            while state.paused && !state.stop_reading {
                state = self.changed.wait(state).unwrap();
            }
        }
        drop(terminal);
        self.change(|state| {
            let rest = std::mem::take(&mut state.begun);
            state.parser.process(&rest);
            state.screen = state.parser.screen().clone();
            state.read_all = true;
        });
    }
}

impl State {
    /// Publishes a screen only at the end of a frame, so that nobody sees a torn one.
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.begun.extend_from_slice(bytes);
        let end = FRAME_END.as_bytes();
        if let Some(at) = self.begun.windows(end.len()).rposition(|window| window == end) {
            let frames: Vec<u8> = self.begun.drain(..at + end.len()).collect();
            self.parser.process(&frames);
            self.screen = self.parser.screen().clone();
        }
    }
}

pub(crate) fn parser(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 0)
}

fn open(tty: &Path) -> File {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(tty).unwrap()
}

fn modes(tty: &Path) -> String {
    format!("{:?}", tcgetattr(open(tty)).unwrap())
}
