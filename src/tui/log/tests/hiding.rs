//! Lines that are hidden: by a pattern, by level, by stream.

use super::bench::{Bench, text_of};
use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::tui::log::message::Tally;
use crate::tui::log::{LogAction, LogAnswer, Shown};

/// 3000 lines, of which every 100th, from line 50 on, says `needle`.
fn haystack() -> Bench {
    let mut bench = Bench::new(70, 9);
    for n in 0..3000 {
        bench.print(n, if n % 100 == 50 { format!("line {n} needle\n") } else { format!("line {n}\n") });
    }
    bench
}

fn texts(bench: &Bench) -> Vec<String> {
    bench.screen().iter().map(|row| text_of(row)).filter(|row| !row.is_empty()).collect()
}

fn filter(bench: &mut Bench, pattern: &str) {
    for end in 1..=pattern.len() {
        let requests = bench.pane.filter(&pattern[..end]);
        bench.send(requests);
    }
    bench.until(|b| b.pane.is_sifted_to_the_end());
    bench.settle();
}

fn back(bench: &mut Bench) {
    let requests = bench.pane.back().expect("there is something to take away");
    bench.send(requests);
    bench.press(LogAction::Left);
}

#[test]
fn ux_29_a_filter_hides_the_other_lines_and_esc_restores_the_same_line_on_the_same_row() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    (0..40).for_each(|_| bench.press(LogAction::PageUp));
    bench.press_all(&[LogAction::Up, LogAction::Up, LogAction::Up]);
    let before = bench.screen();
    filter(&mut bench, "needle");
    bench.pane.accept_filter();
    let shown = texts(&bench);
    assert_eq!(shown.len(), 9, "{shown:#?}");
    assert!(shown.iter().all(|text| text.ends_with("needle")), "{shown:#?}");
    assert!(bench.pane.footer(false).contains(" · &needle 30/3000"), "{}", bench.pane.footer(false));
    back(&mut bench);
    assert_eq!(bench.screen(), before);
    assert!(bench.pane.back().is_none(), "nothing is left to take away");
}

#[test]
fn ux_29_a_line_that_was_gone_to_in_a_filter_keeps_its_row_when_the_others_come_back() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    bench.press(LogAction::First);
    filter(&mut bench, "needle");
    bench.pane.accept_filter();
    (0..20).for_each(|_| bench.press(LogAction::Down));
    let row = bench.screen().iter().position(|row| row.starts_with('▸')).unwrap();
    assert_eq!(text_of(&bench.screen()[row]), "line 1950 needle");
    back(&mut bench);
    assert_eq!(text_of(&bench.screen()[row]), "line 1950 needle");
    assert_eq!(text_of(&bench.screen()[row - 1]), "line 1949");
}

#[test]
fn every_line_of_a_filter_is_reached_in_both_directions_and_the_end_of_the_run_is_below_them() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Failed(3)));
    bench.press(LogAction::First);
    filter(&mut bench, "needle");
    bench.press(LogAction::First);
    let expected: Vec<String> = (0..30).map(|n| format!("line {} needle", n * 100 + 50)).collect();
    let mut seen = Vec::new();
    for _ in 0..40 {
        let current = bench.screen().iter().find(|row| row.starts_with('▸')).map(|row| text_of(row)).unwrap();
        if seen.last() != Some(&current) {
            seen.push(current);
        }
        bench.press(LogAction::Down);
    }
    assert_eq!(seen[1..31], expected);
    assert_eq!(seen[31], "exit 3 after 0:03");
    bench.press(LogAction::First);
    for _ in 0..6 {
        bench.press(LogAction::PageDown);
    }
    assert_eq!(texts(&bench)[8], "exit 3 after 0:03");
    bench.press(LogAction::PageUp);
    assert_eq!(texts(&bench)[8], "line 2150 needle");
}

