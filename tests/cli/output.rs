//! `tempo output`: exact, safe, by stream, from the end, and while it grows.

use std::io::Read as _;
use std::process::Stdio;

use jiff::Timestamp;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempo::domain::RunId;
use tempo::domain::run::{Attempt, Outcome};
use tempo::output::{Stream, Writer};
use tempo::store::{attempts, runs};

use super::Home;
use super::runs::{finish, start};

const HOSTILE: &[u8] =
    b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]52;c;ZXZpbA==\x1b\\\x1b[2J\x1b[6nend\xff\n10%\r100%\n\x1bP1$r0m\x1b\\last";

/// A home with a run that has printed these pieces and, when there is an outcome, has finished.
fn printed(pieces: &[(Stream, &[u8])], outcome: Option<Outcome>) -> (Home, Writer) {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    home.tempo(&["run", "a"]);
    start(&home, RunId(1));
    let folder = home.paths().runs().join("1");
    std::fs::create_dir_all(&folder).unwrap();
    let mut writer = Writer::new(&folder, 1);
    for (stream, bytes) in pieces {
        writer.append(*stream, Timestamp::now(), bytes);
    }
    if let Some(outcome) = outcome {
        finish(&home, RunId(1), outcome, None);
    }
    (home, writer)
}

fn bytes(home: &Home, args: &[&str]) -> Vec<u8> {
    let output = home.command(args).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{args:?}");
    output.stdout
}

#[test]
fn o4_raw_to_a_pipe_is_byte_exact_and_everything_else_is_safe() {
    let (home, _writer) = printed(&[(Stream::Out, HOSTILE)], Some(Outcome::Succeeded));
    assert_eq!(bytes(&home, &["output", "1", "--raw"]), HOSTILE);
    assert_eq!(bytes(&home, &["output", "a", "--raw", "-f"]), HOSTILE);
    assert_eq!(home.ok(&["output", "1"]), "red end\\xff\n100%\nlast\n");
}

/// Runs the binary on a terminal; returns what the terminal was sent, and the exit code.
pub(super) fn on_a_terminal(home: &Home, args: &[&str], no_color: bool) -> (Vec<u8>, u32) {
    let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 200, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tempo"));
    command.args(args);
    command.env_clear();
    command.env("TEMPO_HOME", home.path());
    if no_color {
        command.env("NO_COLOR", "1");
    }
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut sent = Vec::new();
    // Linux says EIO when the last process that had the terminal is gone.
    let _ = reader.read_to_end(&mut sent);
    (sent, child.wait().unwrap().exit_code())
}

#[test]
fn o4_a_terminal_gets_colours_and_nothing_else_that_acts() {
    let (home, _writer) = printed(&[(Stream::Out, HOSTILE)], Some(Outcome::Succeeded));
    let (sent, code) = on_a_terminal(&home, &["output", "1"], false);
    assert_eq!(code, 0);
    assert_eq!(String::from_utf8(sent).unwrap(), "\x1b[0;31mred\x1b[0m end\\xff\r\n100%\r\nlast\r\n");
    let (sent, _) = on_a_terminal(&home, &["output", "1"], true);
    assert_eq!(String::from_utf8(sent).unwrap(), "red end\\xff\r\n100%\r\nlast\r\n");
    let (sent, code) = on_a_terminal(&home, &["output", "1", "--raw"], false);
    assert_eq!(code, 4);
    assert!(String::from_utf8(sent).unwrap().starts_with("tempo: --raw: "));
}

#[test]
fn tables_have_colours_on_a_terminal_only_and_not_with_no_color() {
    let (home, _writer) = printed(&[], Some(Outcome::Failed(2)));
    let (sent, _) = on_a_terminal(&home, &["runs"], false);
    assert!(String::from_utf8(sent).unwrap().contains("\x1b[31mexit 2\x1b[0m"));
    let (sent, _) = on_a_terminal(&home, &["runs"], true);
    assert!(!sent.contains(&0x1b));
    assert!(!home.ok(&["runs"]).contains('\x1b'));
}

#[test]
fn a_stream_and_the_last_lines_can_be_asked_for() {
    let mut pieces: Vec<(Stream, Vec<u8>)> = vec![(Stream::Err, b"early 1\nearly 2\n".to_vec())];
    pieces.extend((0..200).map(|n| (Stream::Out, format!("line {n}\n").into_bytes())));
    pieces.push((Stream::Err, b"late\n".to_vec()));
    let pieces: Vec<(Stream, &[u8])> = pieces.iter().map(|(stream, bytes)| (*stream, bytes.as_slice())).collect();
    let (home, _writer) = printed(&pieces, Some(Outcome::Succeeded));
    assert_eq!(home.ok(&["output", "a", "--stream", "err"]), "early 1\nearly 2\nlate\n");
    assert_eq!(home.ok(&["output", "a", "--tail", "2"]), "line 199\nlate\n");
    assert_eq!(home.ok(&["output", "a", "--tail", "2", "--stream", "err"]), "early 2\nlate\n");
    assert_eq!(home.ok(&["output", "a", "--tail", "9", "--stream", "err"]), "early 1\nearly 2\nlate\n");
    assert_eq!(home.ok(&["output", "a", "--tail", "1", "--stream", "out", "--raw"]), "line 199\n");
    assert_eq!(home.ok(&["output", "a", "--tail", "0"]), "");
    assert_eq!(home.ok(&["output", "a"]).lines().count(), 203);
}

#[test]
fn follow_prints_what_comes_and_ends_with_the_run() {
    let (home, mut writer) = printed(&[(Stream::Out, b"old\nfirst\n")], None);
    let mut child = home.command(&["output", "a", "-f", "--tail", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 6];
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"first\n");
    writer.append(Stream::Err, Timestamp::now(), b"second\n");
    let mut second = [0; 7];
    stdout.read_exact(&mut second).unwrap();
    assert_eq!(&second, b"second\n", "it comes before the run has ended");
    writer.append(Stream::Out, Timestamp::now(), b"third");
    finish(&home, RunId(1), Outcome::Succeeded, None);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "third\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_task_means_its_newest_run_that_has_started() {
    let (home, _writer) = printed(&[(Stream::Out, b"one\n")], Some(Outcome::Succeeded));
    home.tempo(&["run", "a"]);
    let answer = home.tempo(&["output", "a"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "one\n"));
    assert!(answer.err.contains("this is run 1; run 2 has not started: it is queued"), "{answer:?}");
    assert_eq!(home.ok(&["output", "2"]), "", "it has printed nothing yet");
    home.ok(&["add", "b", "--command", "true"]);
    home.refuses(&["output", "b"], 3, &["run of b that has started"]);
}

#[test]
fn json_is_an_object_a_line_and_says_what_is_not_all() {
    let pieces: [(Stream, &[u8]); 4] = [
        (Stream::Out, b"one\n"),
        (Stream::Err, b"two\xff\n"),
        (Stream::Out, b"\x1b[31mthree\n"),
        (Stream::Err, b"last"),
    ];
    let (home, mut writer) = printed(&pieces, None);
    let texts = |args: &[&str]| -> Vec<String> {
        home.json(args).iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    };
    let lines = home.json(&["output", "a"]);
    assert_eq!(super::keys(&lines[0]), super::words("at stream text"));
    super::instant(&lines[0]["at"]);
    assert_eq!((&lines[1]["stream"], &lines[1]["lossy"]), (&"err".into(), &true.into()));
    assert_eq!(texts(&["output", "a"]), ["one", "two\u{fffd}", "\u{1b}[31mthree", "last"]);
    assert_eq!(texts(&["output", "a", "--tail", "1", "--stream", "out"]), ["\u{1b}[31mthree"]);
    assert_eq!(texts(&["output", "a", "--tail", "9", "--stream", "err"]), ["two\u{fffd}", "last"]);
    home.refuses(&["output", "a", "--raw", "--json"], 4, &["--raw"]);

    let mut child =
        home.command(&["output", "a", "-f", "--tail", "1", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    writer.append(Stream::Err, Timestamp::now(), b" line\nend");
    finish(&home, RunId(1), Outcome::Succeeded, None);
    let mut followed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut followed).unwrap();
    let text =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
    let followed: Vec<String> = followed.lines().map(text).collect();
    // It depends on when the follower came which of them was the last line.
    assert!(followed == ["last line", "end"] || followed == ["end"], "{followed:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn r6_the_output_of_one_attempt_is_picked_out_of_the_story_of_all() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "x", "--retry", "3"]);
    home.tempo(&["run", "a"]);
    let id = RunId(1);
    let at = Timestamp::now();
    home.store()
        .write(move |db| {
            runs::starting(db, id, "boot")?;
            runs::running(db, id, 1, at)?;
            let failed = Attempt { ended_at: Some(at), ..Attempt::unknown(1, Outcome::Lost, "gone") };
            attempts::wait(db, id, &failed, at, "gone; attempt 2 of 4")?;
            attempts::release(db, at)?;
            runs::starting(db, id, "boot")?;
            runs::running(db, id, 2, at)?;
            runs::finish(db, id, Outcome::Cancelled, None, None, at)
        })
        .unwrap();
    let folder = home.paths().runs().join("1");
    std::fs::create_dir_all(&folder).unwrap();
    let mut first = Writer::new(&folder, 1);
    first.append(Stream::Out, at, b"one\ntwo\n");
    first.append(Stream::Err, at, b"oops\n");
    let mut second = Writer::new(&folder, 2);
    second.append(Stream::Out, at, b"three\n");
    second.append(Stream::Err, at, b"again\nend\n");
    assert_eq!(home.ok(&["output", "1"]), "one\ntwo\noops\nthree\nagain\nend\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "1"]), "one\ntwo\noops\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "2", "-f"]), "three\nagain\nend\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "1", "--tail", "2"]), "two\noops\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "2", "--tail", "9"]), "three\nagain\nend\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "2", "--stream", "out", "--tail", "9"]), "three\n");
    assert_eq!(home.ok(&["output", "1", "--attempt", "1", "--stream", "err", "--raw"]), "oops\n");
    let texts = |args: &[&str]| {
        home.json(args).iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&["output", "1", "--attempt", "1"]), ["one", "two", "oops"]);
    assert_eq!(texts(&["output", "1", "--attempt", "2", "--tail", "2", "-f"]), ["again", "end"]);
    assert_eq!(texts(&["output", "1", "--attempt", "1", "--tail", "9", "--stream", "err"]), ["oops"]);
    home.refuses(&["output", "1", "--attempt", "3"], 3, &["attempt 3 of run 1", "it has had 2"]);
    assert_eq!(home.tempo(&["output", "1", "--attempt", "0"]).code, 2);
}

