//! The editor of scripts: what is typed, kept, saved and asked, on the real program.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::dashboard::{Home, row};
use crate::session::{PATIENCE, Session};

/// Longer than the guard of a dialog against keys that were typed before it was seen (UX 39).
const GUARD: Duration = Duration::from_millis(250);

/// A task with a script of this content; its file.
fn with_script(home: &Home, name: &str, content: &[u8]) -> PathBuf {
    let path = home.path().join(name);
    fs::write(&path, content).unwrap();
    home.tempo(&["add", "alpha", "--script", path.to_str().unwrap()]);
    path
}

/// The dashboard with the script open for editing.
fn editing(home: &Home, size: (u16, u16)) -> Session {
    let mut session = home.dashboard(size);
    session.wait_for_text("▌· alpha");
    session.send("e");
    session.wait_for("the text with a cursor in it", |screen| {
        // What is wrong with the line of the cursor stands where its number is else.
        let is_open = screen.contents().contains(" of ") || screen.contents().contains("Ctrl-s save");
        screen.contents().contains("[Script]") && is_open && !screen.hide_cursor()
    });
    session
}

/// Waits until a file is what is wanted.
#[track_caller]
fn wait_for_file(path: &PathBuf, wanted: impl Fn(&[u8]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let bytes = fs::read(path).unwrap_or_default();
        if wanted(&bytes) {
            return;
        }
        assert!(Instant::now() < deadline, "{} is {:?}", path.display(), String::from_utf8_lossy(&bytes));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What is kept as drafts.
fn drafts(home: &Home) -> Vec<String> {
    let all = fs::read_dir(home.path().join("drafts")).into_iter().flatten();
    // One that is being written has the number of its process behind its name.
    let whole = all.map(|draft| draft.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "sh"));
    whole.map(|path| fs::read_to_string(path).unwrap_or_default()).collect()
}

/// The median of how long a typed letter took to be on the screen.
fn median_of_keys(session: &mut Session, keys: usize) -> Duration {
    let mut took = Vec::new();
    for n in 0..keys {
        let typed = "x".repeat(n + 1);
        let before = Instant::now();
        session.send("x");
        session.wait_for("the letter", |screen| screen.contents().contains(&format!("#{typed}")));
        took.push(before.elapsed());
    }
    took.sort();
    took[took.len() / 2]
}

#[test]
fn ux_47_a_key_in_5000_lines_costs_about_what_it_costs_in_50() {
    let line = "def f(a, b):  # \"text\"\n    return {'a': [1, 2.5e3, None], \"b\": f\"{a}\"}\n";
    let mut medians = Vec::new();
    for lines in [50, 5000] {
        let home = Home::new();
        with_script(&home, "main.py", line.repeat(lines / 2).as_bytes());
        let mut session = editing(&home, (100, 30));
        session.wait_for_text(&format!("1:1 of {lines}"));
        // At the end, where everything above was parsed once; a comment to type into.
        session.send("\x1b[1;5F");
        session.wait_for_text(&format!("{lines}:48 of {lines}"));
        session.send("\r#");
        session.wait_for("the comment", |screen| row(screen, &format!(" {} ", lines + 1)).contains('#'));
        medians.push(median_of_keys(&mut session, 15));
        let raw = session.received();
        session.send("y");
        session.wait_for_text("xy");
        assert!(session.received() - raw < 2000, "{} bytes for a key", session.received() - raw);
    }
    // The text area looks at each line, and little else grows; a machine that does other things may take its time.
    assert!(medians[1] < medians[0] * 10 + Duration::from_millis(320), "{medians:?}");
}

#[test]
fn ux_48_a_killed_dashboard_loses_at_most_a_second_of_text_which_is_offered_and_never_runs() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"#!/bin/sh\necho saved\n");
    let mut session = editing(&home, (100, 30));
    session.send("\x1b[1;5F\x1b[F\recho typed >>typed");
    session.wait_for_text("modified");
    // Nobody saves; a second after the first key it is on the disk.
    session.wait_until("draft", |_| drafts(&home).iter().any(|draft| draft.ends_with("echo typed >>typed\n")));
    session.signal(Signal::KILL);
    session.finish();
    assert_eq!(fs::read(&path).unwrap(), b"#!/bin/sh\necho saved\n");
    let mut session = home.dashboard((100, 30));
    session.wait_for_text("▌· alpha");
    session.send("r");
    session.wait_for_text("ok after");
    session.wait_for_text("│ saved");
    assert!(!home.path().join("typed").exists(), "a draft was run");
    session.send("e");
    session.wait_for_text("A draft of job.sh");
    std::thread::sleep(GUARD);
    session.send("d");
    session.wait_for_text("+ echo typed >>typed");
    session.send("\x1b");
    session.wait_for_text("A draft of job.sh");
    std::thread::sleep(GUARD);
    session.send("r");
    session.wait_for("the text", |screen| {
        screen.contents().contains("3 echo typed >>typed") && screen.contents().contains("modified")
    });
    session.send("\x13");
    session.wait_for_text("job.sh of alpha is saved");
    assert_eq!(fs::read(&path).unwrap(), b"#!/bin/sh\necho saved\necho typed >>typed\n");
    session.wait_until("no draft", |_| drafts(&home).is_empty());
}

