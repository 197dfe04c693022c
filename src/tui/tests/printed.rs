//! What running tasks have printed: the marks for what nobody has seen, and for long silence.

use std::fs;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::Rig;
use crate::domain::run::Trigger;
use crate::store::runs;

/// Two tasks, of which the second one runs; its output.
fn rig() -> (Rig, std::path::PathBuf) {
    let mut rig = Rig::new(&["alpha", "beta"]);
    let task = rig.model.tasks.rows()[1].id;
    let run = rig
        .world
        .store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::Schedule, None, &[], Timestamp::now())?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, Timestamp::now())?;
            Ok(run)
        })
        .unwrap();
    let folder = rig.world.runs.join(run.to_string());
    fs::create_dir_all(&folder).unwrap();
    rig.wake();
    (rig, folder.join("output"))
}

fn status(rig: &Rig) -> String {
    let screen = rig.screen();
    let row = screen.lines().find(|line| line.starts_with('│') && line.contains("beta")).unwrap();
    row.split('│').nth(1).unwrap().trim_end().to_owned()
}

#[test]
fn what_a_running_task_printed_unseen_is_marked_until_its_log_is_on_the_screen() {
    let (mut rig, output) = rig();
    assert!(!status(&rig).ends_with('»'), "{}", status(&rig));
    fs::write(&output, "one\n").unwrap();
    rig.wait(Duration::from_secs(1));
    assert!(status(&rig).ends_with('»'), "{}", status(&rig));
    rig.press("j");
    assert!(!status(&rig).ends_with('»'), "{}", status(&rig));
    rig.press("k");
    rig.wait(Duration::from_secs(1));
    assert!(!status(&rig).ends_with('»'), "nothing new: {}", status(&rig));
    rig.press("/");
    rig.type_text("alpha");
    rig.press("Enter Esc");
    rig.wait(Duration::from_secs(1));
    assert!(!status(&rig).ends_with('»'), "nothing new, although it was off the screen: {}", status(&rig));
    fs::write(&output, "one\ntwo\n").unwrap();
    rig.wait(Duration::from_secs(1));
    assert!(status(&rig).ends_with('»'), "{}", status(&rig));
}

#[test]
fn a_running_task_that_fell_silent_says_for_how_long() {
    let (mut rig, output) = rig();
    fs::write(&output, "one\n").unwrap();
    let file = fs::File::options().write(true).open(&output).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    rig.wait(Duration::from_secs(1));
    assert!(!status(&rig).contains("quiet"), "{}", status(&rig));
    file.set_modified(SystemTime::now() - Duration::from_secs(7 * 60 + 30)).unwrap();
    rig.wait(Duration::from_secs(1));
    assert!(status(&rig).contains("quiet 7m"), "{}", status(&rig));
}
