//! The thread over a store with outputs.

use std::fs;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::config::Paths;
use crate::domain::TaskId;
use crate::domain::group::Limits;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Work};
use crate::output::{Stream, Writer};
use crate::store::{Store, runs, tasks};
use crate::tui::mailbox::Mailbox;

const PATIENCE: Duration = Duration::from_secs(30);

struct Bench {
    folder: tempfile::TempDir,
    world: World,
    mailbox: Mailbox<Msg>,
    hunter: Hunter,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let world = World {
            store,
            runs: folder.path().join("runs"),
            engine_lock: folder.path().join("engine.lock"),
            paths: Paths::under(folder.path()),
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            folder: folder.path().to_owned(),
            limits: Limits::new(4),
            types: super::super::Declared::default(),
            me: Some("ana".to_owned()),
        };
        let mailbox = Mailbox::new().unwrap();
        let hunter = Hunter::start(&world, &mailbox.sender()).unwrap();
        Self { folder, world, mailbox, hunter }
    }

    fn task(&self, name: &str) -> TaskId {
        let definition = Definition::new(name, Work::Command("true".to_owned()));
        self.world.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
    }

    fn ran(&self, task: TaskId, text: &[u8]) -> RunId {
        let now = Timestamp::now();
        let run = self.world.store.write(move |db| {
            let id = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
            runs::starting(db, id, "boot")?;
            runs::running(db, id, 1, now)?;
            runs::finish(db, id, Outcome::Succeeded, None, None, now)?;
            Ok(id)
        });
        let run = run.unwrap();
        let folder = self.folder.path().join("runs").join(run.to_string());
        fs::create_dir_all(&folder).unwrap();
        Writer::new(&folder, 1).append(Stream::Out, now, text);
        run
    }

    /// Everything that a search finds, and its last word.
    fn hunt(&self, number: u64, pattern: &str, task: Option<TaskId>) -> (Vec<(RunId, u64)>, Report) {
        self.hunter.ask(Some(Wish { number, pattern: pattern.to_owned(), task }));
        let mut found = Vec::new();
        loop {
            let report = self.next();
            found.extend(report.quarry.iter().map(|quarry| (quarry.run, quarry.line)));
            if report.number == number && report.tally.done {
                return (found, report);
            }
        }
    }

    fn next(&self) -> Report {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.mailbox.try_recv() {
                Some(Msg::Hunted(report)) => return *report,
                Some(other) => panic!("{other:?}"),
                None => assert!(Instant::now() < deadline, "it is silent"),
            }
            std::thread::yield_now();
        }
    }
}

#[test]
fn the_outputs_of_all_runs_are_searched_the_newest_first_or_those_of_one_task() {
    let bench = Bench::new();
    let (one, two) = (bench.task("one"), bench.task("two"));
    let first = bench.ran(one, b"a needle\nhay\n");
    let second = bench.ran(two, b"hay\n\x1b[1mnee\x1b[mdle");
    let (found, report) = bench.hunt(1, "needle", None);
    assert_eq!(found, [(second, 1), (first, 0)]);
    assert_eq!((report.tally.matches, report.tally.outputs, report.tally.bytes), (2, 2, 30));
    assert_eq!(bench.hunt(2, "needle", Some(one)).0, [(first, 0)]);
    let (found, report) = bench.hunt(3, "needle[", None);
    assert!(found.is_empty() && report.problem.is_some_and(|problem| problem.contains("unclosed")));
}

#[test]
fn more_lines_than_are_kept_are_still_counted() {
    let bench = Bench::new();
    let one = bench.task("one");
    for _ in 0..3 {
        bench.ran(one, &b"a needle\n".repeat(700));
    }
    bench.ran(one, &b"a needle in a large one\n".repeat(30_000));
    let (found, report) = bench.hunt(1, "needle", None);
    assert_eq!((found.len(), report.tally.matches), (MOST, 32_100));
}

#[test]
fn ux_32_a_newer_search_ends_the_one_before_and_esc_ends_it_without_a_word() {
    let bench = Bench::new();
    let one = bench.task("one");
    let large = bench.ran(one, b"needle\n");
    // A hole takes no disk, and as one line long to go through.
    let file = bench.folder.path().join("runs").join(large.to_string()).join("output");
    fs::OpenOptions::new().write(true).open(file).unwrap().set_len(16 << 20).unwrap();
    bench.hunter.ask(Some(Wish { number: 1, pattern: "needle".to_owned(), task: None }));
    assert_eq!(bench.next().quarry.len(), 1, "the first line is told at once");
    bench.hunter.ask(Some(Wish { number: 2, pattern: "nowhere".to_owned(), task: None }));
    bench.hunter.ask(None);
    let last = bench.ran(one, b"the last needle\n");
    bench.hunter.ask(Some(Wish { number: 3, pattern: "last needle".to_owned(), task: None }));
    loop {
        let report = bench.next();
        assert!(!report.tally.done || report.number == 3, "{report:?}");
        if report.number == 3 {
            assert_eq!(report.quarry[0].run, last);
            return;
        }
    }
}
