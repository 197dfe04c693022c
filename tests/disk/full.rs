//! Full disks: what is refused is said, nothing is lost or decided twice, and everything goes on when there is room (S2).

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use tempo::domain::RunId;
use tempo::domain::run::{Outcome, Run, RunState};
use tempo::output::{Part, Reader};
use tempo::store::{From, runs, slots, tasks};
use tempo::supervise::{Evidence, inspect};

use crate::house::{House, until};

/// The newest run of a task.
fn newest(house: &House, slug: &str) -> Option<Run> {
    let db = house.store().reader().unwrap();
    let task = tasks::find(&db, slug).unwrap().id;
    runs::page(&db, Some(task), &From::Start, 1).unwrap().pop()
}

fn finished(house: &House, run: RunId) -> Run {
    until("the end of a run", || {
        let run = runs::get(&house.store().reader().unwrap(), run).unwrap();
        (run.state == RunState::Finished).then_some(run)
    })
}

#[test]
fn s2_a_change_without_room_is_refused_with_the_reason_and_goes_through_when_there_is_room() {
    let house = House::new();
    house.tempo(&["add", "first", "--todo"]);
    // Alone, beside somebody who has read nothing yet, and beside somebody who keeps the log open.
    for other in ["nobody", "idle", "reads"] {
        let reader = (other != "nobody").then(|| house.store().reader().unwrap());
        if other == "reads" {
            assert_eq!(tasks::count(reader.as_ref().unwrap()).unwrap(), 3);
        }
        house.disk.fill(0, &house.data(), 0);
        let name = format!("second {other}");
        house.refuses(&["add", &name, "--todo"], 5, &["disk is full", "nothing was changed"]);
        house.refuses(&["rm", "first"], 5, &["disk is full"]);
        house.disk.empty(0);
        house.is_sound();
        house.tempo(&["add", &name, "--todo"]);
    }
    assert_eq!(house.slugs(), ["first", "second-idle", "second-nobody", "second-reads"]);
}

#[test]
fn s2_a_disk_that_fills_up_in_the_middle_of_a_change_leaves_none_of_it() {
    let house = House::new();
    house.tempo(&["add", "first", "--todo"]);
    let file =
        (0..1000).fold(String::new(), |file, n| file + &format!("[[task]]\nname = \"t {n}\"\nkind = \"todo\"\n"));
    fs::write(house.path("many.toml"), file).unwrap();
    for room in [1, 4096, 20_000, 60_000] {
        house.disk.fill(0, &house.data(), room);
        house.refuses(&["import", "many.toml"], 5, &["disk is full"]);
        house.disk.empty(0);
        assert_eq!(house.slugs(), ["first"]);
        house.is_sound();
    }
    house.tempo(&["import", "many.toml"]);
    assert_eq!(house.slugs().len(), 1001);
}

#[test]
fn s2_turns_slots_and_ends_of_runs_wait_for_room_and_none_is_lost_or_decided_twice() {
    let house = House::new();
    house.tempo(&["add", "beat", "--command", "true", "--every", "1s", "--missed", "all"]);
    house.tempo(&["add", "long", "--command", "while [ ! -e go ]; do sleep 0.05; done; exit 7", "--cwd", "."]);
    let daemon = house.daemon();
    house.tempo(&["run", "long"]);
    let long = until("a run", || newest(&house, "long").filter(|run| run.state == RunState::Running)).id;
    let count = || {
        let db = house.store().reader().unwrap();
        slots::of_task(&db, tasks::find(&db, "beat").unwrap().id, 1000).unwrap().len()
    };
    until("slots", || (count() >= 2).then_some(()));

    house.disk.fill(0, &house.data(), 0);
    let before = house.disk.refused();
    until("turns without room", || (house.disk.refused() >= before + 2).then_some(()));
    let decided = count();
    fs::write(house.path("go"), "").unwrap();
    until("the exit record", || house.state().join(format!("runs/{long}/exit.json")).exists().then_some(()));
    let before = house.disk.refused();
    until("turns that cannot record the end", || (house.disk.refused() >= before + 3).then_some(()));
    assert_eq!(runs::get(&house.store().reader().unwrap(), long).unwrap().state, RunState::Running);
    house.disk.empty(0);

    assert_eq!(finished(&house, long).outcome, Some(Outcome::Failed(7)));
    until("slots after it", || (count() >= decided + 4).then_some(()));
    let db = house.store().reader().unwrap();
    let mut all = slots::of_task(&db, tasks::find(&db, "beat").unwrap().id, 1000).unwrap();
    all.reverse();
    for pair in all.windows(2) {
        assert_eq!(pair[1].due_at.duration_since(pair[0].due_at), SignedDuration::from_secs(1), "a slot is missing");
    }
    daemon.signal(rustix::process::Signal::TERM);
    assert!(daemon.end().success());
    house.is_sound();
}

