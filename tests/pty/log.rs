//! The log pane in the real program: hiding, errors, following, what stays where it is, and what leaves it.

use std::fs;

use crate::dashboard::{Home, row};
use crate::session::Session;

/// 300 lines, every 50th an error; on both streams; with colours, a progress bar and what should never reach a terminal.
const SCRIPT: &str = r"
i=0
while [ $i -lt 300 ]; do
  if [ $((i % 50)) -eq 20 ]; then echo ERROR number $i; else echo line $i; fi
  i=$((i + 1))
done
printf '10%%\r55%%\r100%% done\n'
# Two pipes have no order between them but time.
sleep 0.3
echo complaint >&2
sleep 0.3
printf '\033]52;c;ZXZpbA==\007\033[2Jharmless \033[31mred\033[m\n'
";

/// A dashboard whose Log pane has the keys and shows the finished run of a script.
fn shown(home: &Home, script: &str, size: (u16, u16)) -> Session {
    home.tempo(&["add", "noisy", "--command", script]);
    let mut session = home.dashboard(size);
    session.wait_for_text("noisy");
    session.send("r");
    session.wait_for_text("ok after");
    session.send("4");
    wait_for_end(&session);
    session
}

/// Waits until the pane has the keys and the last page of the run is in it: what is typed ahead of it would not know its lines.
fn wait_for_end(session: &Session) {
    session.wait_for("the end of the output", |screen| {
        screen.contents().contains("[Log]") && pane(screen).iter().any(|row| row.contains("ok after"))
    });
}

/// The rows of the log pane: what is inside its frame.
fn pane(screen: &vt100::Screen) -> Vec<String> {
    let text = screen.contents();
    let rows: Vec<Vec<char>> = text.lines().map(|row| row.chars().collect()).collect();
    let Some((top, left)) = rows.iter().enumerate().find_map(|(y, row)| {
        let title: String = row.iter().collect();
        let at = title.find("╭─ 4 ")?;
        Some((y, title[..at].chars().count()))
    }) else {
        return Vec::new();
    };
    let inside = rows[top + 1..].iter().take_while(|row| row.get(left) != Some(&'╰'));
    inside.map(|row| row[left + 1..row.len() - 1].iter().collect()).collect()
}

/// The row of the pane that the cursor is on.
fn cursor(screen: &vt100::Screen) -> Option<(usize, String)> {
    let rows = pane(screen);
    let at = rows.iter().position(|row| row.starts_with(['▸', '◆']))?;
    Some((at, rows[at].trim_end().to_owned()))
}

#[test]
fn ux_29_a_filter_hides_lines_and_esc_restores_the_same_screen() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (120, 30));
    session.send("bbkkk");
    let before = session.wait_for("the cursor", |screen| cursor(screen).is_some_and(|(_, row)| row.contains("line")));
    session.send("&error");
    let screen = session.wait_for("the count", |screen| row(screen, "show only lines").contains("6/303"));
    assert!(!pane(&screen).iter().any(|row| row.contains("line ")), "{}", screen.contents());
    session.send("\r");
    session.wait_for_text("&error 6/303");
    session.send("\x1b");
    session.wait_for("the screen of before", |screen| pane(screen) == pane(&before));
}

#[test]
fn ux_30_e_lands_on_errors_and_the_counter_and_the_marks_of_the_scroll_bar_agree() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (120, 30));
    session.send("g");
    session.wait_for_text("run #1 started");
    for n in 1..=6 {
        session.send("e");
        let screen = session.wait_for_text(&format!("error {n}/6"));
        let (_, text) = cursor(&screen).unwrap();
        assert!(text.ends_with(&format!("ERROR number {}", n * 50 - 30)), "{text}");
        let marks = screen.contents().lines().filter(|row| row.trim_end().ends_with('✗')).count();
        assert_eq!(marks, 6, "{}", screen.contents());
    }
    session.send("E");
    session.wait_for_text("error 5/6");
}

#[test]
fn ux_31_scrolling_up_pauses_a_run_that_goes_on_and_f_follows_again() {
    let home = Home::new();
    let go = home.0.path().join("go");
    let script = format!(
        "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; while [ ! -e {0} ]; do sleep 0.02; done; \
         while [ $i -lt 112 ]; do echo line $i; i=$((i+1)); done; while [ ! -e {0}2 ]; do sleep 0.02; done",
        go.display()
    );
    home.tempo(&["add", "noisy", "--command", &script]);
    let mut session = home.dashboard((120, 30));
    session.wait_for_text("noisy");
    session.send("r");
    session.wait_for_text("line 99");
    session.send("4kkb");
    let before = session.wait_for("a page further up", |screen| {
        screen.contents().contains("PAUSED") && pane(screen).iter().any(|row| row.contains("line 60"))
    });
    fs::write(&go, "").unwrap();
    let after = session.wait_for_text("PAUSED +12");
    assert_eq!(pane(&after), pane(&before));
    session.send("F");
    session.wait_for("the end, followed", |screen| {
        screen.contents().contains("FOLLOW") && screen.contents().contains("line 111")
    });
    fs::write(home.0.path().join("go2"), "").unwrap();
    session.wait_for_text("ok after");
}

