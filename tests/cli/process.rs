//! How the process of a run is made, paused and stopped, on the real binary with a real daemon.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempo::lock;

use super::Home;

const PATIENCE: Duration = Duration::from_secs(60);

/// A home with an engine in a process of its own.
struct House {
    home: Home,
    daemon: Child,
}

impl House {
    fn new(environment: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let mut command = home.command(&["daemon"]);
        command.env("PATH", std::env::var_os("PATH").unwrap()).envs(environment.iter().copied());
        let daemon = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let house = Self { home, daemon };
        until("an engine", || lock::holder(&house.home.paths().engine_lock()).unwrap().is_some());
        house
    }

    /// Adds a task, runs it to its end, and gives what it printed, byte by byte.
    fn run(&self, name: &str, args: &[&str]) -> String {
        self.home.ok(&[&["add", name][..], args].concat());
        let answer = self.home.tempo(&["run", name, "--wait"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        self.home.ok(&["output", name, "--raw"])
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn until(fact: &str, mut look: impl FnMut() -> bool) {
    let start = Instant::now();
    while !look() {
        assert!(start.elapsed() < PATIENCE, "never: {fact}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Every file below a folder that holds these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&path, bytes));
        } else if memchr::memmem::find(&fs::read(&path).unwrap_or_default(), bytes).is_some() {
            found.push(path);
        }
    }
    found
}

#[test]
fn r9_the_environment_of_a_run_is_the_stated_one_and_nothing_else() {
    let denied = [
        ("TERM", "xterm"),
        ("TERMINFO", "/x"),
        ("COLORTERM", "truecolor"),
        ("COLUMNS", "80"),
        ("TMUX", "/tmp/x"),
        ("SSH_TTY", "/dev/pts/9"),
        ("SSH_CONNECTION", "x"),
        ("XDG_SESSION_ID", "1"),
        ("DISPLAY", ":0"),
        ("PWD", "/nowhere"),
        ("INVOCATION_ID", "x"),
        ("NOTIFY_SOCKET", "/x"),
        ("LISTEN_FDS", "1"),
        ("WATCHDOG_USEC", "1"),
        ("TEMPO_RUN_ID", "999"),
        ("TEMPO_SCHEDULED_FOR", "1970-01-01T00:00:00Z"),
        ("TEMPO_RUN_FOLDER", "/of/another/run"),
    ];
    let kept = [("LANG", "C.UTF-8"), ("EDITOR", "ed"), ("OWN", "inherited")];
    let house = House::new(&[&denied[..], &kept[..]].concat());
    // `env` of its own, since a shell adds variables.
    let printed =
        house.run("job", &["--command", "exec env", "--env", "OWN=of the task", "--env", "PYTHONUNBUFFERED=0"]);
    let folder = house.home.paths().runs().join("1").canonicalize().unwrap();
    let home = house.home.path().display().to_string();
    let mut expected = vec![
        format!("TEMPO_RUN_FOLDER={}", folder.display()),
        format!("HOME={home}"),
        format!("TEMPO_HOME={home}"),
        format!("PATH={}", std::env::var("PATH").unwrap()),
        format!("PWD={}", house.home.path().canonicalize().unwrap().display()),
    ];
    expected.extend(
        [
            "TZ=Europe/Berlin",
            "LANG=C.UTF-8",
            "EDITOR=ed",
            "OWN=of the task",
            "PYTHONUNBUFFERED=0",
            "TEMPO_RUN_ID=1",
            "TEMPO_TASK=job",
            "TEMPO_ATTEMPT=1",
            "TEMPO_TRIGGER=manual",
        ]
        .map(str::to_owned),
    );
    expected.sort();
    // What the shell itself adds, PWD in any shell, is not ours.
    let mut found: Vec<&str> =
        printed.lines().filter(|line| !["_=", "SHLVL=", "OLDPWD="].iter().any(|own| line.starts_with(own))).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn r9_a_run_has_a_session_of_its_own_no_terminal_nothing_on_stdin_the_umask_and_its_folder() {
    let house = House::new(&[]);
    fs::create_dir(house.home.path().join("work")).unwrap();
    let script = "cut -d' ' -f1,5,6,7 /proc/$$/stat; echo $$
        (: </dev/tty) 2>/dev/null || echo no-terminal
        read x || echo nothing-to-read; readlink /proc/$$/fd/0; umask; pwd; echo python=$PYTHONUNBUFFERED";
    let printed = house.run("job", &["--command", script, "--cwd", "work"]);
    let lines: Vec<&str> = printed.lines().collect();
    let pid = lines[1];
    assert_eq!(lines[0], format!("{pid} {pid} {pid} 0"));
    let umask = Command::new("/bin/sh").args(["-c", "umask"]).output().unwrap().stdout;
    let umask = String::from_utf8(umask).unwrap();
    let folder = house.home.path().join("work").canonicalize().unwrap();
    let rest = ["no-terminal", "nothing-to-read", "/dev/null", umask.trim(), folder.to_str().unwrap(), "python=1"];
    assert_eq!(lines[2..], rest);

    fs::remove_dir(&folder).unwrap();
    let answer = house.home.tempo(&["run", "job", "--wait"]);
    assert_eq!(answer.code, 125);
    let reason = format!("working folder {}/work: No such file or directory", house.home.path().display());
    assert!(answer.err.contains(&reason), "{answer:?}");
}

#[test]
fn r9_a_text_on_standard_input_and_a_terminal_for_the_output_are_fields_of_a_task() {
    let house = House::new(&[]);
    let read = house.run("reader", &["--command", "cat; test -t 1 || echo pipe", "--stdin", "one\ntwo"]);
    assert_eq!(read, "one\ntwo\npipe\n");
    let script = "test -t 1 && test -t 2 && ! test -t 0 && echo terminal; echo $TERM";
    assert_eq!(house.run("terminal", &["--command", script, "--pty"]), "terminal\nxterm-256color\n");
    let own = house.run("own", &["--command", script, "--pty", "--env", "TERM=dumb"]);
    assert_eq!(own, "terminal\ndumb\n");
    let shown = house.home.ok(&["show", "reader"]);
    assert!(shown.contains("stdin") && shown.contains("one"), "{shown}");
    assert_eq!(house.home.json(&["show", "terminal"])[0]["pty"], true);
    house.home.ok(&["set", "terminal", "pty=false", "stop-signal=INT", "stdin="]);
    let task = &house.home.json(&["show", "terminal"])[0];
    assert_eq!((&task["pty"], &task["stop_signal"], &task["stdin"]), (&false.into(), &"INT".into(), &().into()));
    house.home.refuses(&["set", "terminal", "stop-signal=KILL"], 4, &["TERM, INT"]);
    house.home.refuses(&["add", "x", "--todo", "--pty"], 4, &["only a command"]);
}

#[test]
fn r9_a_secret_is_in_no_file_of_tempo_but_what_the_program_itself_printed_and_is_masked_wherever_it_is_shown() {
    const TOKEN: &str = "tok-5e3f9a1c";
    const LINES: &str = "first-secret-line\nxyz\nlast-secret-line";
    const GH: &str = "gh_c0ffee42";
    let house = House::new(&[("GH_TOKEN", GH)]);
    let outside = tempfile::tempdir().unwrap();
    let (token, lines) = (outside.path().join("token"), outside.path().join("lines"));
    fs::write(&token, format!("{TOKEN}\n")).unwrap();
    fs::write(&lines, LINES).unwrap();
    let (token, lines) = (token.display().to_string(), lines.display().to_string());
    let add = |name: &str, command: &str| {
        let (one, two) = (format!("TOKEN=file:{token}"), format!("CERT=file:{lines}"));
        let secret = ["--secret", &one, "--secret", &two, "--secret", "GH=env:GH_TOKEN"];
        house.home.ok(&[&["add", name, "--command", command][..], &secret].concat());
    };

    // One that prints none of them: then nobody has.
    add("silent", "test ${#TOKEN} = 12 && test ${#GH} = 11 && test ${#CERT} = 38 && echo fine");
    let answer = house.home.tempo(&["run", "silent", "--wait"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "fine\n"), "{answer:?}");
    house.home.ok(&["set", "silent", &format!("secrets=TOKEN=file:{token}")]);
    house.home.ok(&["undo"]);
    let shown = house.home.ok(&["show", "silent"]);
    assert!(shown.contains(&format!("TOKEN=file:{token}")) && shown.contains("GH=env:GH_TOKEN"), "{shown}");
    for secret in [TOKEN, GH, "first-secret-line", "last-secret-line"] {
        assert_eq!(files_with(house.home.path(), secret.as_bytes()), Vec::<PathBuf>::new(), "{secret}");
        assert!(!shown.contains(secret));
    }

    // One that prints them, in colours and across pieces.
    add(
        "loud",
        "printf 'a %s b\\n' \"$TOKEN\"; printf '\\033[31mtok-5e\\033[1m3f9a1c\\033[m\\n'; echo \"$CERT\" >&2; echo $GH",
    );
    let answer = house.home.tempo(&["run", "loud", "--wait"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let all = [TOKEN, GH, "first-secret-line", "last-secret-line", "3f9a1c"];
    let without = |text: &str| all.iter().all(|secret| !text.contains(secret));
    assert!(answer.out.contains("a *** b\n") && without(&answer.out) && without(&answer.err), "{answer:?}");
    assert!(answer.err.contains("***\nxyz\n***\n"), "{answer:?}");
    // The secret has changed since.
    fs::write(outside.path().join("token"), "another-one").unwrap();
    let shown = house.home.ok(&["output", "loud"]);
    assert!(shown.contains("a *** b\n") && without(&shown), "{shown}");
    let json = house.home.ok(&["output", "loud", "--json"]);
    assert!(json.contains("a *** b") && json.contains("\"lossy\":true") && without(&json), "{json}");
    let tail = house.home.ok(&["output", "loud", "--tail", "1", "--stream", "out"]);
    assert_eq!(tail, "***\n");
    let (terminal, _) = super::output::on_a_terminal(&house.home, &["output", "loud"], false);
    assert!(without(&String::from_utf8(terminal).unwrap()));
    let raw = house.home.ok(&["output", "loud", "--raw"]);
    assert!(raw.contains(&format!("a {TOKEN} b\n")) && raw.contains(GH) && raw.contains(LINES), "{raw}");
    let run = house.home.paths().runs().join("2");
    for secret in [TOKEN, GH, "first-secret-line"] {
        assert_eq!(files_with(house.home.path(), secret.as_bytes()), [run.join("output")], "{secret}");
    }

    fs::remove_file(outside.path().join("token")).unwrap();
    let answer = house.home.tempo(&["run", "silent", "--wait"]);
    assert_eq!(answer.code, 125);
    assert!(answer.err.contains(&format!("could not start: secret TOKEN: {token}: No such file")), "{answer:?}");
    house.home.refuses(&["set", "silent", "secrets=TOKEN=my-secret-value"], 4, &["file:/absolute/path"]);
    let refused = house.home.tempo(&["set", "silent", "secrets=TOKEN=my-secret-value"]);
    assert!(!refused.err.contains("my-secret-value"), "{refused:?}");
}

#[test]
fn r4_a_run_is_paused_and_resumed_and_every_list_says_so() {
    let house = House::new(&[]);
    let home = &house.home;
    home.ok(&["add", "job", "--command", "while ! test -e go; do sleep 0.01; done", "--timeout", "1h"]);
    home.ok(&["run", "job"]);
    until("it runs", || home.json(&["runs"])[0]["state"] == "running");
    assert_eq!(home.ok(&["pause", "--run", "1"]), "run 1 of job is being paused\n");
    until("it is paused", || home.json(&["runs"])[0].get("paused_at").is_some());
    assert_eq!(home.json(&["runs"])[0]["state"], "running");
    for list in [&["runs"][..], &["list"], &["show", "job"]] {
        assert!(home.ok(list).contains("paused"), "{list:?}");
    }
    assert_eq!(home.ok(&["pause", "--run", "1"]), "run 1 of job was paused already\n");
    fs::write(home.path().join("go"), "").unwrap();
    assert_eq!(home.json(&["resume", "--run", "1"])[0]["resume"], "noted");
    until("it ends", || home.json(&["runs"])[0]["state"] == "finished");
    assert_eq!(home.json(&["runs"])[0]["outcome"], "succeeded");
    home.refuses(&["pause", "--run", "1"], 4, &["run 1 of job is finished"]);
    home.refuses(&["pause", "--run", "77"], 3, &["77"]);
    assert_eq!(home.tempo(&["pause"]).code, 2);
    assert_eq!(home.tempo(&["pause", "job", "--run", "1"]).code, 2);
}