/// A home with a finished run of which the cap has dropped the middle, and what is missing.
fn capped() -> (Home, tempo::output::Missing, String) {
    let (home, _writer) = printed(&[], Some(Outcome::Succeeded));
    let folder = home.paths().runs().join("1");
    let line = |n: u32| format!("line {n:<58}\n");
    let text: String = (0..100_000).map(line).collect();
    Writer::new(&folder, 1).capped(Some(1 << 20)).append(Stream::Out, Timestamp::now(), text.as_bytes());
    let missing = tempo::output::Reader::open(&folder).unwrap().missing()[0].clone();
    (home, missing, text)
}

#[test]
fn o2_what_is_missing_is_one_line_in_its_place_and_raw_says_it_beside() {
    let (home, missing, text) = capped();
    let (from, to) = (missing.gap.from as usize, missing.gap.to as usize);
    let shown = home.ok(&["output", "1"]);
    let row = shown.lines().nth(missing.row as usize).unwrap();
    assert!(row.starts_with("── 5.") && row.contains(" lines were not kept (cap 1M) from byte "), "{row}");
    assert_eq!(shown.lines().nth(missing.row as usize + 1).unwrap().trim(), format!("line {}", missing.next));
    let raw = home.command(&["output", "1", "--raw"]).output().unwrap();
    assert_eq!(raw.status.code(), Some(0));
    assert!(raw.stdout == [&text.as_bytes()[..from], &text.as_bytes()[to..]].concat());
    let said = String::from_utf8(raw.stderr).unwrap();
    assert!(said.starts_with("tempo: 5.") && said.lines().count() == 1, "{said}");
    // The gap is a line among the last ones.
    let behind = 100_000 - missing.next;
    let tail = home.ok(&["output", "1", "--tail", &(behind + 2).to_string()]);
    let lines: Vec<&str> = tail.lines().map(str::trim).collect();
    assert_eq!((lines.len() as u64, lines[0]), (behind + 2, format!("line {}", missing.row - 1).as_str()));
    assert_eq!(lines[1], row);
    assert_eq!(home.ok(&["output", "1", "-f"]), shown);
}

