//! The ways to a line: errors, times, sections, bookmarks, and the run beside this one.

use super::bench::{Bench, text_of};
use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::output::{Stream, Writer};
use crate::tui::log::message::cell_of;
use crate::tui::log::{LogAction, Shown};

fn current(bench: &Bench) -> String {
    let screen = bench.screen();
    screen.iter().find(|row| row.starts_with(['▸', '◆'])).map(|row| text_of(row)).unwrap_or_default()
}

fn troubled() -> Bench {
    let mut bench = Bench::new(70, 9);
    for n in 0..2000 {
        let text = match n {
            300 => "WARN slow\n".to_owned(),
            1200 => "ERROR broken\n".to_owned(),
            1201 => "  at somewhere\n".to_owned(),
            n => format!("line {n}\n"),
        };
        bench.print(n * 10, text);
    }
    bench
}

#[test]
fn ux_30_e_from_anywhere_lands_on_the_next_error_or_warning_and_the_counter_and_the_marks_agree() {
    let mut bench = troubled();
    bench.open(Some(Outcome::Failed(1)));
    for (from, expected, counter) in [
        (LogAction::First, "WARN slow", "error 1/3"),
        (LogAction::Left, "ERROR broken", "error 2/3"),
        (LogAction::Left, "exit 1 after 0:03", "error 3/3"),
        (LogAction::Left, "WARN slow", "error 1/3"),
    ] {
        bench.press_all(&[from, LogAction::NextError]);
        assert_eq!(current(&bench), expected);
        assert!(bench.pane.footer(false).contains(counter), "{}", bench.pane.footer(false));
    }
    for (expected, counter) in [("exit 1 after 0:03", "3/3"), ("ERROR broken", "2/3"), ("WARN slow", "1/3")] {
        bench.press(LogAction::PreviousError);
        assert_eq!(current(&bench), expected);
        assert!(bench.pane.footer(false).contains(counter), "{}", bench.pane.footer(false));
    }
    // A bar of 9 cells for 2002 rows.
    let marks = bench.pane.hiding.grave.as_ref().map(|grave| grave.marks.clone()).unwrap();
    let marked: Vec<u16> = (0..9).filter(|cell| marks.get(*cell)).collect();
    assert_eq!(marked, [cell_of(301, 2001, 9), cell_of(1201, 2001, 9)]);
}

#[test]
fn ux_30_where_there_is_no_error_it_says_so_and_stays() {
    let mut bench = Bench::new(70, 9);
    bench.print_lines(0..100);
    bench.open(Some(Outcome::Succeeded));
    bench.press_all(&[LogAction::PageUp]);
    let before = bench.screen();
    bench.press(LogAction::NextError);
    assert_eq!(bench.pane.notice().map(|notice| notice.text).as_deref(), Some("no errors or warnings"));
    assert_eq!(bench.screen(), before);
}

#[test]
fn ux_30_errors_that_are_hidden_are_not_gone_to_and_not_counted() {
    let mut bench = troubled();
    bench.open(Some(Outcome::Succeeded));
    bench.press_all(&[LogAction::Level, LogAction::Level, LogAction::Level]);
    bench.press_all(&[LogAction::First, LogAction::NextError]);
    assert_eq!(current(&bench), "ERROR broken");
    assert!(bench.pane.footer(false).contains("error 1/1"), "{}", bench.pane.footer(false));
}

fn go(bench: &mut Bench, typed: &str) {
    let requests = bench.pane.go_to_time(typed).unwrap();
    bench.send(requests);
    bench.until(|b| !b.pane.is_jumping());
    bench.press(LogAction::Left);
}

#[test]
fn a_time_is_gone_to_whatever_it_is_counted_from() {
    let mut bench = Bench::new(70, 9);
    for n in 0..600 {
        bench.print(n * 1000, format!("line {n}\n"));
    }
    bench.open(Some(Outcome::Succeeded));
    // The run started at 14:12:01.
    for (typed, line) in
        [("+90s", 90), ("14:13:01", 60), ("14:20", 479), ("-5m", 299), ("2026-01-05 14:12:11", 10), ("+2h", 599)]
    {
        go(&mut bench, typed);
        assert_eq!(current(&bench), format!("line {line}"), "{typed}");
    }
    assert!(bench.pane.go_to_time("noon").unwrap_err().contains("`noon` is no time such as"));
}

#[test]
fn sections_begin_with_another_stream_and_after_a_pause() {
    let mut bench = Bench::new(70, 9);
    bench.print(0, "0\n1\n");
    bench.complain(1000, "2\n3\n");
    bench.print(2000, "4\n");
    bench.print(20_000, "5\n6\n");
    bench.open(Some(Outcome::Succeeded));
    bench.press_all(&[LogAction::First, LogAction::Down]);
    for line in ["2", "4", "5"] {
        bench.press(LogAction::NextSection);
        assert_eq!(current(&bench), line);
    }
    bench.press(LogAction::NextSection);
    assert_eq!(bench.pane.notice().map(|notice| notice.text).as_deref(), Some("no section begins below"));
    for line in ["4", "2", "0"] {
        bench.press(LogAction::PreviousSection);
        assert_eq!(current(&bench), line);
    }
}

