//! The graphs in Details: what a run used over time (R7).

use std::fs;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::Rig;
use super::stage::{LOOKS, Stage, at, details};
use crate::domain::limits::Limits;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::{RunId, TaskId};
use crate::output::usage::{Log, Sample};
use crate::store::given::Given;
use crate::store::{runs, tasks};
use crate::tui::effect::Kind as Of;
use crate::tui::msg::{Answer, Msg, Used};
use crate::tui::view;

/// Of run 1284: busy for a while, and with ever more memory.
fn used() -> Used {
    let start = at("2026-11-21T14:12:01Z");
    let samples = (1..=40_u32).map(|n| Sample {
        at: start + SignedDuration::from_secs(n.into()),
        cpu: Duration::from_millis(u64::from(n.saturating_sub(10).min(20)) * 900 + u64::from(n) * 20),
        memory: (100 + 10 * u64::from(n)) << 20,
        processes: 3,
        attempt: 1,
    });
    Used {
        run: RunId(1284),
        samples: Ok(samples.collect()),
        limits: Limits { memory: Some(512 << 20), cpu: Some(Duration::from_secs(60)), ..Limits::default() },
        in_force: Some("memory 512M by rlimit and watchdog; cpu 1m by rlimit and watchdog".to_owned()),
        attempts: Vec::new(),
        given: Given::default(),
        pinned: crate::domain::version::Pinned::default(),
        differs: None,
    }
}

fn stage(size: (u16, u16), used: Used) -> Stage {
    let mut stage = Stage::full(size);
    stage.press("4 4 4");
    stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details()))));
    stage.answer(Of::Usage, Answer::Usage(Box::new(used)));
    stage
}

#[test]
fn r7_the_details_show_cpu_and_memory_over_time_in_every_theme_and_set_of_glyphs() {
    for (name, look) in LOOKS {
        let mut stage = stage((120, 40), used());
        stage.press("G");
        insta::assert_snapshot!(format!("usage-120x40-{name}"), stage.text(look));
        let mut stage = self::stage((80, 24), used());
        stage.press("G");
        insta::assert_snapshot!(format!("usage-80x24-{name}"), stage.text(look));
    }
}

#[test]
fn r7_ux_22_the_graphs_fit_into_every_size() {
    for (width, height) in (1..60).map(|n| (n * 4, n)).chain([(30, 8), (300, 8), (30, 200)]) {
        let mut stage = stage((120, 40), used());
        stage.press("z");
        stage.send(Msg::Resize(Size::new(width, height)));
        stage.press("G");
        let text = stage.text(LOOKS[2].1);
        assert!(text.is_ascii() && text.lines().all(|line| line.len() <= usize::from(width)), "{text}");
    }
}

#[test]
fn r7_without_samples_the_details_say_why() {
    let text = |used: Used, keys: &str| {
        let mut stage = stage((120, 60), used);
        stage.press(keys);
        stage.answer(Of::Usage, Answer::Usage(Box::new(Used { run: RunId(1283), ..none() })));
        stage.text(LOOKS[0].1)
    };
    assert!(text(none(), "").contains("#1284, no samples yet: the first comes after a second"));
    // The run before took a minute and a half.
    assert!(text(none(), "3 j").contains("#1283, no samples are kept of it"));
    let unreadable = Used { samples: Err("Permission denied".to_owned()), ..none() };
    assert!(text(unreadable, "").contains("cannot be read: Permission denied"));
}

fn none() -> Used {
    Used {
        run: RunId(1284),
        samples: Ok(Vec::new()),
        limits: Limits::default(),
        in_force: None,
        attempts: Vec::new(),
        given: Given::default(),
        pinned: crate::domain::version::Pinned::default(),
        differs: None,
    }
}

#[test]
fn r7_the_graphs_follow_the_selected_run_and_grow_while_it_lives() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    let now = Timestamp::now();
    let run = |rig: &Rig| {
        let write = move |db: &crate::store::Db| {
            let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, now)?;
            Ok(run)
        };
        rig.world.store.write(write).unwrap()
    };
    let (older, newer) = (run(&rig), run(&rig));
    let mut log = Log::default();
    let mut add = |rig: &Rig, run: RunId, second: i64| {
        let folder = rig.world.runs.join(run.to_string());
        fs::create_dir_all(&folder).unwrap();
        let at = now + SignedDuration::from_secs(second);
        log.append(&folder, Sample { at, cpu: Duration::from_secs(1), memory: 1 << 20, processes: 1, attempt: 1 });
    };
    let shown = |rig: &Rig| {
        let used = rig.model.usage.as_ref().unwrap();
        (used.run, used.samples.as_ref().map_or(0, Vec::len))
    };
    rig.press("4 4 4");
    rig.wake();
    assert_eq!(shown(&rig), (newer, 0));
    add(&rig, newer, 1);
    rig.wait(Duration::from_secs(1));
    assert_eq!(shown(&rig), (newer, 1));
    rig.press("3 j");
    assert_eq!(shown(&rig), (older, 0));
    assert!(rig.model.wakes_at().is_some());

    rig.press("k");
    rig.world
        .store
        .write(move |db| {
            runs::finish(db, older, Outcome::Lost, None, None, now)?;
            runs::finish(db, newer, Outcome::Lost, None, None, now)
        })
        .unwrap();
    rig.wake();
    assert_eq!(shown(&rig), (newer, 1));
    add(&rig, newer, 2);
    rig.wait(Duration::from_secs(1));
    assert_eq!(shown(&rig), (newer, 1), "what has ended is not read again");
    assert!(view::details::lines(&rig.model).iter().any(|line| format!("{line:?}").contains("a sample in 0:01")));
}
