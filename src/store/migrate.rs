//! Schema versions: an ordered list, applied in one transaction after an online backup (S3).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, StoreError};

/// `Tmpo` in ASCII: tells our files from those of other programs.
const APPLICATION_ID: i64 = 0x546D_706F;

/// Migration n brings a database from version n to n + 1.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../assets/migrations/0001_spine.sql"),
    include_str!("../../assets/migrations/0002_clock.sql"),
    include_str!("../../assets/migrations/0003_options.sql"),
    include_str!("../../assets/migrations/0004_runs.sql"),
    include_str!("../../assets/migrations/0005_health.sql"),
    include_str!("../../assets/migrations/0006_changes.sql"),
    include_str!("../../assets/migrations/0007_after.sql"),
    include_str!("../../assets/migrations/0008_groups.sql"),
    include_str!("../../assets/migrations/0009_attempts.sql"),
    include_str!("../../assets/migrations/0010_limits.sql"),
    include_str!("../../assets/migrations/0011_process.sql"),
    include_str!("../../assets/migrations/0012_output.sql"),
    include_str!("../../assets/migrations/0013_messages.sql"),
    include_str!("../../assets/migrations/0014_bookmarks.sql"),
    include_str!("../../assets/migrations/0015_orders.sql"),
    include_str!("../../assets/migrations/0016_versions.sql"),
    include_str!("../../assets/migrations/0017_environments.sql"),
    include_str!("../../assets/migrations/0018_people.sql"),
    include_str!("../../assets/migrations/0019_dependencies.sql"),
    include_str!("../../assets/migrations/0020_reminders.sql"),
    include_str!("../../assets/migrations/0021_reports.sql"),
    include_str!("../../assets/migrations/0022_due.sql"),
    include_str!("../../assets/migrations/0023_find.sql"),
    include_str!("../../assets/migrations/0024_blocked_and_categories.sql"),
    EXCHANGE,
    include_str!("../../assets/migrations/0026_origin.sql"),
];

/// Behind it, reminders are armed.
const EXCHANGE: &str = include_str!("../../assets/migrations/0025_exchange.sql");

/// The schema that this program writes.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Copies from before a migration that are kept.
const COPIES: usize = 2;

/// Brings the database to the newest version. A database that has content is first copied to `<path>.v<version>`; without room
/// for that it stays as it is.
pub(super) fn run(db: &mut Connection, path: &Path, migrations: &[&str]) -> Result<()> {
    let known = migrations.len() as i64;
    let version = check(db, path, known)?;
    if db.is_readonly(rusqlite::MAIN_DB)? {
        return Err(StoreError::ReadOnly);
    }
    // A copy that was put back is not in this mode.
    db.pragma_update(None, "journal_mode", "WAL").map_err(|e| StoreError::opening(path, e))?;
    if version == known {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Another process may have migrated while we waited for the lock.
    let version = check(&tx, path, known)?;
    if version == known {
        return Ok(());
    }
    if version == 0 && super::wake_path(path).exists() {
        return Err(StoreError::Corrupt {
            path: Some(path.to_owned()),
            detail: "it is empty, and was in use".to_owned(),
        });
    }
    if version > 0 {
        backup(path, version)?;
    }
    for migration in &migrations[version as usize..] {
        tx.execute_batch(migration)?;
        if *migration == EXCHANGE && version > 0 {
            // What is written in words there is not read in SQL.
            super::reminders::arm_all(&tx, jiff::Timestamp::now())?;
        }
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", known)?;
    tx.commit()?;
    // So that the file is ours by itself, whatever becomes of its log; when somebody reads just now, it comes there later.
    let _ = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if version > 0 {
        forget_old_copies(path);
    }
    Ok(())
}

/// The version of the database; refuses what is not ours (S3).
fn check(db: &Connection, path: &Path, known: i64) -> Result<i64> {
    let pragma = |name: &str| -> Result<i64> {
        db.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| StoreError::opening(path, e))
    };
    let version = pragma("user_version")?;
    let application = pragma("application_id")?;
    let objects: i64 = db
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|e| StoreError::opening(path, e))?;
    if application == APPLICATION_ID {
        if version > known {
            return Err(StoreError::Newer { path: path.to_owned(), found: version, known });
        }
        return Ok(version);
    }
    if objects > 0 || version != 0 || application != 0 {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    Ok(0)
}

/// A consistent copy beside the database, made through a connection of its own: it reads the state before the migration. It has
/// its name when it is whole and on the disk.
fn backup(path: &Path, version: i64) -> Result<()> {
    let copy = path.with_extension(format!("db.v{version}"));
    let draft = path.with_extension(format!("db.v{version}.part"));
    let made = copy_into(path, &draft).and_then(|()| {
        let failed = |source| StoreError::Io { path: copy.clone(), source };
        fs::rename(&draft, &copy).map_err(failed)?;
        sync_folder(path).map_err(failed)
    });
    if made.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&draft);
    }
    made
}