#[test]
fn a_filter_with_a_bang_shows_the_other_lines_and_esc_in_the_prompt_brings_the_one_before() {
    let mut bench = Bench::new(70, 9);
    bench.print(0, "one\ntwo\nthree\nfour\n");
    bench.open(Some(Outcome::Succeeded));
    filter(&mut bench, "!o");
    assert_eq!(texts(&bench)[1..], ["three", "ok after 0:03"]);
    bench.pane.accept_filter();
    assert_eq!(bench.pane.filter_text(), "!o");
    filter(&mut bench, "four");
    assert_eq!(texts(&bench)[1..], ["four", "ok after 0:03"]);
    let requests = bench.pane.cancel_filter();
    bench.send(requests);
    bench.press(LogAction::Left);
    assert_eq!((texts(&bench)[1].as_str(), bench.pane.filter_text()), ("three", "!o"));
    filter(&mut bench, "[x");
    assert_eq!(bench.pane.filter_problem(), Some("unclosed character class"));
    assert_eq!(bench.pane.filter_count(false).as_deref(), Some("0/4"));
    assert_eq!(texts(&bench)[1..], ["ok after 0:03"]);
}

#[test]
fn as_long_as_the_lines_of_before_are_on_the_screen_the_footer_says_filtering_and_no_count() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    let before = texts(&bench);
    let requests = bench.pane.filter("needle");
    assert_eq!(texts(&bench), before);
    assert!(bench.pane.footer(false).ends_with("&needle filtering…"), "{}", bench.pane.footer(false));
    assert!(bench.pane.footer(true).ends_with("&needle filtering..."), "{}", bench.pane.footer(true));
    // The count comes before the lines.
    let kept = Some(Tally { count: 30, percent: 100, ..Tally::default() });
    bench.pane.answer(LogAnswer::Sifted { sieve: bench.pane.hiding.number(), kept, grave: None });
    assert_eq!(texts(&bench), before);
    assert_eq!(bench.pane.filter_count(false).as_deref(), Some("filtering…"));
    bench.send(requests);
    bench.until(|b| b.pane.is_sifted_to_the_end());
    assert_eq!(bench.pane.filter_count(false).as_deref(), Some("30/3000"));
    let requests = bench.pane.filter("");
    assert!(bench.pane.footer(false).ends_with("/3000 · filtering…"), "{}", bench.pane.footer(false));
    bench.send(requests);
    bench.until(|b| !b.pane.footer(false).contains("filtering"));
    bench.settle();
    assert_eq!(texts(&bench), before);
}

#[test]
fn lines_around_a_match_are_shown_on_request_and_are_dim() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    bench.press(LogAction::First);
    filter(&mut bench, r"line (50|52|150)\b");
    bench.pane.accept_filter();
    bench.press(LogAction::First);
    bench.press_all(&[LogAction::MoreContext, LogAction::MoreContext]);
    let expected = ["line 48", "line 49", "line 50 needle", "line 51", "line 52", "line 53", "line 54", "line 148"];
    assert_eq!(texts(&bench)[1..], expected);
    assert!(bench.pane.footer(false).contains("±2"), "{}", bench.pane.footer(false));
    let buffer = bench.buffer(crate::tui::theme::Theme::Mono);
    let dim = |y: u16| buffer[(16, y)].modifier.contains(ratatui::style::Modifier::DIM);
    assert_eq!([1, 2, 3, 4, 5, 6].map(dim), [true, true, false, true, false, true]);
    bench.press_all(&[LogAction::LessContext, LogAction::LessContext, LogAction::LessContext]);
    assert_eq!(texts(&bench)[1..4], ["line 50 needle", "line 52", "line 150 needle"]);
}

#[test]
fn a_filter_in_a_live_run_shows_new_lines_that_match_and_follows() {
    let mut bench = haystack();
    bench.open_live();
    filter(&mut bench, "needle");
    bench.pane.accept_filter();
    assert_eq!(texts(&bench)[8], "line 2950 needle");
    bench.print(4000, "hay\nnew needle\nhay\n");
    bench.until(|b| texts(b).last().is_some_and(|text| text == "new needle"));
    assert_eq!(bench.pane.badge(), "FOLLOW");
    bench.until(|b| b.pane.footer(false).contains("&needle 31/3003"));
    bench.press(LogAction::Up);
    let before = texts(&bench);
    bench.print(4000, "newer needle\n");
    bench.until(|b| b.pane.badge() == "PAUSED +1");
    assert_eq!(texts(&bench), before);
}

