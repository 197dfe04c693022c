//! Gutter, time stamps, wrapping, zoom, colours.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use ratatui::widgets::{Block, Widget};

use super::bench::{Bench, rows, text_of};
use crate::domain::run::Outcome;
use crate::tui::log::LogAction;
use crate::tui::log::pane::Wrap;
use crate::tui::theme::{Glyphs, Theme, Token};

/// A small output of everything that the gutter tells apart.
fn sample() -> Bench {
    let mut bench = Bench::new(58, 10);
    bench.print(20, "dumping postgres: \x1b[1mapp\x1b[0m (1.2 GiB)\n");
    bench.complain(2_881, "warning: table \"events\" is bloated (38%)\n");
    bench.print(2_900, "chunk \x1b[32m1\x1b[0m of 3\rchunk \x1b[32m3\x1b[0m of 3\n");
    bench.print(3_020, "漢字 caf\u{e9} \x1b[38;5;208morange\x1b[m \x1b[48;2;1;2;3mrgb\x1b[m \x1b[31mred goes on\n");
    bench.print(3_100, b"still red\x1b[m, bytes \xff\n");
    bench.complain(3_200, "a long line that goes on behind the edge of the pane, as such lines do\n");
    bench
}

fn framed(bench: &Bench, theme: Theme, glyphs: &Glyphs) -> Buffer {
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 60, 12));
    let block = Block::bordered()
        .border_set(glyphs.border)
        .title(" 4 [Log] ")
        .title_bottom(format!(" {} ", bench.pane.footer(false)))
        .border_style(theme.style(Token::Border));
    let inside = block.inner(buffer.area);
    block.render(buffer.area, &mut buffer);
    bench.pane.draw(inside, &mut buffer, theme, glyphs);
    buffer
}

/// Text and, below it, each cell of the inside from which on another style holds.
fn styled(buffer: &Buffer) -> String {
    let mut out = rows(buffer).join("\n");
    for y in 1..buffer.area.height - 1 {
        let mut before = Cell::EMPTY.style();
        for x in 1..buffer.area.width - 1 {
            let cell = &buffer[(x, y)];
            if cell.style() != before {
                before = cell.style();
                let (symbol, fg, bg, modifier) = (cell.symbol(), cell.fg, cell.bg, cell.modifier);
                write!(out, "\n{y:>2},{x:<2} {symbol} {fg:?} on {bg:?} {modifier:?}").unwrap();
            }
        }
    }
    out
}

#[test]
fn ux_33_a_small_output_in_60x12_in_ansi() {
    let mut bench = sample();
    bench.open(Some(Outcome::Failed(1)));
    insta::assert_snapshot!(styled(&framed(&bench, Theme::Ansi, &Glyphs::UNICODE)));
}

