//! A run of several attempts: where each begins, and what the run waits for.

use super::bench::{Bench, after, text_of};
use crate::domain::run::Outcome;
use crate::output::{Stream, Writer};
use crate::tui::log::{LogAction, Shown};

/// A pane over a run whose second attempt printed nothing, and whose third printed as the first one had not ended its line.
fn bench(height: u16) -> Bench {
    let mut bench = Bench::new(60, height);
    bench.print(0, "one\ntwo");
    let record = r#"{"attempt":2,"started_at":"2026-01-05T14:12:01Z","ended_at":"2026-01-05T14:12:01Z","ended":{"exited":3},
        "stopped_by":null,"killed":false,"cpu_micros":1,"max_rss_bytes":2,"output_bytes":4,"output_lines":1,
        "dropped_bytes":0,"strays":0}"#;
    std::fs::write(bench.folder.path().join("exit.2.json"), record).unwrap();
    let mut third = Writer::new(bench.folder.path(), 3);
    third.append(Stream::Out, after(2_000), b"-three\nfour\n");
    third.append(Stream::Err, after(2_100), b"five\n");
    bench
}

fn show(bench: &mut Bench, change: impl FnOnce(&mut Shown)) {
    let mut shown = bench.shown(Some(Outcome::Succeeded));
    shown.attempts = 4;
    change(&mut shown);
    let requests = bench.pane.show(shown);
    bench.send(requests);
    bench.next_answer();
}

#[test]
fn r6_tempos_own_line_stands_between_attempts_and_says_how_the_one_before_ended() {
    let mut bench = bench(8);
    show(&mut bench, |_| {});
    let texts: Vec<String> = bench.screen().iter().map(|row| text_of(row)).collect();
    // The line that two attempts share is the first one's.
    assert_eq!(
        texts[..7],
        [
            "run #1284 started by hand",
            "one",
            "two-three",
            "attempt 3 of 4, after exit 3",
            "four",
            "five",
            "ok after 0:03",
        ]
    );

    // It is a row like any other: scrolled over, and gone when nothing but the text is shown.
    let whole = bench.screen()[..7].to_vec();
    for height in 2..7 {
        let mut bench = self::bench(height);
        show(&mut bench, |_| {});
        // But for the cursor.
        let rows = |rows: &[String]| rows.iter().map(|row| row.chars().skip(1).collect()).collect::<Vec<String>>();
        assert_eq!(rows(&bench.screen()), rows(&whole[whole.len() - usize::from(height)..]), "{height}");
        for _ in 0..9 {
            bench.pane.handle(LogAction::Up);
        }
        assert_eq!(rows(&bench.screen()), rows(&whole[..usize::from(height)]), "{height}");
    }
}

#[test]
fn r6_below_the_output_stands_what_the_run_waits_for() {
    let mut bench = bench(10);
    let waits = "exit 1; attempt 4 of 4 at 02:00:30";
    show(&mut bench, |shown| (shown.outcome, shown.live, shown.waits) = (None, true, Some(waits.to_owned())));
    let screen = bench.screen();
    assert!(screen.iter().any(|row| row.ends_with(waits)), "{screen:#?}");
}