#[test]
fn s2_without_room_for_its_folder_a_run_waits_with_the_reason_and_runs_when_there_is_some() {
    let house = House::new();
    house.tempo(&["add", "job", "--command", "echo done"]);
    let _daemon = house.daemon();
    house.disk.fill(1, &house.state(), 0);
    house.tempo(&["run", "job"]);
    let run = until("a run", || newest(&house, "job")).id;
    let reason = until("why it waits", || newest(&house, "job")?.reason);
    assert!(reason.starts_with("waits for room on the disk: ") && reason.contains("No space left"), "{reason}");
    assert!(house.tempo(&["why", "job"]).contains(&reason));
    house.disk.empty(1);
    assert_eq!(finished(&house, run).outcome, Some(Outcome::Succeeded));
    assert_eq!(house.tempo(&["output", "job"]), "done\n");
}

#[test]
fn o2_s2_a_full_disk_stops_no_run_and_what_had_no_room_is_counted_in_its_place() {
    let house = House::new();
    let flood = "seq -f 'line %.0f' 1 1000000; until [ -e go ]; do sleep 0.05; done; echo the end";
    let printed: u64 = (1..=1_000_000_u64).map(|n| "line \n".len() as u64 + n.to_string().len() as u64).sum();
    house.tempo(&["add", "flood", "--command", flood, "--cwd", "."]);
    let _daemon = house.daemon();
    house.disk.fill(1, &house.state(), 2 << 20);
    house.tempo(&["run", "flood"]);
    let run = until("a run", || newest(&house, "flood").filter(|run| run.state == RunState::Running)).id;
    let folder = house.state().join(format!("runs/{run}"));
    // All of it was taken from the command, though there was room for a part.
    until("the flood is over", || (Reader::open(&folder).unwrap().bytes() == printed).then_some(()));
    assert_eq!(runs::get(&house.store().reader().unwrap(), run).unwrap().state, RunState::Running);

    house.disk.empty(1);
    fs::write(house.path("go"), "").unwrap();
    let ended = finished(&house, run);
    assert_eq!(ended.outcome, Some(Outcome::Succeeded));
    let reason = ended.reason.unwrap_or_default();
    assert!(reason.contains("could not be kept: the disk had no room"), "{reason}");

    // What was kept is what was printed, each line in its place; the rest is missing and said so.
    let mut reader = Reader::open(&folder).unwrap();
    assert_eq!((reader.bytes(), reader.lines()), (printed + 8, 1_000_001));
    let (mut kept, mut missing) = (0, 0);
    let visit = &mut |part: Part<'_>| {
        match part {
            Part::Bytes(_, bytes) => {
                assert!(!bytes.contains(&0));
                kept += bytes.len() as u64;
            }
            Part::Missing(gap, _) => missing += gap.gap.bytes(),
        }
        Ok(())
    };
    reader.walk(0..u64::MAX, false, visit).unwrap();
    assert!(kept > 1 << 20 && missing > 1 << 20, "{kept} kept, {missing} missing");
    assert_eq!(kept + missing, printed + 8);
    assert_eq!(ended.usage.unwrap().output_bytes, printed + 8);
    let last = reader.line_window(1_000_000, 1).unwrap();
    assert_eq!((last[0].number, &last[0].bytes[..]), (1_000_000, &b"the end"[..]));
}