#[test]
fn ux_33_a_small_output_in_60x12_in_mono_has_no_colour() {
    let mut bench = sample();
    bench.open(Some(Outcome::Failed(1)));
    let buffer = framed(&bench, Theme::Mono, &Glyphs::ASCII);
    assert!(buffer.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    insta::assert_snapshot!(styled(&buffer));
}

#[test]
fn ux_33_a_colour_that_was_switched_on_far_above_the_window_goes_on() {
    let mut bench = Bench::new(70, 3);
    bench.print(0, "\x1b[1mbold from here\n");
    bench.print_lines(1..100);
    bench.open(Some(Outcome::Succeeded));
    assert_eq!(text_of(&bench.screen()[0]), "line 98");
    let text = bench.buffer(Theme::Ansi)[(17, 0)].clone();
    assert!(text.symbol() == "i" && text.modifier.contains(Modifier::BOLD), "{text:?}");
}

fn times_off(bench: &mut Bench) {
    bench.press_all(&[LogAction::Stamps, LogAction::Stamps, LogAction::Stamps]);
}

#[test]
fn times_stand_beside_the_first_row_of_a_line() {
    let mut bench = Bench::new(70, 4);
    bench.print(1_020, "x".repeat(60));
    bench.open_live();
    assert!(bench.screen()[1].starts_with("▸14:12:02.020 │ xxx"));
    bench.press(LogAction::Stamps);
    assert!(bench.screen()[1].starts_with("▸+00:00:01.020 │ xxx"));
    bench.press(LogAction::Wrap);
    assert!(bench.screen()[1].starts_with("▸+00:00:01.020 │ xxx"));
    assert_eq!(bench.screen()[2], format!("{:15}│ {}", "", "x".repeat(60 - 53)));
    bench.press(LogAction::Stamps);
    assert!(bench.screen()[1].starts_with("▸+00:00:01.020 │ xxx"), "since the start, there is no line before it");
    bench.press(LogAction::Stamps);
    assert_eq!(bench.screen()[1], format!("▸│ {}", "x".repeat(60)));
}

#[test]
fn between_lines_that_are_far_apart_in_time_a_rule_says_how_far() {
    let mut bench = Bench::new(70, 8);
    bench.print(0, "one\n");
    bench.print(4_000, "two\n");
    bench.print(76_500, "three\n");
    bench.open(Some(Outcome::Succeeded));
    let texts = |b: &Bench| b.screen().iter().map(|row| text_of(row)).collect::<Vec<_>>();
    assert_eq!(texts(&bench)[1..5], ["one", "two", "─── 1:12 ───", "three"]);
    bench.press_all(&[LogAction::Stamps, LogAction::Stamps]);
    assert!(bench.screen()[2].contains("+00:00:04.000 │ two"), "{:#?}", bench.screen());
    assert!(bench.screen()[4].contains("+00:01:12.500 │ three"), "{:#?}", bench.screen());
    assert!(bench.pane.footer(false).ends_with(" · ts delta"));
    bench.press(LogAction::Stamps);
    assert_eq!(texts(&bench)[1..4], ["one", "two", "three"], "without times there is no rule");
}

#[test]
fn a_wrapped_line_is_scrolled_by_rows() {
    let mut bench = Bench::new(13, 3);
    bench.print(0, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee\nlast\n");
    bench.open(Some(Outcome::Succeeded));
    times_off(&mut bench);
    bench.press_all(&[LogAction::Wrap, LogAction::Last]);
    let texts = |b: &Bench| b.screen().iter().map(|row| text_of(row)).collect::<Vec<_>>();
    assert_eq!(texts(&bench), ["last", "ok after", "0:03"]);
    // To the line before the end, into the line above it, and up in it.
    bench.press_all(&[LogAction::Up, LogAction::Up, LogAction::Up]);
    assert_eq!(texts(&bench), ["dddddddddd", "eeeee", "last"]);
    bench.press(LogAction::PageUp);
    assert_eq!(texts(&bench), ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"]);
    bench.press_all(&[LogAction::PageDown, LogAction::PageDown, LogAction::PageDown]);
    assert_eq!(texts(&bench), ["last", "ok after", "0:03"]);
}

#[test]
fn chopped_lines_move_sideways() {
    let mut bench = Bench::new(13, 2);
    bench.print(0, "0123456789abcdefghij\n");
    bench.open_live();
    times_off(&mut bench);
    assert_eq!(bench.screen()[1], "▸│ 012345678›");
    bench.press(LogAction::Right);
    assert_eq!(bench.screen()[1], "▸│ 89abcdefg›");
    bench.press_all(&[LogAction::Right, LogAction::Left, LogAction::Left, LogAction::Left]);
    assert_eq!(bench.screen()[1], "▸│ 012345678›");
}

#[test]
fn ux_37_zoomed_the_screen_is_the_lines_of_the_file() {
    let mut bench = Bench::new(80, 5);
    bench.print(0, "one\n");
    bench.complain(1, "two\n");
    bench.print(2, "  three\n\n漢字\n");
    bench.open(Some(Outcome::Succeeded));
    bench.pane.resize(Size { width: 80, height: 5 }, true);
    assert_eq!(bench.screen(), ["one", "two", "  three", "", "漢字"]);
    bench.press(LogAction::Up);
    assert_eq!(bench.top_line(), "one");
    bench.pane.resize(Size { width: 80, height: 2 }, true);
    bench.press_all(&[LogAction::First, LogAction::Down, LogAction::Down]);
    assert_eq!(bench.screen(), ["two", "  three"]);
    bench.press_all(&[LogAction::PageDown, LogAction::PageDown]);
    assert_eq!(bench.screen(), ["", "漢字"]);
}

#[test]
fn a_line_that_is_chopped_has_a_sign_at_the_edge_and_the_copy_and_the_zoomed_pane_have_none() {
    for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
        let mut bench = Bench::new(30, 6);
        bench.print(0, "0123456789abcdefghijklmnopqrstuvwxyz\nfits\n漢字漢字漢字漢字漢字\n");
        bench.open(Some(Outcome::Succeeded));
        let drawn = |bench: &Bench| {
            let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 30, 6));
            bench.pane.draw(buffer.area, &mut buffer, Theme::Ansi, glyphs);
            rows(&buffer)
        };
        let ends = |bench: &Bench, line: usize| drawn(bench)[line].trim_end().ends_with(glyphs.chopped);
        assert_eq!([2, 3, 4].map(|line| ends(&bench, line)), [true, false, true], "{:?}", drawn(&bench));
        bench.press_all(&[LogAction::Right, LogAction::Right, LogAction::Right]);
        assert_eq!([2, 3, 4].map(|line| ends(&bench, line)), [false, false, false], "{:?}", drawn(&bench));
        bench.press_all(&[LogAction::Left, LogAction::Left, LogAction::Left, LogAction::Wrap]);
        assert!((0..6).all(|line| !ends(&bench, line)), "{:?}", drawn(&bench));
        bench.press_all(&[LogAction::Wrap, LogAction::Wrap]);
        bench.pane.resize(Size { width: 30, height: 6 }, true);
        assert!(
            drawn(&bench).iter().any(|line| line == "0123456789abcdefghijklmnopqrst"),
            "UX 37: {:?}",
            drawn(&bench)
        );
    }
}