#[test]
fn ux_34_levels_and_streams_hide_lines_and_the_footer_says_so() {
    let mut bench = Bench::new(70, 12);
    bench.print(0, "INFO a\nplain\n");
    bench.complain(1, "ERROR b\n  at c\n");
    bench.print(2, "DEBUG d\nWARN e\n");
    bench.open(Some(Outcome::Succeeded));
    let all = texts(&bench);
    bench.press(LogAction::Level);
    assert_eq!(texts(&bench)[1..7], ["INFO a", "plain", "ERROR b", "at c", "WARN e", "ok after 0:03"]);
    assert_eq!(bench.pane.footer(false), "6/6 · ≥info hides 1");
    assert!(format!("{:?}", bench.pane.notice()).contains("without lines of level trace or debug"));
    bench.press(LogAction::Level);
    assert_eq!(texts(&bench)[1..4], ["ERROR b", "at c", "WARN e"]);
    assert_eq!(bench.pane.footer(false), "6/6 · ≥warn hides 3");
    assert_eq!(bench.pane.footer(true), "6/6 - >=warn hides 3");
    bench.press_all(&[LogAction::Level, LogAction::Level]);
    assert_eq!(texts(&bench), all);
    bench.press_all(&[LogAction::Streams, LogAction::Streams]);
    assert_eq!(texts(&bench)[1..3], ["ERROR b", "at c"]);
    assert_eq!(bench.pane.footer(false), "6/6 · err hides 4");
}

#[test]
fn a_level_that_hides_nothing_says_so() {
    let mut bench = Bench::new(70, 12);
    bench.print(0, "INFO a\nplain\n");
    bench.open(Some(Outcome::Succeeded));
    bench.press(LogAction::Level);
    assert_eq!(bench.pane.footer(false), "2/2 · ≥info hides none");
}

#[test]
fn n_passes_matches_by_that_are_hidden() {
    let mut bench = Bench::new(70, 9);
    bench.print(0, "a keep\nx a\nb keep\na keep\nx a\n");
    bench.open(Some(Outcome::Succeeded));
    filter(&mut bench, "keep");
    bench.pane.accept_filter();
    bench.press(LogAction::First);
    bench.search("a ?k?|x a");
    bench.pane.accept_search();
    let current = |b: &Bench| b.screen().iter().find(|row| row.starts_with('▸')).map(|row| text_of(row));
    for (action, expected) in [
        (LogAction::NextMatch, "a keep"),
        (LogAction::NextMatch, "a keep"),
        (LogAction::PreviousMatch, "a keep"),
        (LogAction::PreviousMatch, "a keep"),
    ] {
        let requests = bench.pane.handle(action);
        bench.send(requests);
        bench.until(|b| !b.pane.is_waiting());
        bench.settle();
        assert_eq!(current(&bench).as_deref(), Some(expected), "{action:?}");
    }
    bench.search("x a");
    assert_eq!(bench.screen().iter().filter(|row| row.contains("x a")).count(), 0);
}

#[test]
fn what_is_hidden_stays_hidden_in_the_next_run() {
    let mut bench = haystack();
    bench.open(Some(Outcome::Succeeded));
    filter(&mut bench, "needle");
    bench.pane.accept_filter();
    let other = tempfile::tempdir().unwrap();
    let mut writer = crate::output::Writer::new(other.path(), 1);
    writer.append(crate::output::Stream::Out, super::bench::after(0), b"a needle\nhay\n");
    let shown = Shown { run: RunId(1), folder: other.path().to_owned(), ..bench.shown(Some(Outcome::Succeeded)) };
    let requests = bench.pane.show(shown);
    bench.send(requests);
    bench.until(|b| b.pane.is_sifted_to_the_end() && texts(b).len() == 3);
    assert_eq!(texts(&bench)[1], "a needle");
    assert!(bench.pane.footer(false).contains("&needle 1/2"), "{}", bench.pane.footer(false));
}
