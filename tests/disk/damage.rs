//! Damaged, foreign and newer databases: refused with what to do, never replaced, and left as they are (S3).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tempo::domain::run::{Outcome, RunState};
use tempo::store::{From, runs};

use crate::house::{House, until};

/// A user who may do nothing here.
const NOBODY: u32 = 65534;

/// The length of a page.
const PAGE: usize = 4096;

/// An installation with enough in it for pages of every kind.
fn furnished() -> House {
    let house = House::new();
    let file = (0..300).fold(String::new(), |file, n| {
        file + &format!(
            "[[task]]\nname = \"task number {n}\"\ncommand = \"true\"\nwhen = \"every 1h\"\ntags = [\"t{n}\"]\n"
        )
    });
    fs::write(house.path("many.toml"), file).unwrap();
    house.tempo(&["import", "many.toml"]);
    house.checkpoint();
    house
}

/// All files of the database, byte by byte.
fn files(house: &House) -> BTreeMap<PathBuf, Vec<u8>> {
    let all = fs::read_dir(house.data()).unwrap().map(|entry| entry.unwrap().path());
    let ours = all.filter(|path| !path.to_string_lossy().ends_with("-shm"));
    // A log without content comes and goes with who opens the database.
    ours.map(|path| (path.clone(), fs::read(&path).unwrap())).filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// Breaks every page of a kind, but the first page: 5 and 13 hold tables, 2 and 10 indexes.
fn break_pages(database: &Path, kinds: &[u8]) {
    let bytes = fs::read(database).unwrap();
    let file = fs::File::options().write(true).open(database).unwrap();
    let mut broken = 0;
    for page in (1..bytes.len() / PAGE).filter(|page| kinds.contains(&bytes[page * PAGE])) {
        file.write_all_at(&[0xFF; 64], (page * PAGE) as u64).unwrap();
        broken += 1;
    }
    assert!(broken > 0, "there is no such page");
}

#[test]
fn s3_what_is_damaged_or_foreign_is_refused_with_what_to_do_and_stays_as_it_is() {
    type Damage = fn(&Path);
    let damages: &[(&str, Damage, &str)] = &[
        ("tables", |db| break_pages(db, &[5, 13]), "tempo restore"),
        ("indexes", |db| break_pages(db, &[2, 10]), "tempo restore"),
        ("its first bytes", |db| write_at(db, b"not a database at all", 0), "not a Tempo database"),
        ("the size of its pages", |db| write_at(db, &[3, 1], 16), "not a Tempo database"),
        ("the schema", |db| write_at(db, &[0xFF; 16], 100), "tempo restore"),
        (
            "cut off",
            |db| fs::File::options().write(true).open(db).unwrap().set_len(3 * PAGE as u64).unwrap(),
            "tempo restore",
        ),
        ("empty", |db| fs::write(db, "").unwrap(), "it is empty, and was in use"),
        (
            "another program's",
            |db| {
                fs::remove_file(db).unwrap();
                rusqlite::Connection::open(db).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
            },
            "not a Tempo database",
        ),
        ("garbage in the log", |db| fs::write(db.with_extension("db-wal"), [0x5A; 9000]).unwrap(), "tempo.db-wal"),
        (
            "newer",
            |db| {
                let db = rusqlite::Connection::open(db).unwrap();
                db.pragma_update(None, "user_version", 1000).unwrap();
            },
            "newer Tempo",
        ),
    ];
    for (name, damage, words) in damages {
        let house = furnished();
        damage(&house.database());
        let before = files(&house);
        for verb in [&["list"][..], &["add", "another", "--command", "true"], &["daemon"]] {
            house.refuses(verb, 5, &[words, "tempo: "]);
        }
        let doctor = house.try_tempo(&["doctor"]);
        assert_eq!(doctor.status.code(), Some(1), "{name}: doctor sees it");
        assert!(files(&house) == before, "{name}: the files were changed");
    }
}

fn write_at(file: &Path, bytes: &[u8], at: u64) {
    fs::File::options().write(true).open(file).unwrap().write_all_at(bytes, at).unwrap();
}

#[test]
fn s3_damage_that_is_met_while_it_runs_ends_the_engine_which_says_so_and_changes_nothing_more() {
    let house = furnished();
    house.tempo(&["add", "beat", "--command", "true", "--every", "1s"]);
    let daemon = house.daemon();
    until("a run", || house.has_succeeded().then_some(()));
    // It has to stand still between two transactions, or nobody else can go on.
    until("a moment in which it does nothing", || {
        daemon.signal(Signal::STOP);
        let is_idle = house.try_checkpoint();
        if !is_idle {
            daemon.signal(Signal::CONT);
        }
        is_idle.then_some(())
    });
    // Another process commits, so that the engine reads anew, and brings the log into the file.
    house.tempo(&["add", "another", "--todo"]);
    house.checkpoint();
    break_pages(&house.database(), &[2, 5, 10, 13]);
    let before = fs::read(house.database()).unwrap();
    daemon.signal(Signal::CONT);
    assert_eq!(daemon.end().code(), Some(5));
    let said = house.daemon_said();
    assert!(said.contains("is damaged") && said.contains("tempo restore"), "{said}");
    assert!(fs::read(house.database()).unwrap() == before, "the file was changed");
    house.refuses(&["list"], 5, &["is damaged"]);
}

#[test]
fn s3_what_this_user_may_not_write_is_refused_with_what_to_do() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can be somebody else.
    }
    for (file, folder) in [(0o444, 0o755), (0o444, 0o555)] {
        let house = furnished();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for part in ["", "data", "data/tempo"] {
            set(&house.path(part), folder);
        }
        set(&house.database(), file);
        let before = files(&house);
        for verb in [&["list"][..], &["add", "another", "--todo"]] {
            let output = house.command(verb).uid(NOBODY).gid(NOBODY).env_remove("LD_PRELOAD").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{verb:?}: {said}");
            assert!(said.contains("read-only") || said.contains("by this user"), "{verb:?}: {said}");
        }
        assert!(files(&house) == before, "the files were changed");
    }
}

