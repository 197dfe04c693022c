//! Several outputs as one.

use super::bench::{Bench, after, text_of};
use crate::domain::RunId;
use crate::output::{Stream, Writer};
use crate::tui::log::shown::Part;
use crate::tui::log::{LogAction, Shown};

fn part(bench: &Bench, run: i64, slug: &str, live: bool) -> (Part, Writer) {
    let folder = bench.folder.path().join(run.to_string());
    std::fs::create_dir(&folder).unwrap();
    let part =
        Part { run: RunId(run), slug: slug.to_owned(), folder: folder.clone(), started_at: Some(after(0)), live };
    (part, Writer::new(&folder, 1))
}

fn show(bench: &mut Bench, parts: &[&Part]) {
    let requests = bench.pane.show(Shown::merged(parts.iter().map(|part| (*part).clone()).collect()));
    bench.send(requests);
    bench.next_answer();
}

#[test]
fn outputs_of_several_tasks_are_one_log_by_time_with_the_name_of_each_beside_its_lines() {
    let mut bench = Bench::new(70, 8);
    let (web, mut of_web) = part(&bench, 7, "web", false);
    let (backup, mut of_backup) = part(&bench, 9, "backup-db", false);
    of_web.append(Stream::Out, after(0), b"one\n");
    of_web.append(Stream::Err, after(2000), b"three\n");
    of_backup.append(Stream::Out, after(1000), b"two\n");
    of_backup.append(Stream::Out, after(3000), b"four\n");
    show(&mut bench, &[&web, &backup]);
    let screen = bench.screen();
    assert_eq!(text_of(&screen[0]), "by time: web #7, backup-db #9");
    assert_eq!(
        screen[1..5],
        [
            " 14:12:01.000 web       │ one",
            " 14:12:02.000 backup-db │ two",
            " 14:12:03.000 web       ┃ three",
            "▸14:12:04.000 backup-db │ four",
        ]
    );
    // Nothing is hidden or searched in it, and one run is shown as ever after it.
    let one = bench.shown(None);
    bench.print(0, "alone\n");
    let requests = bench.pane.show(one);
    bench.send(requests);
    bench.until(|b| b.screen()[1].ends_with("│ alone"));
}

#[test]
fn a_large_merged_log_is_gone_through_by_window_and_what_comes_is_followed() {
    let mut bench = Bench::new(70, 8);
    let (web, mut of_web) = part(&bench, 7, "web", true);
    let (backup, mut of_backup) = part(&bench, 9, "backup", true);
    for n in 0..500 {
        of_web.append(Stream::Out, after(n * 200), format!("line {}\n", n * 2).as_bytes());
        of_backup.append(Stream::Out, after(n * 200 + 100), format!("line {}\n", n * 2 + 1).as_bytes());
    }
    show(&mut bench, &[&web, &backup]);
    assert_eq!(bench.pane.badge(), "FOLLOW");
    let texts = |b: &Bench| b.screen().iter().map(|row| text_of(row)).collect::<Vec<_>>();
    assert_eq!(texts(&bench)[7], "line 999");
    of_web.append(Stream::Out, after(200_000), b"line 1000\n");
    bench.until(|b| texts(b)[7] == "line 1000");
    bench.press(LogAction::First);
    for page in 0..40 {
        let expected: Vec<String> = (0..8).map(|row| format!("line {}", page * 8 + row - 1)).collect();
        assert_eq!(texts(&bench)[1..], expected[1..], "{page}");
        bench.press(LogAction::PageDown);
    }
}
