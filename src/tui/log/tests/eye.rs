//! What is under the cursor stays where it is on the screen, whatever is switched (UX 34).

use proptest::prelude::*;
use ratatui::layout::Size;

use super::bench::{Bench, text_of};
use crate::domain::run::Outcome;
use crate::tui::log::LogAction;

/// 400 lines of many lengths, on both streams, of several levels, some of them long after the one before.
fn print_all(bench: &mut Bench) {
    for n in 0..400_i64 {
        let level = ["", "INFO ", "DEBUG ", "WARN ", "ERROR ", "  "][(n % 6) as usize];
        let text = format!("{level}line {n} {}\n", "word ".repeat((n * 7 % 40) as usize));
        let at = n * 100 + n / 25 * 20_000;
        if n % 5 == 0 { bench.complain(at, &text) } else { bench.print(at, &text) }
    }
}

/// The row of the screen that the cursor is on, and what the line says.
fn cursor(bench: &Bench) -> Option<(usize, String)> {
    let screen = bench.screen();
    let row = screen.iter().position(|row| row.starts_with('▸'))?;
    let text = text_of(&screen[row]);
    let words: Vec<_> = text.split(' ').skip_while(|word| *word != "line").take(2).collect();
    Some((row, words.join(" ")))
}

#[test]
fn ux_34_t_w_s_l_and_a_keep_the_cursor_line_on_its_row_in_a_finished_run_and_a_live_one() {
    for outcome in [Some(Outcome::Failed(1)), None] {
        let mut bench = Bench::new(60, 11);
        print_all(&mut bench);
        bench.open(outcome);
        bench.press_all(&[LogAction::PageUp, LogAction::PageUp, LogAction::Up, LogAction::Up, LogAction::Up]);
        let before = cursor(&bench).unwrap();
        assert!(before.0 > 0 && before.0 < 10, "{before:?}");
        for action in [LogAction::Stamps, LogAction::Wrap, LogAction::Ansi] {
            for _ in 0..4 {
                bench.press(action);
                assert_eq!(cursor(&bench).as_ref(), Some(&before), "{action:?}");
            }
        }
        for (action, round) in [(LogAction::Streams, 3), (LogAction::Level, 4)] {
            for _ in 0..round {
                bench.press(action);
                assert_eq!(cursor(&bench).unwrap().0, before.0, "{action:?}: {:#?}", bench.screen());
            }
            assert_eq!(cursor(&bench).as_ref(), Some(&before), "after the round of {action:?}");
        }
    }
}

#[test]
fn ux_34_who_follows_goes_on_following_and_the_last_line_stays_the_last() {
    let mut bench = Bench::new(60, 9);
    print_all(&mut bench);
    bench.open_live();
    for action in [LogAction::Stamps, LogAction::Wrap, LogAction::Wrap, LogAction::Streams, LogAction::Level] {
        bench.press(action);
        assert_eq!(bench.pane.badge(), "FOLLOW", "{action:?}");
        assert!(cursor(&bench).is_some(), "{action:?}: {:#?}", bench.screen());
    }
    bench.press(LogAction::Up);
    assert_eq!(bench.pane.badge(), "PAUSED");
}