#[test]
fn o2_in_json_what_is_missing_is_an_object_in_its_place() {
    let (home, missing, _) = capped();
    let objects = home.json(&["output", "1"]);
    assert_eq!(objects.len() as u64, missing.row + 1 + 100_000 - missing.next);
    let gap = &objects[missing.row as usize]["missing"];
    assert_eq!((gap["from"].as_u64(), gap["to"].as_u64()), (Some(missing.gap.from), Some(missing.gap.to)));
    assert_eq!((gap["lines"].as_u64(), gap["cap"].as_u64()), (Some(missing.gap.line_ends), Some(1 << 20)));
    let text = objects[missing.row as usize + 1]["text"].as_str().unwrap();
    assert_eq!(text.trim(), format!("line {}", missing.next));
    let behind = 100_000 - missing.next;
    let tail = home.json(&["output", "1", "--tail", &(behind + 1).to_string()]);
    assert!(tail[0]["missing"].is_object());
    assert_eq!(home.json(&["output", "1", "-f"]).len(), objects.len());
}

#[test]
fn o3_an_output_that_was_removed_is_exit_code_3_with_the_limit_that_it_was_beyond() {
    let (home, _writer) = printed(&[(Stream::Out, b"one\n")], Some(Outcome::Succeeded));
    home.store()
        .write(|db| {
            let limit = tempo::domain::keep::Limit::Runs(200);
            tempo::store::outputs::removed(db, RunId(1), limit, "2026-11-21T10:00:00Z".parse().unwrap())
        })
        .unwrap();
    for args in [&["output", "1"][..], &["output", "1", "--raw"], &["output", "a", "--json", "-f"]] {
        home.refuses(args, 3, &["run 1: its output was removed on 2026-11-21", "(kept: 200 runs per task)"]);
    }
    assert_eq!(home.json(&["runs"])[0]["output_removed_by"], "kept: 200 runs per task");
}