#[test]
fn s2_an_end_that_cannot_be_written_down_for_want_of_room_is_written_when_there_is_some() {
    let house = House::new();
    house.tempo(&["add", "job", "--command", "until [ -e go ]; do sleep 0.05; done; exit 3", "--cwd", "."]);
    let _daemon = house.daemon();
    house.tempo(&["run", "job"]);
    let run = until("a run", || newest(&house, "job").filter(|run| run.state == RunState::Running)).id;
    let folder = house.state().join(format!("runs/{run}"));
    let leader = until("its leader", || {
        let record: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("lock")).ok()?).ok()?;
        record["leader"].as_i64()
    });
    house.disk.fill(1, &house.state(), 0);
    fs::write(house.path("go"), "").unwrap();
    until("its end", || (!Path::new(&format!("/proc/{leader}")).exists()).then_some(()));
    // The supervisor stays with its record, and tries again.
    let before = house.disk.refused();
    until("records without room", || (house.disk.refused() >= before + 2).then_some(()));
    assert!(matches!(inspect(&folder, 1), Ok(Evidence::Alive(..))));
    assert_eq!(runs::get(&house.store().reader().unwrap(), run).unwrap().state, RunState::Running);
    house.disk.empty(1);
    assert_eq!(finished(&house, run).outcome, Some(Outcome::Failed(3)));
}

#[test]
fn s2_s4_a_backup_without_room_leaves_nothing_and_says_so() {
    let house = House::new();
    house.tempo(&["add", "job", "--command", &"echo job; ".repeat(5000)]);
    let mut noise = vec![0; 1 << 20];
    fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, &mut noise)).unwrap();
    fs::write(house.path("noise.sh"), noise).unwrap();
    house.tempo(&["add", "noise", "--script", house.path("noise.sh").to_str().unwrap()]);
    fs::create_dir(house.path("other")).unwrap();
    // The copy of the database finds no room; or it does, and the archive with the script does not.
    house.sql().execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let copy = fs::metadata(house.data().join("tempo.db")).unwrap().len() as i64;
    for (room, code, words) in [(20_000, 5, "disk is full"), (copy + 300_000, 1, "No space left")] {
        house.disk.fill(2, &house.path("other"), room);
        house.refuses(&["backup", "other/b.tar.zst"], code, &[words]);
        assert_eq!(fs::read_dir(house.path("other")).unwrap().count(), 0);
    }
    house.disk.empty(2);
    house.tempo(&["backup", "other/b.tar.zst"]);
    // A restore without room changes nothing.
    house.tempo(&["add", "newer", "--todo"]);
    house.disk.fill(0, &house.data(), 100_000);
    let refused = house.try_tempo(&["restore", "other/b.tar.zst"]);
    assert!(
        !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("No space left"),
        "{refused:?}"
    );
    house.disk.empty(0);
    assert_eq!(house.slugs(), ["job", "newer", "noise"]);
    house.is_sound();
}

#[test]
fn s2_s3_a_migration_without_room_for_its_copy_is_refused_and_made_when_there_is_room() {
    let house = House::new();
    fs::create_dir_all(house.data()).unwrap();
    {
        let db = house.sql();
        db.execute_batch(include_str!("../../assets/migrations/0001_spine.sql")).unwrap();
        db.execute_batch("INSERT INTO tasks (slug, name, kind, status, created_at, updated_at) VALUES ('old', 'old', 'todo', 'open', 0, 0)").unwrap();
        // `Tmpo`
        db.pragma_update(None, "application_id", 0x546D_706F).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
    }
    for room in [0, 50_000, 90_000] {
        house.disk.fill(0, &house.data(), room);
        house.refuses(&["list"], 5, &["disk is full"]);
        let mut files = fs::read_dir(house.data()).unwrap().map(|entry| entry.unwrap().path());
        assert!(!files.any(|file| file.extension().is_some_and(|ending| ending == "part")));
        let version: i64 = house.sql().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 1);
        house.disk.empty(0);
    }
    assert!(house.tempo(&["list"]).contains("old"));
    assert!(house.data().join("tempo.db.v1").exists());
    house.is_sound();
}