/// Copies the database of `path` as it was last committed, whoever writes to it meanwhile, into a file of which nothing is left when
/// it was there before. `VACUUM INTO`, not the online backup in steps: that begins anew whenever another process writes, and
/// copies pages without looking at them, damaged ones as well.
pub(super) fn copy_into(path: &Path, copy: &Path) -> Result<()> {
    let failed = |source| StoreError::Io { path: copy.to_owned(), source };
    match fs::remove_file(copy) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let source = super::connect(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    File::open(copy).and_then(|file| file.sync_all()).map_err(failed)
}

/// Brings the names in the folder of a file onto the disk.
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Removes the copies of earlier migrations but the last.
fn forget_old_copies(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let prefix = format!("{}.v", name.to_string_lossy());
    let version = |file: &Path| file.file_name()?.to_str()?.strip_prefix(&prefix)?.parse::<u32>().ok();
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut copies: Vec<(u32, PathBuf)> = files.filter_map(|file| Some((version(&file)?, file))).collect();
    copies.sort();
    copies.truncate(copies.len().saturating_sub(COPIES));
    for (_, copy) in copies {
        // One that cannot be removed takes room, and harms nothing.
        let _ = fs::remove_file(copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[test]
    fn s3_a_new_file_gets_the_whole_schema_and_a_second_open_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, MIGRATIONS).unwrap();
        run(&mut db, &path, MIGRATIONS).unwrap();
        let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!(version, SCHEMA_VERSION);
    }

    #[test]
    fn s3_an_older_schema_is_backed_up_and_then_brought_up_to_date_with_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, &["CREATE TABLE a (x TEXT) STRICT"]).unwrap();
        db.execute("INSERT INTO a VALUES ('kept')", []).unwrap();
        run(&mut db, &path, &["", "ALTER TABLE a ADD COLUMN y TEXT"]).unwrap();
        let x: String = db.query_row("SELECT x FROM a WHERE y IS NULL", [], |r| r.get(0)).unwrap();
        assert_eq!(x, "kept");
        let copy = open(&folder.path().join("tempo.db.v1"));
        let columns: i64 = copy.query_row("SELECT count(*) FROM pragma_table_info('a')", [], |r| r.get(0)).unwrap();
        assert_eq!(columns, 1, "the copy has the schema from before");
    }

    #[test]
    fn s3_the_last_two_copies_are_kept_and_each_holds_what_was_there_right_before_its_migration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        std::fs::write(folder.path().join("tempo.db.v3"), "of a migration that failed").unwrap();
        std::fs::write(folder.path().join("tempo.db.v3.part"), "cut off").unwrap();
        let mut db = open(&path);
        let migrations = ["CREATE TABLE a (x TEXT) STRICT", "", "", ""];
        for last in 1..=migrations.len() {
            run(&mut db, &path, &migrations[..last]).unwrap();
            db.execute("INSERT INTO a VALUES ('x')", []).unwrap();
        }
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("tempo.db.v"))
            .collect();
        names.sort();
        assert_eq!(names, ["tempo.db.v2", "tempo.db.v3"]);
        let rows: i64 =
            open(&folder.path().join("tempo.db.v3")).query_row("SELECT count(*) FROM a", [], |r| r.get(0)).unwrap();
        assert_eq!(rows, 3);
    }

    #[test]
    fn s3_t3_schedules_slots_and_queued_runs_of_the_first_schema_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, &MIGRATIONS[..1]).unwrap();
        db.execute_batch(
            "INSERT INTO tasks (id, slug, name, kind, command, created_at, updated_at)
             VALUES (1, 'a', 'a', 'command', 'true', 0, 0);
             INSERT INTO schedules (id, task_id, kind, expr, zone, anchor_at, watermark_at, next_at)
             VALUES (1, 1, 'every', '10s', 'UTC', 0, 10000000, 20000000), (2, 1, 'startup', '', 'UTC', 0, 5, NULL);
             INSERT INTO runs (id, task_id, state, \"trigger\", priority, schedule_id, scheduled_for, queued_at)
             VALUES (7, 1, 'queued', 'schedule', 5, 1, 10000000, 10000000);
             INSERT INTO slots VALUES (1, 10000000, 'UTC', '1970-01-01T00:00:10', 'run', NULL, 7, 10000000),
                                      (1, 9000000, 'UTC', '1970-01-01T00:00:09', 'missed', 'why', NULL, 10000000);",
        )
        .unwrap();
        run(&mut db, &path, MIGRATIONS).unwrap();
        drop(db);
        let store = crate::store::Store::open(&path).unwrap();
        let db = store.reader().unwrap();
        let task = crate::domain::TaskId(1);
        let schedules = crate::store::schedules::of_task(&db, task).unwrap();
        let seconds: Vec<_> = schedules.iter().map(|s| s.slot_at.map(jiff::Timestamp::as_second)).collect();
        assert_eq!(seconds, [Some(20), None]);
        assert!(schedules.iter().all(|s| s.slot_at == s.next_at && s.rule.options.is_empty()));
        let slots = crate::store::slots::of_task(&db, task, 9).unwrap();
        assert_eq!(slots.iter().map(|slot| slot.reason.as_deref()).collect::<Vec<_>>(), [None, Some("why")]);
        assert_eq!(crate::store::runs::get(&db, crate::domain::RunId(7)).unwrap().not_before, None);
    }

    #[test]
    fn s3_r6_the_attempts_of_an_older_schema_have_the_outcome_of_their_runs() {
        use crate::domain::run::Outcome;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, &MIGRATIONS[..8]).unwrap();
        db.execute_batch(
            "INSERT INTO tasks (id, slug, name, kind, command, created_at, updated_at)
             VALUES (1, 'a', 'a', 'command', 'true', 0, 0);
             INSERT INTO runs (id, task_id, state, outcome, exit_code, \"trigger\", priority, queued_at, started_at, finished_at, reason)
             VALUES (7, 1, 'finished', 'failed', 3, 'manual', 5, 0, 1, 2, 'why'),
                    (8, 1, 'finished', 'cancelled', NULL, 'manual', 5, 0, 1, 2, NULL),
                    (9, 1, 'queued', NULL, NULL, 'manual', 5, 0, NULL, NULL, NULL);
             INSERT INTO attempts VALUES (7, 1, 1, 2, 3, NULL, 5, 6, 7, 8, 9), (8, 1, 1, 2, 143, NULL, 5, 6, 7, 8, 9);",
        )
        .unwrap();
        run(&mut db, &path, MIGRATIONS).unwrap();
        drop(db);
        let store = crate::store::Store::open(&path).unwrap();
        let db = store.reader().unwrap();
        let attempt = |run: i64| crate::store::attempts::of_run(&db, crate::domain::RunId(run)).unwrap().remove(0);
        let (failed, cancelled) = (attempt(7), attempt(8));
        assert_eq!((failed.outcome, failed.reason.as_deref(), failed.strays), (Outcome::Failed(3), Some("why"), 9));
        assert_eq!((cancelled.outcome, cancelled.exit_code), (Outcome::Cancelled, Some(143)));
        let usage = failed.usage.unwrap();
        assert_eq!((usage.max_rss_bytes, usage.peak_bytes, usage.samples), (6, 6, 0), "R7");
        assert_eq!(failed.limits, None);
        let queued = crate::store::runs::get(&db, crate::domain::RunId(9)).unwrap();
        assert_eq!((queued.attempt, queued.attempts, queued.retry_at), (1, 1, None));
    }

    #[test]
    fn s3_a4_reminders_from_before_they_had_rows_come_once_and_those_that_have_passed_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, &MIGRATIONS[..18]).unwrap();
        let due = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 100 * 3600).unwrap();
        let todo =
            "INSERT INTO tasks (id, slug, name, kind, status, created_at, updated_at, deleted_at, due_at, reminders)
                    VALUES (?1, ?2, ?2, 'todo', ?3, 0, 0, ?4, ?5, ?6)";
        let nothing = None::<i64>;
        for (id, slug, status, deleted, due_at, reminders) in [
            (
                1,
                "open",
                "open",
                nothing,
                Some(due.as_microsecond()),
                "30d, 2h, 1970-01-01T00:00:01Z, 2999-01-01T00:00:00Z",
            ),
            (2, "done", "completed", nothing, Some(due.as_microsecond()), "2h"),
            (3, "gone", "open", Some(1), Some(due.as_microsecond()), "2h"),
            (4, "undated", "open", nothing, nothing, "2h"),
        ] {
            db.execute(todo, rusqlite::params![id, slug, status, deleted, due_at, reminders]).unwrap();
        }
        db.execute(
            "INSERT INTO tasks (id, slug, name, kind, command, created_at, updated_at, reminders)
             VALUES (5, 'machine', 'machine', 'command', 'true', 0, 0, '2999-01-01T00:00:00Z')",
            [],
        )
        .unwrap();
        run(&mut db, &path, MIGRATIONS).unwrap();
        drop(db);
        let store = crate::store::Store::open(&path).unwrap();
        let db = store.reader().unwrap();
        let coming = |task| -> Vec<String> {
            let rows = crate::store::reminders::of_task(&db, crate::domain::TaskId(task), 9).unwrap();
            rows.iter().map(|row| row.at.to_string()).collect()
        };
        let two_hours_before = due.checked_sub(jiff::SignedDuration::from_hours(2)).unwrap().to_string();
        assert_eq!(coming(1), [two_hours_before.as_str(), "2999-01-01T00:00:00Z"]);
        assert_eq!((coming(2), coming(3), coming(4)), (vec![], vec![], vec![]));
        assert_eq!(coming(5), ["2999-01-01T00:00:00Z"]);
    }

    #[test]
    fn s3_a_failing_migration_leaves_the_database_at_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let mut db = open(&path);
        run(&mut db, &path, &["CREATE TABLE a (x TEXT) STRICT"]).unwrap();
        assert!(run(&mut db, &path, &["", "CREATE TABLE b (x TEXT) STRICT; SELECT nonsense"]).is_err());
        let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!(version, 1);
        assert!(db.execute("INSERT INTO b VALUES ('x')", []).is_err());
    }

    #[test]
    fn s3_newer_foreign_and_unreadable_files_are_refused_and_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let newer = folder.path().join("newer.db");
        run(&mut open(&newer), &newer, &["CREATE TABLE a (x TEXT) STRICT", ""]).unwrap();
        assert!(matches!(run(&mut open(&newer), &newer, &[""]), Err(StoreError::Newer { found: 2, known: 1, .. })));

        let foreign = folder.path().join("foreign.db");
        open(&foreign).execute_batch("CREATE TABLE theirs (x)").unwrap();
        let before = std::fs::read(&foreign).unwrap();
        assert!(matches!(run(&mut open(&foreign), &foreign, MIGRATIONS), Err(StoreError::Foreign(_))));
        assert_eq!(std::fs::read(&foreign).unwrap(), before);

        let text = folder.path().join("text.db");
        std::fs::write(&text, "this is not a database, it is a long enough text to have a header in it".repeat(20))
            .unwrap();
        let before = std::fs::read(&text).unwrap();
        assert!(matches!(run(&mut open(&text), &text, MIGRATIONS), Err(StoreError::Foreign(_))));
        assert_eq!(std::fs::read(&text).unwrap(), before);
    }
}
