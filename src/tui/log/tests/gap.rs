//! Outputs of which a part is missing (O2), or all (O3).

use super::bench::{Bench, after, text_of};
use crate::domain::run::{Outcome, Removed};
use crate::output::{Reader, Writer};
use crate::tui::log::geometry::Top;
use crate::tui::log::pane::Place;
use crate::tui::log::{Following, LogAction, Shown};

/// A line of 64 bytes.
fn line(n: u64) -> String {
    format!("line {n:<58}\n")
}

/// A pane over an output with a cap of a mebibyte, of which so many lines were printed.
fn capped(height: u16, lines: u64) -> Bench {
    let mut bench = Bench::new(80, height);
    bench.writer = Writer::new(bench.folder.path(), 1).capped(Some(1 << 20));
    print(&mut bench, 0..lines);
    bench
}

fn print(bench: &mut Bench, lines: std::ops::Range<u64>) {
    bench.print(0, lines.map(line).collect::<String>());
}

fn go_to(bench: &mut Bench, line: u64) {
    bench.pane.place = Place::At(Top { position: line + 1, row: 0 });
    bench.pane.cursor = line + 1;
    let requests = bench.pane.request();
    bench.send(requests);
    bench.settle();
}

fn texts(bench: &Bench) -> Vec<String> {
    bench.screen().iter().map(|row| text_of(row)).collect()
}

#[test]
fn o2_where_output_is_missing_one_line_says_so_and_scrolling_goes_over_it() {
    let mut bench = capped(6, 100_000);
    bench.open(Some(Outcome::Succeeded));
    let missing = Reader::open(bench.folder.path()).unwrap().missing()[0].clone();
    let (first, next) = (missing.row, missing.next);
    assert!(next > first + 80_000);
    bench.press(LogAction::First);
    go_to(&mut bench, first - 2);
    let gap = format!(
        "── {:.1} MiB, {},{:03} lines were not kept (cap 1M) ──",
        missing.gap.bytes() as f64 / f64::from(1 << 20),
        (next - first) / 1000,
        (next - first) % 1000
    );
    let number = |n: u64| format!("line {n}");
    assert_eq!(texts(&bench)[..5], [number(first - 2), number(first - 1), gap.clone(), number(next), number(next + 1)]);
    assert!(bench.screen()[2].contains('·'), "it is Tempo's own line");
    // From the lowest line on, the view goes with the cursor.
    (0..5).for_each(|_| bench.press(LogAction::Down));
    assert_eq!(texts(&bench)[0], number(first - 2));
    bench.press(LogAction::Down);
    bench.press(LogAction::Down);
    assert_eq!(texts(&bench)[..2], [gap.clone(), number(next)]);
    bench.press(LogAction::Down);
    assert_eq!(bench.top_line(), number(next));
    assert!(bench.pane.footer(false).starts_with(&format!("{}/100000", next + 6)), "{}", bench.pane.footer(false));
    bench.press(LogAction::PageUp);
    assert_eq!(texts(&bench)[5], gap);
    assert_eq!(bench.top_line(), number(first - 5));
    // Also when less than a screen follows it, and wrapped.
    bench.press(LogAction::Wrap);
    assert!(texts(&bench).iter().any(|row| row.contains("were not kept")));
}

#[test]
fn o2_a_reader_of_a_flood_keeps_the_place_until_it_is_dropped_and_then_is_at_the_gap() {
    let mut bench = capped(6, 20_000);
    bench.open_live();
    bench.press(LogAction::PageUp);
    let before = texts(&bench);
    // A step of the cap is dropped, but not yet the lines that are read.
    print(&mut bench, 20_000..22_000);
    bench.until(|b| b.pane.following() == Some(Following::Paused(2000)));
    assert_eq!(texts(&bench), before);
    print(&mut bench, 22_000..60_000);
    bench.until(|b| b.top_line().contains("lines were not kept"));
    let next = Reader::open(bench.folder.path()).unwrap().missing()[0].next;
    bench.until(|b| text_of(&b.screen()[1]) == format!("line {next}"));
    bench.until(|b| b.pane.following() == Some(Following::Paused(40_000)));
    // Up leads into the beginning, which is kept.
    bench.press(LogAction::Up);
    bench.until(|b| b.top_line().starts_with("line "));
    bench.press(LogAction::Last);
    bench.until(|b| text_of(&b.screen()[5]) == "line 59999");
}

#[test]
fn o2_what_was_found_where_nothing_is_any_more_is_forgotten() {
    let mut bench = capped(6, 0);
    let needles = |from: u64, to: u64| {
        (from..to).map(|n| if n % 1000 == 500 { format!("needle {n:<56}\n") } else { line(n) }).collect::<String>()
    };
    bench.print(0, needles(0, 16_000));
    bench.open_live();
    bench.search("needle");
    assert_eq!(bench.pane.search_status().as_deref(), Some("/needle 1/16"));
    bench.print(0, needles(16_000, 60_000));
    bench.until(|b| {
        b.pane.extent.lines == 60_000 && b.pane.search_status().is_some_and(|s| !s.contains('%') && !s.ends_with("/16"))
    });
    let missing = Reader::open(bench.folder.path()).unwrap().missing()[0].clone();
    let kept = (0..60_000).filter(|n| n % 1000 == 500 && !(missing.row..missing.next).contains(n)).count();
    bench.until(|b| b.pane.search_status().is_some_and(|status| status.ends_with(&format!("/{kept}"))));
    // From the last match of the beginning the next one is behind the gap.
    go_to(&mut bench, missing.row - 3);
    bench.press(LogAction::NextMatch);
    bench.until(|b| !b.pane.is_waiting());
    bench.settle();
    let found =
        (missing.row - 3..60_000).find(|n| n % 1000 == 500 && !(missing.row..missing.next).contains(n)).unwrap();
    assert!(texts(&bench).iter().any(|row| *row == format!("needle {found}")), "{:#?}", bench.screen());
}

#[test]
fn o3_in_the_place_of_an_output_that_was_removed_one_line_says_so() {
    let mut bench = Bench::new(100, 5);
    let removed = Removed { at: after(0), by: "kept: 200 runs per task".to_owned() };
    let requests = bench.pane.show(Shown { removed: Some(removed), ..bench.shown(Some(Outcome::Succeeded)) });
    bench.send(requests);
    let expected = ["its output was removed on 2026-01-05 14:12 (kept: 200 runs per task)", "ok after 0:03"];
    assert_eq!(texts(&bench)[1..3], expected);
    // The next run is shown as ever.
    bench.print(0, "one\n");
    let other = Shown { run: crate::domain::RunId(7), ..bench.shown(Some(Outcome::Succeeded)) };
    let requests = bench.pane.show(other);
    bench.send(requests);
    bench.until(|b| text_of(&b.screen()[1]) == "one");
}
