//! A store with very many tasks, filled directly: the store's own functions would do it in minutes.

use std::path::Path;
use std::time::Duration;

use tempo::store::Store;

/// Makes a store with so many tasks with a run each, of which the first `schedules` have a schedule once a day. The runs have no
/// folders, and the store knows that, as one does that has been at rest.
pub(crate) fn seed(home: &Path, rows: u32, schedules: u32) {
    let path = home.join("tempo.db");
    drop(Store::open(&path).unwrap());
    let db = rusqlite::Connection::open(&path).unwrap();
    db.busy_timeout(Duration::from_secs(30)).unwrap();
    let now = jiff::Timestamp::now().as_microsecond();
    db.execute_batch(&format!(
        "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000;
         BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n;
         INSERT INTO tasks (id, slug, name, kind, command, category, priority, last_run_id, created_at, updated_at)
             SELECT i, printf('task-%07d', i), printf('Task %d', i), 'command', printf('echo %d', i), 'bulk', 1 + i % 10, i,
                    {now}, {now} FROM n;
         INSERT INTO runs (id, task_id, state, outcome, exit_code, \"trigger\", priority, queued_at, started_at, finished_at,
                           kept_bytes)
             SELECT i, i, 'finished', iif(i % 100, 'succeeded', 'failed'), iif(i % 100, 0, 1), 'manual', 5,
                    {now} - i * 60000000, {now} - i * 60000000, {now} - i * 60000000 + 1500000,
                    0 FROM n;
         INSERT INTO attempts (run_id, number, started_at, ended_at, outcome, exit_code, cpu_us, max_rss_bytes, peak_bytes,
                               samples, output_bytes, dropped_bytes, strays)
             SELECT i, 1, {now}, {now}, iif(i % 100, 'succeeded', 'failed'), iif(i % 100, 0, 1), 1000, 1000000, 1000000,
                    0, 0, 0, 0 FROM n;
         INSERT INTO schedules (task_id, kind, expr, zone, anchor_at, watermark_at, next_at)
             SELECT i, 'every', '1d', 'UTC', {now}, {now}, {now} + 86400000000 FROM n WHERE i <= {schedules};
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    ))
    .unwrap();
}