#[test]
fn ux_22_no_size_panics() {
    let mut bench = sample();
    bench.open(Some(Outcome::Failed(1)));
    for wrap in [Wrap::Chop, Wrap::Columns, Wrap::Words] {
        for (width, height) in (0..30).map(|n| (n, 30 - n)).chain([(1, 1), (0, 0), (300, 100)]) {
            for zoomed in [false, true] {
                let requests = bench.pane.resize(Size { width, height }, zoomed);
                bench.send(requests);
                bench.buffer(Theme::Ansi);
                bench.pane.footer(false);
            }
        }
        assert_eq!(bench.pane.wrap, wrap);
        bench.pane.handle(LogAction::Wrap);
    }
}

#[test]
fn why_a_run_could_not_start_is_never_cut_off_and_is_there_on_the_whole_screen_too() {
    for zoomed in [false, true] {
        let mut bench = Bench::new(40, 10);
        let reason = "secret GH: the variable GH_TOKEN is not in the environment of the scheduler";
        let shown =
            crate::tui::log::Shown { reason: Some(reason.to_owned()), ..bench.shown(Some(Outcome::CouldNotStart)) };
        let requests = bench.pane.show(shown);
        bench.send(requests);
        bench.next_answer();
        let requests = bench.pane.resize(Size { width: 40, height: 10 }, zoomed);
        bench.send(requests);
        let screen = bench.screen().join("\n");
        let words = reason.split_whitespace().all(|word| screen.contains(word));
        assert!(words, "{zoomed}:\n{screen}");
    }
}