#[test]
fn bookmarks_are_set_found_in_both_directions_shown_and_taken_away() {
    let mut bench = Bench::new(70, 9);
    bench.print_lines(0..200);
    bench.open(Some(Outcome::Succeeded));
    bench.pane.set_bookmarks([20, 150]);
    bench.press_all(&[LogAction::First, LogAction::NextBookmark]);
    assert_eq!(current(&bench), "line 20");
    assert!(bench.screen().iter().any(|row| row.starts_with('◆') && text_of(row) == "line 20"));
    for line in ["line 150", "line 20"] {
        bench.press(LogAction::NextBookmark);
        assert_eq!(current(&bench), line);
    }
    bench.press(LogAction::PreviousBookmark);
    assert_eq!(current(&bench), "line 150");
    bench.press_all(&[LogAction::Down, LogAction::Down]);
    assert!(bench.pane.can_toggle_bookmark());
    assert_eq!(bench.pane.toggle_bookmark(), Some((152, true)));
    assert_eq!(bench.pane.toggle_bookmark(), Some((152, false)));
    bench.press(LogAction::NextBookmark);
    assert_eq!(current(&bench), "line 20");
    bench.pane.set_bookmarks([]);
    bench.press(LogAction::NextBookmark);
    assert!(bench.pane.notice().is_some_and(|notice| notice.text.starts_with("no bookmarks")));
}

#[test]
fn a_key_about_bookmarks_that_came_before_them_is_owed_until_they_and_the_lines_are_here() {
    let mut bench = Bench::new(70, 9);
    bench.print_lines(0..200);
    for bookmarks_first in [true, false] {
        let run = RunId(if bookmarks_first { 1 } else { 2 });
        let requests = bench.pane.show(Shown { run, ..bench.shown(Some(Outcome::Succeeded)) });
        assert!(bench.pane.handle(LogAction::NextBookmark).is_empty());
        assert_eq!((bench.pane.notice(), bench.pane.owed()), (None, None), "nothing is known yet");
        if bookmarks_first {
            bench.pane.set_bookmarks([20]);
            assert_eq!(bench.pane.owed(), None, "the lines are not here");
        }
        bench.send(requests);
        bench.next_answer();
        if !bookmarks_first {
            assert_eq!(bench.pane.owed(), None, "the bookmarks are not here");
            assert!(!bench.pane.can_toggle_bookmark());
            assert!(bench.pane.handle(LogAction::NextBookmark).is_empty(), "the newest key counts");
            bench.pane.set_bookmarks([20]);
        }
        assert_eq!(bench.pane.owed(), Some(LogAction::NextBookmark));
        assert_eq!(bench.pane.owed(), None, "once");
        bench.press(LogAction::NextBookmark);
        assert_eq!(current(&bench), "line 20");
    }
}

#[test]
fn the_next_run_opens_at_its_top_from_the_top_and_at_its_end_from_the_end() {
    let mut bench = Bench::new(70, 9);
    for n in 0..300 {
        // Nothing was printed for a while: the first line is no matter of the start.
        bench.print(60_000 + n * 1000, format!("line {n}\n"));
    }
    bench.open(Some(Outcome::Succeeded));
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (run, (folder, key)) in folders.iter().zip([LogAction::First, LogAction::Last]).enumerate() {
        let mut writer = Writer::new(folder.path(), 1);
        for n in 0..100 {
            writer.append(Stream::Out, super::bench::after(n * 3000), format!("other {n}\n").as_bytes());
        }
        bench.press(key);
        bench.pane.carry_time();
        let ended = bench.shown(Some(Outcome::Succeeded));
        let shown = Shown { run: RunId(run as i64), folder: folder.path().to_owned(), ..ended };
        let requests = bench.pane.show(shown);
        bench.send(requests);
        bench.next_answer();
        bench.settle();
        let seen = bench.screen().join("\n");
        let (top, end) = (seen.contains("other 0\n"), seen.contains("other 99\n"));
        assert_eq!((top, end), (run == 0, run == 1), "{seen}");
        assert!(!bench.pane.is_jumping());
    }
}

#[test]
fn the_next_run_opens_at_the_same_time_since_its_start_with_the_same_search() {
    let mut bench = Bench::new(70, 9);
    for n in 0..300 {
        bench.print(n * 1000, format!("line {n}\n"));
    }
    bench.open(Some(Outcome::Succeeded));
    bench.search("line 120\\b");
    bench.pane.accept_search();
    let other = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(other.path(), 1);
    let day = 86_400_000;
    for n in 0..100 {
        writer.append(Stream::Out, super::bench::after(day + n * 3000), format!("other {n}\n").as_bytes());
    }
    bench.pane.carry_time();
    let shown = Shown {
        run: RunId(1),
        folder: other.path().to_owned(),
        started_at: Some(super::bench::after(day)),
        finished_at: Some(super::bench::after(day + 300_000)),
        ..bench.shown(Some(Outcome::Succeeded))
    };
    let requests = bench.pane.show(shown);
    bench.send(requests);
    bench.until(|b| !b.pane.is_jumping());
    bench.press(LogAction::Left);
    assert_eq!(current(&bench), "other 40");
    bench.until(|b| b.pane.search_status().as_deref() == Some("/line 120\\b 0"));
}
