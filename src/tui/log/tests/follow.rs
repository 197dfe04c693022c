//! Opening, following, pausing, scrolling.

use std::time::{Duration, Instant};

use ratatui::layout::Size;

use super::bench::{Bench, text_of};
use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::tui::log::{Following, LogAction};

#[test]
fn a_live_run_is_followed_and_a_growing_line_grows_on_the_screen() {
    let mut bench = Bench::new(70, 5);
    bench.open_live();
    assert_eq!(bench.screen()[0], "▸14:12:01.000 · run #1284 started by hand");
    assert_eq!(bench.pane.badge(), "FOLLOW");
    bench.print(100, "10 %");
    bench.until(|b| text_of(&b.screen()[1]) == "10 %");
    bench.print(200, "\r20 %");
    bench.until(|b| text_of(&b.screen()[1]) == "20 %");
    bench.print_lines(0..100);
    bench.until(|b| text_of(&b.screen()[4]) == "line 99");
    assert_eq!(bench.pane.badge(), "FOLLOW");
    assert_eq!(bench.pane.footer(false), "100/100");
}

#[test]
fn a_run_is_followed_from_before_its_folder_exists() {
    let mut bench = Bench::new(70, 5);
    let folder = bench.folder.path().join("later");
    let queued = crate::tui::log::Shown { folder: folder.clone(), started_at: None, live: false, ..bench.shown(None) };
    let requests = bench.pane.show(queued.clone());
    bench.send(requests);
    bench.next_answer();
    assert_eq!(text_of(&bench.screen()[0]), "run #1284 asked for by hand");
    std::fs::create_dir(&folder).unwrap();
    let requests = bench.pane.show(crate::tui::log::Shown { live: true, ..queued });
    bench.send(requests);
    bench.next_answer();
    bench.writer = crate::output::Writer::new(&folder, 1);
    bench.print(1, "first\n");
    bench.until(|b| text_of(&b.screen()[1]) == "first");
    bench.print(2, "second\n");
    bench.until(|b| text_of(&b.screen()[2]) == "second");
}

#[test]
fn ux_31_upward_motion_pauses_and_new_lines_do_not_move_the_text() {
    for action in [LogAction::Up, LogAction::HalfUp, LogAction::PageUp, LogAction::First] {
        let mut bench = Bench::new(70, 6);
        bench.print_lines(0..100);
        bench.open_live();
        bench.press(action);
        assert_eq!(bench.pane.badge(), "PAUSED", "{action:?}");
        let before = bench.screen();
        bench.print_lines(100..112);
        bench.until(|b| b.pane.following() == Some(Following::Paused(12)));
        assert_eq!(bench.pane.badge(), "PAUSED +12");
        assert_eq!(bench.screen(), before, "{action:?}");
        bench.press(if action == LogAction::Up { LogAction::Last } else { LogAction::Follow });
        bench.until(|b| text_of(&b.screen()[5]) == "line 111");
        assert_eq!(bench.pane.badge(), "FOLLOW");
        bench.print_lines(112..113);
        bench.until(|b| text_of(&b.screen()[5]) == "line 112");
    }
}

#[test]
fn ux_31_a_short_output_is_paused_too_and_its_last_line_still_grows() {
    let mut bench = Bench::new(70, 6);
    bench.print(0, "one\ntw");
    bench.open_live();
    bench.press(LogAction::Up);
    assert_eq!(bench.pane.badge(), "PAUSED");
    bench.print(1, "o\nthree\n");
    bench.until(|b| text_of(&b.screen()[3]) == "three");
    assert_eq!(text_of(&bench.screen()[2]), "two");
    assert_eq!(bench.pane.badge(), "PAUSED +1");
    bench.press(LogAction::Follow);
    bench.press(LogAction::Follow);
    assert_eq!(bench.pane.badge(), "PAUSED");
}

#[test]
fn a_finished_run_opens_at_its_end_and_has_nothing_to_follow() {
    let mut bench = Bench::new(70, 4);
    bench.print_lines(0..100);
    bench.open(Some(Outcome::Failed(1)));
    let screen: Vec<_> = bench.screen().iter().map(|row| text_of(row)).collect();
    assert_eq!(screen, ["line 97", "line 98", "line 99", "exit 1 after 0:03"]);
    assert_eq!((bench.pane.following(), bench.pane.badge().as_str()), (None, ""));
}

#[test]
fn a_run_that_ends_while_it_is_followed_shows_its_last_line_and_how_it_ended() {
    let mut bench = Bench::new(70, 4);
    bench.open_live();
    bench.print_lines(0..100);
    let shown = bench.shown(Some(Outcome::Succeeded));
    let requests = bench.pane.show(shown);
    bench.send(requests);
    bench.until(|b| text_of(&b.screen()[2]) == "line 99");
    assert_eq!(text_of(&bench.screen()[3]), "ok after 0:03");
    assert_eq!(bench.pane.badge(), "");
}