#[test]
fn j_and_k_move_the_cursor_and_then_the_view_and_pages_keep_it_on_its_row() {
    let mut bench = Bench::new(60, 6);
    bench.print_lines(0..50);
    bench.open(Some(Outcome::Succeeded));
    assert_eq!(bench.screen()[5].chars().next(), Some('▸'), "at the end");
    let top = |b: &Bench| text_of(&b.screen()[0]);
    let before = top(&bench);
    (0..5).for_each(|_| bench.press(LogAction::Up));
    assert_eq!((cursor(&bench), top(&bench)), (Some((0, "line 45".to_owned())), before));
    bench.press(LogAction::Up);
    assert_eq!(cursor(&bench), Some((0, "line 44".to_owned())));
    bench.press_all(&[LogAction::Down, LogAction::Down]);
    assert_eq!(cursor(&bench), Some((2, "line 46".to_owned())));
    bench.press(LogAction::PageUp);
    assert_eq!(cursor(&bench), Some((2, "line 40".to_owned())));
    bench.press(LogAction::HalfDown);
    assert_eq!(cursor(&bench), Some((2, "line 43".to_owned())));
    bench.press(LogAction::First);
    assert_eq!(cursor(&bench).unwrap().0, 0);
    bench.press_all(&[LogAction::PageDown, LogAction::PageUp, LogAction::PageUp]);
    assert_eq!(text_of(&bench.screen()[0]), "run #1284 started by hand");
    // At the bottom Space leads to the last line.
    (0..9).for_each(|_| bench.press(LogAction::PageDown));
    assert!(bench.screen()[5].starts_with('▸'), "{:#?}", bench.screen());
}

#[test]
fn a_page_that_ends_in_a_silence_has_the_cursor_on_the_line_above_it() {
    for height in 5..16 {
        let mut bench = Bench::new(30, height);
        print_all(&mut bench);
        bench.open(Some(Outcome::Failed(1)));
        for action in [LogAction::PageUp, LogAction::HalfUp, LogAction::PageDown] {
            for _ in 0..9 {
                bench.press(action);
                let screen = bench.screen();
                let drawn = screen.iter().position(|row| row.starts_with('▸'));
                assert!(drawn.is_some(), "{height} {action:?}: {screen:#?}");
            }
        }
    }
}

#[test]
fn j_and_k_reach_every_line_once() {
    let mut bench = Bench::new(70, 7);
    bench.print_lines(0..60);
    bench.open(Some(Outcome::Succeeded));
    let expected: Vec<String> = (0..60).map(|n| format!("line {n}")).collect();
    let seen = |bench: &mut Bench, action| {
        let mut seen = Vec::new();
        for _ in 0..61 {
            bench.press(action);
            seen.extend(bench.screen().iter().find(|row| row.starts_with('▸')).map(|row| text_of(row)));
        }
        seen
    };
    let mut up = seen(&mut bench, LogAction::Up);
    assert_eq!(up.pop().as_deref(), Some("run #1284 started by hand"));
    up.reverse();
    assert_eq!(up, expected);
    let mut down = seen(&mut bench, LogAction::Down);
    assert_eq!(down.pop().as_deref(), Some("ok after 0:03"));
    assert_eq!(down, expected);
}

const TOGGLES: [LogAction; 5] =
    [LogAction::Stamps, LogAction::Wrap, LogAction::Level, LogAction::Streams, LogAction::Ansi];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Whatever is switched in whatever order: the cursor stays on its row, unless so few lines are left above it that the first of
    /// all is on top, or all of them fit.
    #[test]
    fn ux_34_any_sequence_of_toggles_keeps_the_row_of_the_cursor(
        width in 30_u16..90,
        height in 5_u16..14,
        pages in 2_usize..12,
        ups in 0_usize..14,
        toggles in prop::collection::vec(0_usize..TOGGLES.len(), 1..12),
    ) {
        let mut bench = Bench::new(width, height);
        print_all(&mut bench);
        bench.open(Some(Outcome::Failed(1)));
        let requests = bench.pane.resize(Size { width, height }, false);
        bench.send(requests);
        (0..pages).for_each(|_| bench.press(LogAction::PageUp));
        (0..ups).for_each(|_| bench.press(LogAction::Up));
        let before = cursor(&bench).unwrap();
        for toggle in &toggles {
            bench.press(TOGGLES[*toggle]);
            let now = cursor(&bench);
            let first = text_of(&bench.screen()[0]).starts_with("run #1284");
            prop_assert!(
                first || now.as_ref().map(|now| now.0) == Some(before.0),
                "{:?} was {:?}: {:#?}", now, before, bench.screen()
            );
        }
    }
}