#[test]
fn s3_a_newer_tempo_takes_over_from_an_engine_that_ends_and_from_its_run_the_true_exit() {
    let house = House::new();
    house.tempo(&["add", "beat", "--command", "true", "--every", "1s"]);
    house.tempo(&["add", "long", "--command", "while [ ! -e go ]; do sleep 0.05; done; exit 7", "--cwd", "."]);
    let daemon = house.daemon();
    house.tempo(&["run", "long"]);
    let db = house.store().reader().unwrap();
    let long = until("a run", || {
        let all = runs::page(&db, None, &From::Start, 100).unwrap();
        all.into_iter().find(|run| run.slug == "long" && run.state == RunState::Running)
    })
    .id;
    // What a newer one does that migrates.
    let version: i64 = house.sql().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    house.sql().pragma_update(None, "user_version", version + 1).unwrap();
    assert_eq!(daemon.end().code(), Some(5));
    assert!(house.daemon_said().contains("a newer Tempo has changed"), "{}", house.daemon_said());
    house.refuses(&["list"], 5, &["written by a newer Tempo"]);
    let decided: i64 = house.sql().query_row("SELECT count(*) FROM slots", [], |row| row.get(0)).unwrap();

    // Now this one is as new.
    house.sql().pragma_update(None, "user_version", version).unwrap();
    assert_eq!(runs::get(&db, long).unwrap().state, RunState::Running, "it goes on");
    let _daemon = house.daemon();
    fs::write(house.path("go"), "").unwrap();
    let end = until("its end", || Some(runs::get(&db, long).unwrap()).filter(|run| run.state == RunState::Finished));
    assert_eq!(end.outcome, Some(Outcome::Failed(7)));
    until("more slots", || {
        let now: i64 = house.sql().query_row("SELECT count(*) FROM slots", [], |row| row.get(0)).unwrap();
        (now > decided).then_some(())
    });
}
