//! What is kept of the files of scripts.

use jiff::SignedDuration;

use super::*;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Work};
use crate::store::{Store, runs, tasks, trash};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A store with a task, in which `body` is one transaction.
fn with_task(body: impl FnOnce(&Db, TaskId) -> Result<()> + Send + 'static) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    store
        .write(move |db| {
            let task = tasks::add(db, &Definition::new("job", Work::Script("/s/main.py".into())), at(0))?.id;
            body(db, task)
        })
        .unwrap();
}

fn save(db: &Db, task: TaskId, text: &str, second: i64) -> Option<VersionId> {
    note(db, task, File::Script, &Content::of(text), Origin::Saved, at(second)).unwrap()
}

fn count(db: &Db, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// A run that has ended so, having executed what is newest.
fn ran(db: &Db, task: TaskId, outcome: Outcome, second: i64) -> RunId {
    let run = runs::queue(db, task, Trigger::Manual, None, &[], at(second)).unwrap();
    let newest = |file| newest(db, task, file).unwrap().map(|version| version.id);
    pin(db, run, newest(File::Script), newest(File::Requirements), None).unwrap();
    runs::finish(db, run, outcome, None, None, at(second)).unwrap();
    run
}

#[test]
fn each_new_content_is_a_version_and_the_same_again_is_none() {
    with_task(|db, task| {
        let a = save(db, task, "a", 1).unwrap();
        assert_eq!(save(db, task, "a", 2), None);
        let b = save(db, task, "b", 3).unwrap();
        let commit = Some("1".repeat(40));
        let again =
            note(db, task, File::Script, &Content::of("a").at(commit.clone()), Origin::Restored, at(4))?.unwrap();
        let other = note(db, task, File::Requirements, &Content::of("a"), Origin::Created, at(5))?.unwrap();
        assert_eq!(count(db, "contents"), 2, "each content is there once");
        let ids = |from: &From<VersionId>, limit| -> Vec<VersionId> {
            page(db, task, File::Script, from, limit).unwrap().iter().map(|version| version.id).collect()
        };
        assert_eq!(ids(&From::Start, 9), [again, b, a]);
        assert_eq!(ids(&From::End, 2), [b, a]);
        assert_eq!(ids(&From::After(b), 9), [a]);
        assert_eq!(ids(&From::Before(b), 9), [again]);
        assert_eq!(ids(&From::At(b), 9), [b, a]);
        let version = get(db, again)?;
        assert_eq!((version.origin, version.saved_at, version.size), (Origin::Restored, at(4), 1));
        assert_eq!((version.commit.clone(), version.hash), (commit, Hash::of(b"a")));
        assert_eq!(before(db, &version)?.unwrap().id, b);
        assert_eq!(before(db, &get(db, a)?)?, None);
        assert_eq!(content(db, b)?, b"b");
        assert_eq!(newest(db, task, File::Requirements)?.unwrap().id, other);
        assert!(matches!(get(db, VersionId(99)), Err(StoreError::NotFound(_))));
        Ok(())
    });
}

#[test]
fn what_was_seen_on_the_disk_a_moment_ago_can_turn_out_to_be_ours() {
    with_task(|db, task| {
        let outside =
            |text: &str, second| note(db, task, File::Script, &Content::of(text), Origin::Outside, at(second)).unwrap();
        let seen = outside("a", 1).unwrap();
        assert_eq!(save(db, task, "a", 2), None);
        assert_eq!(get(db, seen)?.origin, Origin::Saved);
        assert_eq!(outside("a", 3), None);
        assert_eq!(get(db, seen)?.origin, Origin::Saved, "and not the other way round");
        let seen = outside("b", 4).unwrap();
        assert_eq!(save(db, task, "b", 100), None);
        assert_eq!(get(db, seen)?.origin, Origin::Outside, "that was long ago");
        Ok(())
    });
}

#[test]
fn of_a_content_that_is_too_large_the_hash_is_kept_and_that_is_said() {
    with_task(|db, task| {
        let largest = "x".repeat(1 << 20);
        let kept = save(db, task, &largest, 1).unwrap();
        assert_eq!(content(db, kept)?, largest.as_bytes());
        let packed: i64 = db.query_row("SELECT length(zstd) FROM contents", [], |row| row.get(0))?;
        assert!(packed < 10_000, "{packed}");
        let large = format!("{largest}y");
        let version = get(db, save(db, task, &large, 2).unwrap())?;
        assert_eq!((version.is_kept, version.size, version.hash), (false, (1 << 20) + 1, Hash::of(large.as_bytes())));
        let e = content(db, version.id).unwrap_err();
        assert_eq!(e.to_string(), format!("of version {} only the hash is kept: it is larger than 1 MiB", version.id));
        assert_eq!(save(db, task, &large, 3), None);
        Ok(())
    });
}

#[test]
fn old_versions_beyond_the_newest_go_unless_a_run_pins_them_and_their_contents_with_them() {
    with_task(|db, task| {
        let first: Vec<VersionId> = (0..3).map(|i| save(db, task, &format!("old {i}"), i).unwrap()).collect();
        let run = runs::queue(db, task, Trigger::Manual, None, &[], at(5))?;
        pin(db, run, Some(first[1]), None, None)?;
        let later = SignedDuration::from_hours(24 * 366).as_secs();
        for i in 0..199 {
            save(db, task, &format!("new {i}"), later + i).unwrap();
        }
        let known = |id: VersionId| get(db, id).is_ok();
        assert_eq!(
            (known(first[0]), known(first[1]), known(first[2])),
            (false, true, true),
            "200 are kept, and what is pinned"
        );
        save(db, task, "newer", later + 300).unwrap();
        assert!(!known(first[2]));
        assert_eq!(count(db, "contents"), 201);
        assert_eq!(pinned(db, run)?.script.unwrap().id, first[1]);
        // Many that are young stay.
        for i in 0..50 {
            save(db, task, &format!("more {i}"), later + 400 + i).unwrap();
        }
        assert_eq!(count(db, "versions"), 251);
        Ok(())
    });
}

#[test]
fn versions_rest_in_the_trash_with_their_task_and_go_with_it() {
    with_task(|db, task| {
        save(db, task, "a", 1).unwrap();
        ran(db, task, Outcome::Succeeded, 2);
        tasks::delete(db, task, at(3))?;
        assert!(newest(db, task, File::Script)?.is_some());
        tasks::restore(db, task, at(4))?;
        assert!(newest(db, task, File::Script)?.is_some());
        tasks::delete(db, task, at(5))?;
        let later = at(SignedDuration::from_hours(24 * 31).as_secs());
        while trash::empty(db, later)?.is_none() {}
        assert_eq!((count(db, "versions"), count(db, "contents")), (0, 0));
        Ok(())
    });
}

#[test]
fn which_version_broke_it_is_that_of_the_first_run_that_failed_after_the_last_good_one() {
    with_task(|db, task| {
        assert_eq!(broke(db, task)?, None, "nothing has run");
        save(db, task, "a", 1).unwrap();
        note(db, task, File::Requirements, &Content::of("x==1"), Origin::Created, at(1))?;
        let early = ran(db, task, Outcome::Failed(1), 2);
        let found = broke(db, task)?.unwrap();
        assert_eq!((found.good.clone(), found.bad.0, found.changed()), (None, early, vec![]));
        ran(db, task, Outcome::Succeeded, 3);
        assert_eq!(broke(db, task)?, None, "it works again");
        let good = ran(db, task, Outcome::Succeeded, 4);
        let b = save(db, task, "b", 5).unwrap();
        ran(db, task, Outcome::Cancelled, 6);
        let bad = ran(db, task, Outcome::Failed(2), 7);
        save(db, task, "c", 8).unwrap();
        ran(db, task, Outcome::TimedOut, 9);
        let found = broke(db, task)?.unwrap();
        assert_eq!((found.good.as_ref().map(|(run, _)| *run), found.bad.0), (Some(good), bad));
        let changed: Vec<_> = found.changed().iter().map(|(good, bad)| (good.file, good.hash, bad.id)).collect();
        assert_eq!(changed, [(File::Script, Hash::of(b"a"), b)], "the requirements are the same");
        Ok(())
    });
}

#[test]
fn a_run_without_a_version_says_why() {
    with_task(|db, task| {
        let run = runs::queue(db, task, Trigger::Manual, None, &[], at(1))?;
        assert_eq!(pinned(db, run)?, Pinned::default());
        pin(db, run, None, None, Some("it is not a file"))?;
        assert_eq!(pinned(db, run)?.reason.as_deref(), Some("it is not a file"));
        assert!(matches!(pinned(db, RunId(99)), Err(StoreError::NotFound(_))));
        Ok(())
    });
}

#[test]
fn lists_of_versions_are_read_along_their_index() {
    with_task(|db, task| {
        save(db, task, "a", 1).unwrap();
        for sql in [
            format!("SELECT {COLUMNS} WHERE v.task_id = ?1 AND v.file = ?2 AND v.id <= ?3 ORDER BY v.id DESC LIMIT ?4"),
            "DELETE FROM versions WHERE id = ?1".to_owned(),
        ] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = plan.raw_query();
            while let Some(row) = rows.next()? {
                let step: String = row.get(3)?;
                assert!(!step.starts_with("SCAN") && !step.contains("TEMP B-TREE"), "{step}\n{sql}");
            }
        }
        Ok(())
    });
}