#[test]
fn ux_48_a_dashboard_that_is_told_to_end_keeps_what_is_not_saved() {
    for signal in [Signal::TERM, Signal::HUP] {
        let home = Home::new();
        with_script(&home, "job.sh", b"echo\n");
        let mut session = editing(&home, (100, 30));
        session.send("# kept ");
        session.wait_for_text("# kept");
        session.signal(signal);
        session.finish();
        assert!(
            drafts(&home).iter().any(|draft| draft.ends_with("\n# kept echo\n")),
            "{signal:?}: {:?}",
            drafts(&home)
        );
    }
}

#[test]
fn ux_49_what_is_not_edited_is_byte_for_byte_as_it_was() {
    for (name, content) in [
        ("crlf.sh", &b"#!/bin/sh\r\necho \"a\tb\"\r\n"[..]),
        ("open.py", b"x = 1\n\ty"),
        ("wide.py", "\u{feff}s = '\u{1f980}e\u{301}\u{10348}\u{202e}'\n".as_bytes()),
        ("mixed.sh", b"a\r\nb\nc\r\rd\x1b[31m\x7f\n\n"),
    ] {
        let home = Home::new();
        let path = with_script(&home, name, content);
        let mut session = editing(&home, (100, 30));
        session.send("#");
        session.wait_for("what was typed", |screen| {
            // What is wrong with the line of the cursor stands where this is said else.
            screen.contents().contains("modified") || screen.contents().contains("1 ##!/bin/sh")
        });
        session.send("\x7f\x13");
        session.wait_for_text("is saved");
        assert_eq!(fs::read(&path).unwrap(), content, "{name}: typed and taken away");
        session.send("#\x13");
        let bom = content.strip_prefix(b"\xef\xbb\xbf");
        let expected =
            [&content[..content.len() - bom.map_or(content.len(), <[u8]>::len)], b"#", bom.unwrap_or(content)];
        wait_for_file(&path, |bytes| bytes == expected.concat());
        let raw = session.raw();
        assert!(!raw.contains("\u{202e}") && !raw.contains("\x1b[31m\x7f"), "{name}: raw characters on the terminal");
    }
}

#[test]
fn ux_50_a_change_from_outside_is_read_again_and_a_save_over_one_asks() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"echo one\n");
    let mut session = editing(&home, (100, 30));
    fs::write(&path, "echo two\n").unwrap();
    session.wait_for("the new text", |screen| screen.contents().contains("1 echo two"));
    session.wait_for_text("job.sh was changed on disk and read again");
    session.send("# mine ");
    session.wait_for_text("# mine");
    fs::write(&path, "echo three\n").unwrap();
    session.wait_for_text("changed on disk");
    session.send("\x13");
    session.wait_for_text("Keep mine");
    std::thread::sleep(GUARD);
    session.send("d");
    session.wait_for("both texts", |screen| {
        screen.contents().contains("- echo three") && screen.contents().contains("+ # mine echo two")
    });
    session.send("\x1b");
    session.wait_for_text("Keep mine");
    std::thread::sleep(GUARD);
    session.send("t");
    session.wait_for("theirs", |screen| screen.contents().contains("1 echo three"));
    assert_eq!(fs::read(&path).unwrap(), b"echo three\n");
    // And what was mine is one step back.
    session.send("\x1a");
    session.wait_for_text("1 # mine echo two");
    session.send("\x13");
    session.wait_for_text("job.sh of alpha is saved");
    assert_eq!(fs::read(&path).unwrap(), b"# mine echo two\n");
}