#[test]
fn o2_a_task_has_a_cap_of_its_own_which_undo_gives_back() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--output-cap", "64M"]);
    assert_eq!(home.json(&["show", "a"])[0]["output_cap"], "64M");
    home.ok(&["set", "a", "output-cap=none"]);
    assert_eq!(home.json(&["show", "a"])[0]["output_cap"], "none");
    home.ok(&["undo"]);
    assert_eq!(home.json(&["show", "a"])[0]["output_cap"], "64M");
    home.ok(&["set", "a", "output-cap="]);
    assert!(home.json(&["show", "a"])[0]["output_cap"].is_null());
    home.refuses(&["set", "a", "output-cap=1K"], 4, &["output-cap", "less than 1M"]);
}

#[test]
fn o3_doctor_says_what_outputs_take_and_the_limits_in_force() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let findings = home.json(&["doctor"]);
    let outputs = findings.iter().find(|finding| finding["check"] == "outputs").unwrap();
    let expected = "0 bytes on the disk; kept: 90 days, kept: 200 runs per task, kept: 10G in all; cap of a run: 256M";
    assert_eq!(outputs["text"], expected);
}

#[test]
fn a_newer_run_that_never_started_is_said_beside_the_output_of_an_older_one() {
    let (home, _) = printed(&[(Stream::Out, b"old\n")], Some(Outcome::Succeeded));
    home.tempo(&["run", "a"]);
    let why = Some("its environment cannot be built");
    home.store()
        .write(move |db| runs::finish(db, RunId(2), Outcome::CouldNotStart, None, why, Timestamp::now()))
        .unwrap();
    let answer = home.tempo(&["output", "a"]);
    assert_eq!((answer.code, &*answer.out), (0, "old\n"));
    assert_eq!(answer.err, "tempo: this is run 1; run 2 has not started: its environment cannot be built\n");
    assert_eq!(home.tempo(&["output", "1"]).err, "");
}
