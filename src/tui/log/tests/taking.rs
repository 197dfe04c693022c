//! Selecting, copying, saving, long lines, and patterns that are waited for.

use super::bench::{Bench, text_of};
use crate::domain::run::Outcome;
use crate::tui::log::message::{Copied, Saved};
use crate::tui::log::{LogAction, LogAnswer};

fn copied(bench: &mut Bench) -> Copied {
    bench.others.clear();
    let requests = bench.pane.handle(LogAction::Copy);
    bench.send(requests);
    bench.until(|b| !b.others.is_empty());
    match bench.others.remove(0) {
        LogAnswer::Copied(Ok(copied)) => copied,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ux_35_v_j_j_y_copies_three_lines_exactly_and_y_alone_the_one_under_the_cursor() {
    let mut bench = Bench::new(40, 9);
    let long = "long ".repeat(2000);
    bench.print(0, format!("one\n\x1b[31m  two \x1b[m\n{long}\nfour\n"));
    bench.open(Some(Outcome::Succeeded));
    bench.press_all(&[LogAction::First, LogAction::Down]);
    assert_eq!(copied(&mut bench), Copied { text: "one\n".to_owned(), lines: 1 });
    bench.press_all(&[LogAction::Select, LogAction::Down, LogAction::Down]);
    assert!(bench.pane.footer(false).contains("3 selected"));
    assert_eq!(copied(&mut bench), Copied { text: format!("one\n  two \n{long}\n"), lines: 3 });
    assert!(!bench.pane.is_selecting());
    // Upwards, and over the ends.
    bench.press_all(&[LogAction::Last, LogAction::Select, LogAction::First]);
    assert_eq!(copied(&mut bench).lines, 4);
    bench.press_all(&[LogAction::Select]);
    assert!(bench.pane.back().is_some() && !bench.pane.is_selecting(), "Esc ends it");
    bench.press_all(&[LogAction::First]);
    assert!(bench.pane.handle(LogAction::Copy).is_empty());
    assert!(bench.pane.notice().is_some_and(|notice| notice.text.starts_with("nothing to copy")));
}

#[test]
fn a_mouse_scrolls_points_at_a_line_and_draws_over_lines() {
    let mut bench = Bench::new(40, 6);
    bench.print_lines(0..50);
    bench.open(Some(Outcome::Succeeded));
    let cursor = |b: &Bench| b.screen().iter().position(|row| row.starts_with('▸'));
    let requests = bench.pane.scroll(-3);
    bench.send(requests);
    bench.settle();
    assert_eq!((text_of(&bench.screen()[0]), cursor(&bench)), ("line 42".to_owned(), Some(5)));
    bench.pane.point(2);
    bench.settle();
    assert_eq!(cursor(&bench), Some(2));
    let requests = bench.pane.scroll(1);
    bench.send(requests);
    bench.settle();
    assert_eq!((text_of(&bench.screen()[0]), cursor(&bench)), ("line 43".to_owned(), Some(1)));
    bench.pane.drag(3);
    bench.pane.drag(2);
    assert_eq!(copied(&mut bench), Copied { text: "line 44\nline 45\n".to_owned(), lines: 2 });
}

#[test]
fn what_is_hidden_is_not_copied() {
    let mut bench = Bench::new(40, 9);
    bench.print(0, "a1\nb\na2\nb\na3\n");
    bench.open(Some(Outcome::Succeeded));
    let requests = bench.pane.filter("a");
    bench.send(requests);
    bench.pane.accept_filter();
    bench.press_all(&[LogAction::First, LogAction::Down, LogAction::Select, LogAction::Down, LogAction::Down]);
    assert_eq!(copied(&mut bench), Copied { text: "a1\na2\na3\n".to_owned(), lines: 3 });
}

fn saved(bench: &mut Bench, typed: &str) -> Saved {
    let requests = bench.pane.save(typed, None).unwrap();
    bench.others.clear();
    bench.send(requests);
    bench.until(|b| !b.others.is_empty());
    match bench.others.remove(0) {
        LogAnswer::Saved(saved) => saved,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ux_23_what_is_saved_is_text_unless_raw_is_asked_for_and_no_file_is_lost() {
    let mut bench = Bench::new(40, 9);
    let printed = "one\n\x1b]52;c;ZXZpbA==\x07two\x1b[2J\nthree\n";
    bench.print(0, printed);
    bench.open(Some(Outcome::Succeeded));
    let path = bench.folder.path().join("saved.log");
    let typed = path.to_str().unwrap().to_owned();
    assert_eq!(saved(&mut bench, &typed), Saved::Done(path.clone(), 14));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    let Saved::Exists(saving) = saved(&mut bench, &typed) else { panic!("it was overwritten") };
    assert_eq!(saving.path, path);
    let raw = bench.folder.path().join("raw.log");
    assert_eq!(saved(&mut bench, &format!("raw {}", raw.display())), Saved::Done(raw.clone(), printed.len() as u64));
    assert_eq!(std::fs::read(&raw).unwrap(), printed.as_bytes());
    bench.press_all(&[LogAction::First, LogAction::Down, LogAction::Select, LogAction::Down]);
    let part = bench.folder.path().join("part.log");
    assert_eq!(saved(&mut bench, part.to_str().unwrap()), Saved::Done(part.clone(), 8));
    assert_eq!(std::fs::read_to_string(&part).unwrap(), "one\ntwo\n");
    assert!(matches!(saved(&mut bench, "/nowhere/at/all"), Saved::Failed(why) if why.contains("/nowhere/at/all")));
    assert!(bench.pane.save(" ", None).is_err());
}

#[test]
fn a_pattern_that_appears_is_told_once_also_when_another_run_is_shown() {
    let mut bench = Bench::new(60, 9);
    bench.print(0, "ready before\n");
    bench.open_live();
    let requests = bench.pane.alert("ready", "web");
    bench.send(requests);
    assert!(bench.pane.notice().is_some_and(|notice| notice.text.contains("ready appears")));
    // The worker has it when it has answered what was asked after it.
    bench.press(LogAction::First);
    let requests = bench.pane.clear();
    bench.send(requests);
    // The thread that waits may begin a moment later: what is printed is printed until it is heard.
    for n in 0..2000 {
        bench.print(n, format!("now ready {n}\n"));
        if !bench.is_quiet() {
            break;
        }
    }
    bench.until(|b| !b.others.is_empty());
    let LogAnswer::Alerted { slug, text, .. } = bench.others.remove(0) else { panic!("{:?}", bench.others) };
    assert!(slug == "web" && text.starts_with("now ready"), "{slug} {text}");
    bench.print(9000, "ready again\n");
    assert!(bench.is_silent_for(std::time::Duration::from_millis(200)), "once");
}

#[test]
fn ux_10_a_long_line_says_how_much_is_missing_and_enter_shows_all_of_it_part_by_part() {
    let mut bench = Bench::new(50, 5);
    let long: String = (0..20_000).map(|n| format!("{n:05} ")).collect();
    bench.print(0, format!("{long}\nshort\n"));
    bench.open(Some(Outcome::Succeeded));
    bench.press_all(&[LogAction::Wrap, LogAction::Last, LogAction::Up, LogAction::Up]);
    let screen = bench.screen().join("\n");
    assert!(screen.contains("bytes"), "{screen}");
    let open = |bench: &mut Bench, action| {
        let requests = bench.pane.handle(action);
        let asks = !requests.is_empty();
        bench.send(requests);
        if asks {
            bench.whole();
        }
    };
    open(&mut bench, LogAction::Open);
    assert!(bench.screen()[0].starts_with("00000 00001"), "{:#?}", bench.screen());
    assert_eq!(bench.pane.footer(false), "line 1, bytes 1-16384 of 120000; Esc closes it");
    let mut text = String::new();
    for _ in 0..1000 {
        for row in bench.screen() {
            text += format!("{row:<50}").as_str();
        }
        if bench.pane.footer(false).contains("-120000 of") && text.contains("19999") {
            break;
        }
        open(&mut bench, LogAction::PageDown);
    }
    for n in 0..20_000 {
        assert!(text.contains(&format!("{n:05}")) || n * 6 % 50 > 44 || n * 6 % 16384 > 16377, "{n}");
    }
    open(&mut bench, LogAction::PageUp);
    open(&mut bench, LogAction::First);
    assert!(bench.screen()[0].starts_with("00000 00001"));
    assert!(bench.pane.back().is_some());
    assert!(text_of(&bench.screen()[0]).contains("00"), "{:#?}", bench.screen());
}

#[test]
fn ux_33_the_colours_of_the_program_can_be_left_out_or_shown_as_what_they_are() {
    let mut bench = Bench::new(70, 4);
    bench.print(0, "10%\r\x1b[31mred\x1b[m \x07\n");
    bench.open(Some(Outcome::Succeeded));
    let red =
        |b: &Bench| b.buffer(crate::tui::theme::Theme::Ansi).content.iter().any(|c| c.fg == ratatui::style::Color::Red);
    assert!(red(&bench) && text_of(&bench.screen()[1]) == "red ^G");
    bench.press(LogAction::Ansi);
    assert!(!red(&bench) && text_of(&bench.screen()[1]) == "red ^G");
    assert!(bench.pane.footer(false).ends_with("plain"));
    bench.press(LogAction::Ansi);
    assert_eq!(text_of(&bench.screen()[1]), "10%^M^[[31mred^[[m ^G");
}