#[test]
fn ux_20_a_paste_of_100_kb_into_the_editor_is_one_undo_step_and_few_frames_and_no_command() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"echo one\n");
    let mut session = editing(&home, (100, 30));
    let frames = session.frames();
    let line = "echo q; D x r \t:q!\n";
    let text = line.repeat(102_400 / line.len());
    session.send(format!("\x1b[200~{text}\x1b[201~"));
    let lines = text.lines().count() + 1;
    session.wait_for_text(&format!("of {lines}"));
    session.wait_for_text("modified");
    assert!(session.frames() - frames <= 3, "{} frames", session.frames() - frames);
    session.send("\x1a");
    session.wait_for("one step back", |screen| {
        screen.contents().contains("1:1 of 1") && !screen.contents().contains("modified")
    });
    assert_eq!(fs::read(&path).unwrap(), b"echo one\n");
    assert!(session.shows(|screen| row(screen, "▌· alpha").contains("never ran")), "nothing was done");
}

#[test]
fn ux_24_ctrl_o_hands_the_script_to_the_editor_of_the_person_and_shows_what_that_left() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"echo one\n");
    let editor = home.path().join("editor");
    fs::write(&editor, "#!/bin/sh\necho 'echo two' >>\"$1\"\n").unwrap();
    fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut session = home.dashboard_with(&[("EDITOR", editor.to_str().unwrap())], (100, 30));
    session.wait_for_text("▌· alpha");
    session.send("e");
    session.wait_for_text("1:1 of 1");
    session.send("\x0f");
    session.wait_for_text("2 echo two");
    assert_eq!(fs::read(&path).unwrap(), b"echo one\necho two\n");
}

#[test]
fn vim_keys_are_a_setting_that_is_taken_up_at_once() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"echo one\necho two\n");
    fs::write(home.path().join("config.toml"), "editor_keys = \"vim\"\n").unwrap();
    let mut session = editing(&home, (100, 30));
    session.send("ddA!");
    session.wait_for_text("INSERT");
    session.wait_for_text("1 echo two!");
    session.send("\x1b");
    session.wait_for("normal mode", |screen| !screen.contents().contains("INSERT"));
    session.send(":wq\r");
    wait_for_file(&path, |bytes| bytes == b"echo two!\n");
    session.wait_for_text("1 echo two!");
    fs::write(home.path().join("config.toml"), "editor_keys = \"plain\"\n").unwrap();
    session.wait_for_text("editor_keys = \"plain\"");
    session.send("\r");
    session.wait_for_text("1:");
    session.send("dd");
    session.wait_for_text("dd");
    session.wait_for_text("modified");
}

#[test]
fn ux_48_f5_runs_what_was_typed_as_a_version_that_is_saved_and_asks_before_what_will_not_run() {
    let home = Home::new();
    let path = with_script(&home, "job.sh", b"#!/bin/sh\n# What it does.\n");
    let runs = || home.tempo(&["runs", "alpha", "--json"]).lines().count();
    let mut session = editing(&home, (100, 30));
    session.wait_for_text("F5 run");
    session.send("\x1b[1;5F\recho typed");
    session.wait_for_text("modified");
    session.send("\x1b[15~");
    session.wait_for("both said", |screen| {
        let said = screen.contents();
        said.contains("saved version ") && said.contains("; queued #1 of alpha (x stops it)")
    });
    session.wait_for_text("ok after");
    session.wait_for_text("│ typed");
    assert_eq!(fs::read(&path).unwrap(), b"#!/bin/sh\n# What it does.\necho typed\n");
    // Back in the text, which will not run now.
    session.send("4");
    session.wait_for_text("Log [Script] Details");
    session.send("\r");
    session.wait_for("the text with a cursor in it", |screen| {
        screen.contents().contains(" of 3") && !screen.hide_cursor()
    });
    session.send("\x1b[1;5F\rif true; then");
    session.wait_for_text("modified");
    session.send("\x1b[15~");
    session.wait_for_text("Run it with ");
    session.wait_for_text("nothing runs yet");
    assert!(fs::read(&path).unwrap().ends_with(b"if true; then\n"));
    std::thread::sleep(GUARD);
    session.send("\r");
    session.wait_for("the text again", |screen| !screen.contents().contains("Run it with ") && !screen.hide_cursor());
    assert_eq!(runs(), 1);
    // The way to what is wrong is told.
    session.send("\x1b[1;5H");
    session.wait_for_text("F8 problem");
    session.send("\x1b[15~");
    session.wait_for_text("Run it with ");
    std::thread::sleep(GUARD);
    session.send("y");
    session.wait_for_text("queued #2 of alpha");
}
