//! Searching in the output.

use std::fs::OpenOptions;
use std::time::{Duration, Instant};

use ratatui::style::Modifier;

use super::bench::{Bench, text_of};
use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::output::index::OUTPUT_FILE;
use crate::tui::log::{Following, LogAction, Shown};
use crate::tui::theme::Theme;

/// 3000 lines, of which every 100th, from line 50 on, says `needle`.
fn haystack() -> Bench {
    let mut bench = Bench::new(70, 9);
    for n in 0..3000 {
        bench.print(n, if n % 100 == 50 { format!("line {n} needle\n") } else { format!("line {n}\n") });
    }
    bench
}

fn current(bench: &Bench) -> Option<String> {
    let screen = bench.screen();
    screen.iter().find(|row| row.starts_with('▸')).map(|row| text_of(row))
}

fn status(bench: &Bench) -> String {
    bench.pane.search_status().unwrap_or_default()
}

#[test]
fn ux_29_a_search_leads_to_the_next_match_keeps_the_other_lines_and_esc_leads_back() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    bench.press(LogAction::First);
    (0..7).for_each(|_| bench.press(LogAction::PageDown));
    let before = bench.screen();
    bench.search("needle");
    assert_eq!((current(&bench).as_deref(), status(&bench).as_str()), (Some("line 150 needle"), "/needle 2/30"));
    let texts: Vec<_> = bench.screen().iter().map(|row| text_of(row)).collect();
    let expected: Vec<_> =
        (147..156).map(|n| if n == 150 { "line 150 needle".to_owned() } else { format!("line {n}") }).collect();
    assert_eq!(texts, expected);
    let requests = bench.pane.cancel_search();
    bench.send(requests);
    bench.settle();
    assert_eq!(bench.screen(), before);
    assert!(!bench.pane.is_searching());
}

#[test]
fn ux_31_a_search_in_a_followed_run_pauses_and_esc_follows_again() {
    let mut bench = haystack();
    bench.open_live();
    bench.search("line 5\\b");
    assert_eq!((current(&bench).as_deref(), bench.pane.badge().as_str()), (Some("line 5"), "PAUSED"));
    bench.print(5000, "needle\n");
    bench.until(|b| b.pane.following() == Some(Following::Paused(1)));
    assert_eq!(current(&bench).as_deref(), Some("line 5"));
    let requests = bench.pane.cancel_search();
    bench.send(requests);
    bench.until(|b| text_of(&b.screen()[8]) == "needle");
    assert_eq!(bench.pane.badge(), "FOLLOW");
}

#[test]
fn n_goes_from_match_to_match_and_around_the_end_and_back() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    bench.press(LogAction::First);
    bench.search("Needle");
    assert_eq!(status(&bench), "/Needle 0");
    bench.search("needle");
    bench.pane.accept_search();
    for n in (0..30).chain(0..2) {
        assert_eq!(current(&bench), Some(format!("line {} needle", n * 100 + 50)));
        assert_eq!(status(&bench), format!("/needle {}/30", n + 1));
        find(&mut bench, LogAction::NextMatch);
    }
    for n in [1, 0, 29, 28] {
        find(&mut bench, LogAction::PreviousMatch);
        assert_eq!(current(&bench), Some(format!("line {} needle", n * 100 + 50)));
        assert_eq!(status(&bench), format!("/needle {}/30", n + 1));
    }
    // Where the person is counts, not where the last match was.
    bench.press(LogAction::First);
    find(&mut bench, LogAction::NextMatch);
    assert_eq!(current(&bench).as_deref(), Some("line 50 needle"));
}

/// Presses n or N and waits for the match.
fn find(bench: &mut Bench, action: LogAction) {
    let requests = bench.pane.handle(action);
    bench.send(requests);
    bench.until(|b| !b.pane.is_waiting());
    bench.settle();
}

#[test]
fn n_in_a_live_run_finds_what_came_since() {
    let mut bench = haystack();
    bench.open_live();
    bench.search("needle");
    bench.pane.accept_search();
    assert_eq!(status(&bench), "/needle 1/30");
    find(&mut bench, LogAction::PreviousMatch);
    assert_eq!(status(&bench), "/needle 30/30");
    bench.print(5000, "new needle\nno\n");
    bench.until(|b| status(b) == "/needle 30/31");
    find(&mut bench, LogAction::NextMatch);
    assert_eq!((current(&bench).as_deref(), status(&bench).as_str()), (Some("new needle"), "/needle 31/31"));
}

