//! Outputs that want to break the screen.

use std::time::Instant;

use super::bench::{Bench, text_of};
use crate::domain::run::Outcome;
use crate::tui::log::LogAction;
use crate::tui::theme::Theme;

/// What programs print to act on a terminal (UX 23).
const HOSTILE: &[&[u8]] = &[
    b"\x1b]52;c;ZXZpbA==\x07 clipboard\n",
    b"\x1b]0;title\x1b\\ title \x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\\n",
    b"\x1bP1$r0m\x1b\\ \x1b_Gf=100;AAAA\x1b\\ \x1b^private\x1b\\ \x1bXstring\x1b\\\n",
    b"\x1b[2J\x1b[H\x1b[6n\x1b[?1049l\x1bc\x1b(0\n",
    b"\x9b2J \x9d0;t\x9c \xc2\x9b2J \xc2\x85\n",
    b"\x00\x01\x07\x08\x0b\x0c\x0e\x1a\x7f\n",
    "bidi \u{202e}gnp.exe\u{2066}\u{2069} tag \u{e0041}\u{e007f} zero \u{200b}\u{feff}\u{200d} \u{301}\n".as_bytes(),
    b"\xff\xfe \xe2\x82 \xc0\xaf \xed\xa0\x80\n",
    b"100%\r50%\r\n",
    b"never ends \x1b]0;",
];

#[test]
fn ux_23_nothing_hostile_reaches_a_cell() {
    for actions in
        [&[][..], &[LogAction::Wrap], &[LogAction::Right], &[LogAction::Stamps], &[LogAction::Ansi, LogAction::Ansi]]
    {
        let mut bench = Bench::new(24, 40);
        for bytes in HOSTILE {
            bench.print(0, bytes);
        }
        let shown = crate::tui::log::Shown {
            trigger: "a\x1b]0;t\x07b\u{202e}".to_owned(),
            reason: Some("\x1b[2J no\n such \u{9b}2J file".to_owned()),
            ..bench.shown(Some(Outcome::CouldNotStart))
        };
        let requests = bench.pane.show(shown);
        bench.send(requests);
        bench.next_answer();
        bench.press_all(actions);
        let escapes = actions.contains(&LogAction::Ansi);
        let shown =
            |row: &String| text_of(row).contains("clipboard") || row.contains("rd") || escapes && row.contains("^[");
        assert!(bench.screen().iter().any(shown), "{:#?}", bench.screen());
        for cell in bench.buffer(Theme::Ansi).content {
            let acts = |c: char| {
                c.is_control()
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
            };
            assert!(!cell.symbol().contains(acts), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn ux_10_a_line_of_50_mb_is_shown_in_part_and_costs_nothing() {
    let mut bench = Bench::new(70, 10);
    bench.print(0, "before\n");
    let part = "0123456789".repeat(100_000);
    (0..50).for_each(|_| bench.print(1, &part));
    bench.print(2, "\nafter\n");
    let begin = Instant::now();
    bench.open(Some(Outcome::Succeeded));
    let opened = begin.elapsed();
    assert_eq!(text_of(&bench.screen()[3]), "after");
    bench.press(LogAction::Wrap);
    let begin = Instant::now();
    bench.press(LogAction::Last);
    let screen = bench.screen();
    let drawn = begin.elapsed();
    let text: String = screen.iter().map(|row| text_of(row)).collect();
    assert!(text.ends_with("… +49995904 bytesafterok after 0:03"), "{screen:#?}");
    // A debug build on a busy machine; the time of a release build is measured by hand. To read all of it would take ten times that.
    assert!(opened.as_millis() < 2000 && drawn.as_millis() < 1000, "opened in {opened:?}, drawn in {drawn:?}");
}

#[test]
fn r9_secrets_are_masked_in_the_pane_and_are_not_found_by_a_search() {
    let mut bench = Bench::new(60, 6);
    crate::output::masks::add(bench.folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
    bench.print(0, "one\nit is hunter2!\n\x1b[31mhun\x1b[1mter2\x1b[m in colours\nhunter three\n");
    bench.open(Some(Outcome::Succeeded));
    let screen: Vec<String> = bench.screen().iter().map(|row| text_of(row)).collect();
    assert!(screen.contains(&"it is ***!".to_owned()) && screen.contains(&"*** in colours".to_owned()), "{screen:#?}");
    assert!(!screen.concat().contains("hunter2"));
    bench.search("hunter");
    assert_eq!(bench.pane.search_status().as_deref(), Some("/hunter 1/1"));
    bench.search("\\*\\*\\*");
    assert_eq!(bench.pane.search_status().map(|status| status.ends_with("/2")), Some(true));
}