#[test]
fn scrolling_reaches_every_line_once_from_end_to_end() {
    let mut bench = Bench::new(70, 7);
    bench.print_lines(0..500);
    bench.open(Some(Outcome::Succeeded));
    for (up, down, step) in [(LogAction::HalfUp, LogAction::HalfDown, 4), (LogAction::PageUp, LogAction::PageDown, 7)] {
        bench.press(LogAction::Last);
        let mut top = 495;
        while top > 0 {
            assert_eq!(bench.top_line(), format!("line {}", top - 1));
            bench.press(up);
            top = i32::max(0, top - step);
        }
        assert_eq!(bench.top_line(), "run #1284 started by hand");
        while top < 495 {
            bench.press(down);
            top = i32::min(495, top + step);
            assert_eq!(bench.top_line(), format!("line {}", top - 1), "{down:?}");
        }
        bench.press(down);
        assert_eq!(text_of(&bench.screen()[6]), "ok after 0:03");
    }
    bench.press(LogAction::First);
    assert_eq!(bench.top_line(), "run #1284 started by hand");
}

#[test]
fn ux_6_a_flood_is_told_at_most_twenty_times_a_second() {
    let mut bench = Bench::new(70, 6);
    bench.open_live();
    let (begin, before) = (Instant::now(), bench.answered);
    let mut printed = 0;
    while begin.elapsed() < Duration::from_secs(1) {
        bench.print_lines(printed..printed + 5);
        printed += 5;
        std::thread::sleep(Duration::from_millis(1));
    }
    let last = format!("line {}", printed - 1);
    bench.until(|b| text_of(&b.screen()[5]) == last);
    let most = begin.elapsed().as_millis() / 50 + 2;
    let answers = bench.answered - before;
    assert!(answers as u128 <= most && answers > 2, "{answers} answers, {most} allowed, {printed} lines");
}

#[test]
fn ux_1_where_nothing_happens_the_worker_says_nothing() {
    let mut bench = Bench::new(70, 6);
    bench.print_lines(0..10);
    bench.open_live();
    assert!(bench.is_silent_for(Duration::from_millis(300)));
}

#[test]
fn an_answer_about_the_run_before_is_not_shown() {
    let mut bench = Bench::new(70, 4);
    bench.print_lines(0..10);
    let first = bench.pane.show(bench.shown(Some(Outcome::Succeeded)));
    let other = tempfile::tempdir().unwrap();
    let shown = crate::tui::log::Shown {
        run: RunId(1285),
        folder: other.path().to_owned(),
        ..bench.shown(Some(Outcome::Failed(7)))
    };
    let second = bench.pane.show(shown);
    bench.send(first);
    bench.next_answer();
    assert_eq!(text_of(&bench.screen()[1]), "exit 7 after 0:03");
    bench.send(second);
    bench.next_answer();
    assert_eq!(text_of(&bench.screen()[0]), "run #1285 started by hand");
    assert_eq!(text_of(&bench.screen()[1]), "exit 7 after 0:03");
}

#[test]
fn an_output_that_cannot_be_read_says_why() {
    let mut bench = Bench::new(70, 4);
    let file = bench.folder.path().join("not-a-folder");
    std::fs::write(&file, "").unwrap();
    let requests = bench.pane.show(crate::tui::log::Shown { folder: file, ..bench.shown(None) });
    bench.send(requests);
    bench.next_answer();
    assert!(bench.screen()[0].starts_with("cannot read the output: "), "{:?}", bench.screen());
}

/// Whatever is pressed and however the pane is resized while lines come: the screen is full as long as there are lines, and the
/// footer counts what is there.
#[test]
fn ux_31_no_row_is_empty_and_the_count_is_right_however_following_is_paused_and_resumed() {
    use LogAction::{Down, First, Follow, HalfUp, Last, PageDown, Up};
    let mut bench = Bench::new(70, 6);
    bench.open_live();
    let (mut printed, mut chance) = (0_u64, 7_u64);
    for step in 0..300 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let dice = chance >> 40;
        let (height, zoomed) = (4 + (dice / 64 % 9) as u16, dice & 32 > 0);
        match dice % 16 {
            n @ 0..10 => {
                bench.press([Follow, Up, Follow, HalfUp, Down, Follow, First, PageDown, Last, Follow][n as usize]);
            }
            10..12 => {
                let requests = bench.pane.resize(Size { width: 70, height }, zoomed);
                bench.send(requests);
            }
            _ => {
                bench.print_lines(printed..printed + 1 + dice / 16 % 3);
                printed += 1 + dice / 16 % 3;
            }
        }
        bench.until(|b| b.pane.extent.lines == printed && b.pane.top == b.pane.wanted_top());
        let screen = bench.screen();
        let full = screen.iter().filter(|row| !row.is_empty()).count();
        let rows = printed as usize + usize::from(!bench.pane.zoomed);
        assert_eq!(full, rows.min(screen.len()), "step {step}: {screen:#?}");
        let lowest = screen.iter().rev().find_map(|row| text_of(row).strip_prefix("line ")?.parse::<u64>().ok());
        let counted = format!("{}/{printed}", lowest.map_or(0, |line| line + 1));
        assert!(
            bench.pane.footer(false).starts_with(&counted),
            "step {step}: {counted} {} {screen:#?}",
            bench.pane.footer(false)
        );
    }
}