#[test]
fn what_matches_is_marked_and_where_the_person_is_too() {
    let mut bench = Bench::new(70, 5);
    bench.print(0, "a needle and a \x1b[31mnee\x1b[32mdle\x1b[m, 漢needle\nanother needle\n");
    bench.open(Some(Outcome::Succeeded));
    bench.search("needle");
    let marked = |b: &Bench, y: u16, modifier| -> String {
        let buffer = b.buffer(Theme::Mono);
        (17..70)
            .map(|x| &buffer[(x, y)])
            .filter(|c| c.modifier.contains(modifier))
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    };
    assert_eq!(marked(&bench, 1, Modifier::REVERSED), "needleneedleneedle");
    assert_eq!(marked(&bench, 2, Modifier::REVERSED), "needle");
    assert_eq!((marked(&bench, 1, Modifier::BOLD).len(), marked(&bench, 2, Modifier::BOLD).len()), (18, 0));
    bench.press(LogAction::Wrap);
    bench.pane.resize(ratatui::layout::Size { width: 30, height: 5 }, true);
    assert_eq!(bench.screen()[0], "a needle and a needle, 漢needl");
    let buffer = bench.buffer(Theme::Mono);
    let reversed: String = buffer
        .content
        .iter()
        .filter(|c| c.modifier.contains(Modifier::REVERSED))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert_eq!(reversed, "needleneedleneedleneedle");
}

#[test]
fn a_match_beyond_the_edges_of_chopped_lines_is_moved_into_view_and_esc_moves_back() {
    let mut bench = Bench::new(70, 5);
    bench.print(0, format!("needle one\n{}needle two\nlast\n", "x".repeat(300)));
    bench.open(Some(Outcome::Succeeded));
    let before = bench.screen();
    bench.search("needle two");
    let found = current(&bench).unwrap();
    assert!(found.contains("xneedle two"), "{found}");
    bench.search("needle");
    bench.pane.accept_search();
    assert_eq!(current(&bench).as_deref(), Some("needle one"), "back at the left");
    find(&mut bench, LogAction::NextMatch);
    assert!(current(&bench).unwrap().contains("xneedle two"));
    find(&mut bench, LogAction::NextMatch);
    assert_eq!(current(&bench).as_deref(), Some("needle one"));
    let requests = bench.pane.cancel_search();
    bench.send(requests);
    bench.settle();
    assert_eq!(text_of(&bench.screen()[1]), text_of(&before[1]));
    bench.search("needle two");
    let requests = bench.pane.cancel_search();
    bench.send(requests);
    bench.settle();
    assert_eq!(text_of(&bench.screen()[1]), text_of(&before[1]), "as before the prompt");
}

#[test]
fn a_pattern_that_is_no_regular_expression_is_taken_as_text_and_what_is_not_there_moves_nothing() {
    let mut bench = haystack();
    bench.print(9000, "a [b\n");
    bench.open(Some(Outcome::Succeeded));
    let before = bench.screen();
    bench.search("a [");
    assert_eq!(status(&bench), "/a [ as text 1/1");
    assert_eq!(bench.pane.search_problem(), Some("unclosed character class"));
    bench.search("nowhere");
    assert_eq!((status(&bench).as_str(), bench.screen()), ("/nowhere 0", before));
    let requests = bench.pane.search("");
    bench.send(requests);
    assert_eq!(bench.pane.search_status(), None);
}

#[test]
fn the_search_is_kept_for_the_next_run_and_does_not_move_it() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    bench.search("needle");
    bench.pane.accept_search();
    let other = tempfile::tempdir().unwrap();
    let mut writer = crate::output::Writer::new(other.path(), 1);
    writer.append(crate::output::Stream::Out, super::bench::after(0), &b"a needle\nhay\n".repeat(100));
    let shown = Shown { run: RunId(1), folder: other.path().to_owned(), ..bench.shown(Some(Outcome::Succeeded)) };
    let requests = bench.pane.show(shown);
    bench.send(requests);
    bench.until(|b| status(b) == "/needle 100");
    assert_eq!(text_of(&bench.screen()[8]), "ok after 0:03");
}

#[test]
fn ux_32_a_long_search_shows_what_it_found_says_how_far_it_is_and_ends_at_once() {
    let mut bench = Bench::new(70, 9);
    bench.print(0, "needle in the first block\n");
    // Then a hole: a line of 100 MB that takes no disk.
    let output = OpenOptions::new().write(true).open(bench.folder.path().join(OUTPUT_FILE)).unwrap();
    output.set_len(100 * 1024 * 1024).unwrap();
    bench.open(Some(Outcome::Succeeded));
    let requests = bench.pane.handle(LogAction::First);
    bench.send(requests);
    bench.type_pattern("needle");
    bench.until(|b| current(b).is_some());
    assert!(status(&bench).ends_with('%'), "{}", status(&bench));
    bench.until(|b| !status(b).ends_with(" 0%"));
    let begin = Instant::now();
    let requests = bench.pane.cancel_search();
    bench.send(requests);
    let requests = bench.pane.handle(LogAction::Last);
    assert!(!requests.is_empty());
    bench.send(requests);
    // Whatever it had said before comes first.
    let brought = bench.brought;
    bench.until(|b| b.brought > brought);
    let took = begin.elapsed();
    assert!(took < Duration::from_millis(500), "a debug build took {took:?}");
    assert!(bench.is_silent_for(Duration::from_millis(200)), "it searches on");
}