#[test]
fn ux_34_t_w_s_and_l_keep_the_cursor_line_on_its_row() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (160, 26));
    session.send("bbkkkkk");
    let ends = |row: &str| row.rsplit_once(['│', '┃']).map(|(_, text)| text.trim().to_owned());
    let screen = session.wait_for("a line", |screen| cursor(screen).is_some_and(|(_, row)| row.contains("line")));
    let (at, text) = cursor(&screen).unwrap();
    for (key, footer) in [
        ("t", "ts start"),
        ("t", "ts delta"),
        ("t", "ts off"),
        ("w", "wrap"),
        ("w", "wrap word"),
        ("s", "out"),
        ("L", "≥info"),
        ("A", "plain"),
    ] {
        session.send(key);
        let screen = session.wait_for(footer, |screen| {
            let bottom = screen.contents().lines().rfind(|row| row.contains('╰')).unwrap_or_default().to_owned();
            bottom.contains(footer)
        });
        let (row, now) = cursor(&screen).unwrap();
        assert_eq!((row, ends(&now)), (at, ends(&text)), "{key}: {}", screen.contents());
    }
}

#[test]
fn ux_33_ux_37_zoomed_the_screen_is_the_lines_as_they_are_shown_and_nothing_else() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (80, 18));
    session.wait_for_text("┃ complaint");
    session.send("zk");
    let screen = session.wait_for("only text", |screen| {
        let text = screen.contents();
        text.contains("harmless red") && !text.contains('│') && !text.contains('▸')
    });
    let rows: Vec<String> = screen.contents().lines().map(|row| row.trim_end().to_owned()).collect();
    let first: usize = rows[0].strip_prefix("line ").unwrap().parse().unwrap();
    let mut expected: Vec<String> = (first..300).map(|n| format!("line {n}")).collect();
    expected.extend(["100% done", "complaint", "harmless red"].map(str::to_owned));
    // The hint line is the last one, if it is there.
    assert_eq!(rows[..expected.len()], expected, "{}", screen.contents());
    assert!(!session.raw().contains("\x1b]52;c;ZXZpbA=="), "UX 23");
}

#[test]
fn ux_35_lines_are_selected_copied_exactly_and_saved() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (120, 30));
    session.send("gjVjj");
    session.wait_for_text("3 selected");
    session.send("y");
    session.wait_for_text("3 lines");
    // "line 0\nline 1\nline 2\n"
    assert!(session.raw().contains("\x1b]52;c;bGluZSAwCmxpbmUgMQpsaW5lIDIK"), "{}", session.raw().escape_default());
    let path = home.0.path().join("saved.log");
    session.send(format!("S\x15{}\r", path.display()));
    session.wait_for_text("saved ");
    let saved = fs::read_to_string(&path).unwrap();
    assert!(
        saved.starts_with("line 0\nline 1\n") && saved.ends_with("100% done\ncomplaint\nharmless red\n"),
        "{saved}"
    );
    session.send(format!("S\x15{}\r", path.display()));
    session.wait_for_text("Overwrite");
}

#[test]
fn a_bookmark_is_there_after_a_restart_and_a_time_is_gone_to() {
    let home = Home::new();
    let mut session = shown(&home, SCRIPT, (120, 30));
    session.send("gjjjm");
    session.wait_for("the bookmark", |screen| cursor(screen).is_some_and(|(_, row)| row.starts_with('◆')));
    session.send("G");
    session.wait_for_text("harmless");
    session.send(":q\r");
    assert_eq!(session.finish().exit.exit_code(), 0);
    let mut session = home.dashboard((120, 30));
    session.wait_for_text("ok after");
    // Ahead of the page and of the bookmarks: the key is owed.
    session.send("4'");
    session.wait_for("the bookmark", |screen| {
        cursor(screen).is_some_and(|(_, row)| row.starts_with('◆') && row.ends_with("line 2"))
    });
    session.send("@noon\r");
    session.wait_for_text("`noon` is no time");
    session.send("\x15+1h\r");
    session.wait_for("the last line", |screen| cursor(screen).is_some_and(|(_, row)| row.contains("harmless")));
}
