//! A store with very many tasks as people and machines have them: to-dos, commands and scripts, with categories, tags, assignees,
//! due times, descriptions and runs. The same number gives the same tasks, apart from the time at which they were made.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};
use tempo::store::Store;

const VERBS: &[&str] = &[
    "back up", "check", "review", "restore", "order", "call", "mend", "clean", "write", "send", "plan", "move",
    "rotate", "sync", "index", "pay", "book", "install", "update", "archive", "test", "measure", "publish", "sort",
    "print", "scan", "verify", "migrate", "tune", "prune",
];
const THINGS: &[&str] = &[
    "photos",
    "invoices",
    "database",
    "router",
    "garden",
    "report",
    "certificates",
    "server",
    "roof",
    "contract",
    "mailbox",
    "disk",
    "firewall",
    "car",
    "website",
    "music",
    "logs",
    "printer",
    "heating",
    "tickets",
    "budget",
    "camera",
    "notes",
    "library",
    "kitchen",
    "snapshots",
    "taxes",
    "bicycle",
    "calendar",
    "passwords",
    "workshop",
    "cluster",
    "insurance",
    "videos",
    "queue",
    "backups",
    "podcast",
    "slides",
    "newsletter",
    "archive",
];
const PLACES: &[&str] = &["media", "home", "work", "finance", "infra", "garden", "travel", "health", "school", "club"];
const BELOW: &[&str] =
    &["backup", "2025", "2026", "berlin", "shared", "old", "urgent", "weekly", "clients/acme", "clients/globex"];
const TAGS: &[&str] = &[
    "nas", "phone", "errand", "waiting", "quick", "deep", "offline", "paper", "family", "legal", "monthly", "idea",
    "bug", "security", "cost", "audit", "training", "supplier", "release", "night",
];
const PEOPLE: &[&str] = &["ana", "ben", "chloe", "dev", "eva", "farid", "gita", "hugo", "ines", "jo", "kim", "lea"];
const WORDS: &[&str] = &[
    "before", "the", "next", "audit", "somebody", "has", "to", "look", "at", "this", "because", "numbers", "from",
    "last", "month", "do", "not", "agree", "with", "what", "we", "sent", "ask", "for", "a", "second", "offer", "and",
    "compare", "prices", "then", "keep", "copy", "on", "shelf", "label", "it", "clearly", "until", "winter",
    "remember", "key", "is", "under", "stone",
];

/// Numbers that look like chance (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// One of several, those in front far more often.
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len()).min(self.below(of.len()));
        of[at]
    }

    fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }
}

/// A task as the store and as taskwarrior have it.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kind: &'static str,
    pub(crate) status: Option<&'static str>,
    pub(crate) category: String,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) priority: i64,
    pub(crate) assignee: Option<&'static str>,
    /// Seconds from now.
    pub(crate) due: Option<i64>,
    pub(crate) created: i64,
    pub(crate) progress: i64,
    pub(crate) paused: bool,
    /// `succeeded` and so on, of its newest run.
    pub(crate) outcome: Option<&'static str>,
    pub(crate) scheduled: bool,
}

/// So many tasks, one after the other.
pub(crate) fn people(rows: u32) -> impl Iterator<Item = Person> {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    (0..rows).map(move |n| {
        let c = &mut chance;
        let kind = match c.below(10) {
            0..=5 => "todo",
            6..=8 => "command",
            _ => "script",
        };
        let todo = kind == "todo";
        let status = todo.then(|| match c.below(20) {
            0..=7 => "open",
            8 => "in_progress",
            9..=18 => "completed",
            _ => "cancelled",
        });
        let name = format!("{} {} {n}", c.one(VERBS), c.one(THINGS));
        let category = match c.below(10) {
            0 => String::new(),
            1..=4 => c.one(PLACES).to_owned(),
            _ => format!("{}/{}", c.one(PLACES), c.one(BELOW)),
        };
        let mut tags: Vec<&str> = (0..c.below(4)).map(|_| c.one(TAGS)).collect();
        tags.sort_unstable();
        tags.dedup();
        let words = if c.percent(70) { 4 + c.below(20) } else { 0 };
        let mut description = (0..words).map(|_| c.one(WORDS)).collect::<Vec<_>>().join(" ");
        if n % 10_007 == 0 {
            description.push_str(" zygote qx");
        }
        let ran = !todo && c.percent(80);
        Person {
            name,
            description,
            kind,
            status,
            category,
            tags,
            priority: if c.percent(60) { 5 } else { 1 + c.below(10) as i64 },
            assignee: c.percent(60).then(|| c.one(PEOPLE)),
            due: (todo && c.percent(50)).then(|| c.below(400 * 86_400) as i64 - 300 * 86_400),
            created: -(c.below(3 * 365 * 86_400) as i64),
            progress: if todo && c.percent(10) { c.below(100) as i64 } else { 0 },
            paused: !todo && c.percent(8),
            outcome: ran.then(|| match c.below(100) {
                0..=2 => "failed",
                3 => "timed_out",
                4 => "cancelled",
                _ => "succeeded",
            }),
            scheduled: !todo && c.percent(5),
        }
    })
}

/// Drops the indexes of tasks and the triggers that index or note each row that comes; returns what makes them again.
fn put_aside(db: &Connection) -> String {
    let mut query = db
        .prepare(
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND
             (type = 'index' AND tbl_name = 'tasks'
              OR name IN ('task_words_come', 'touched_comes', 'touched_changes', 'task_tags_come', 'tasks_last_run_changes'))",
        )
        .unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let all: Vec<(String, String, String)> = query.query_map([], row).unwrap().map(Result::unwrap).collect();
    let mut again =
        String::from("UPDATE tasks SET tag = coalesce((SELECT min(tag) FROM task_tags WHERE task_id = tasks.id), '');");
    for (kind, name, sql) in all {
        db.execute_batch(&format!("DROP {kind} {name}")).unwrap();
        again.push_str(&sql);
        again.push(';');
    }
    again
}

/// Fills a folder with a store of so many tasks. The runs have no folders, and the store knows that.
pub(crate) fn fill(home: &Path, rows: u32) {
    let path = home.join("tempo.db");
    drop(Store::open(&path).unwrap());
    let mut db = Connection::open(&path).unwrap();
    db.busy_timeout(Duration::from_secs(30)).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 0;")
        .unwrap();
    // What follows from each row follows faster from all of them at the end.
    let later = put_aside(&db);
    let now = jiff::Timestamp::now().as_microsecond();
    let mut people = people(rows).enumerate().peekable();
    while people.peek().is_some() {
        let tx = db.transaction().unwrap();
        {
            let mut task = tx
                .prepare_cached(
                    "INSERT INTO tasks (id, slug, name, kind, command, script, status, category, priority, assignee, due_at, paused,
                                        description, progress, last_run_id, created_at, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
                )
                .unwrap();
            let mut tag = tx.prepare_cached("INSERT INTO task_tags (task_id, tag) VALUES (?1, ?2)").unwrap();
            let mut run = tx
                .prepare_cached(
                    "INSERT INTO runs (id, task_id, state, outcome, exit_code, \"trigger\", priority, queued_at, started_at,
                                       finished_at, kept_bytes)
                     VALUES (?1, ?1, 'finished', ?2, ?3, 'manual', 5, ?4, ?4, ?4 + 1500000, 0)",
                )
                .unwrap();
            // As the triggers would do it for a run that came after its task.
            let mut ran = tx
                .prepare_cached(
                    "UPDATE tasks SET last_class = (SELECT class FROM runs WHERE id = ?1),
                                      last_at = (SELECT finished_at FROM runs WHERE id = ?1) WHERE id = ?1",
                )
                .unwrap();
            let mut schedule = tx
                .prepare_cached(
                    "INSERT INTO schedules (task_id, kind, expr, zone, anchor_at, watermark_at, next_at, slot_at)
                     VALUES (?1, 'every', '1d', 'UTC', ?2, ?2, ?3, ?3)",
                )
                .unwrap();
            for (n, one) in people.by_ref().take(50_000) {
                let id = n as i64 + 1;
                let slug = one.name.replace(' ', "-");
                let command = (one.kind == "command").then(|| format!("/usr/local/bin/{slug} --quiet"));
                let script = (one.kind == "script").then(|| format!("/srv/jobs/{slug}.sh"));
                let created = now + one.created * 1_000_000;
                let ran_at = now - (id * 7_919 % 5_000_000) * 1_000_000;
                if let Some(outcome) = one.outcome {
                    let code = match outcome {
                        "succeeded" => Some(0),
                        "failed" => Some(1),
                        _ => None,
                    };
                    run.execute(params![id, outcome, code, ran_at]).unwrap();
                }
                task.execute(params![
                    id,
                    slug,
                    one.name,
                    one.kind,
                    command,
                    script,
                    one.status,
                    one.category,
                    one.priority,
                    one.assignee,
                    one.due.map(|due| now + due * 1_000_000),
                    one.paused,
                    one.description,
                    one.progress,
                    one.outcome.map(|_| id),
                    created,
                    now - (n as i64 * 31_337 % 100_000_000) * 1_000_000,
                ])
                .unwrap();
                if one.outcome.is_some() {
                    ran.execute([id]).unwrap();
                }
                for name in &one.tags {
                    tag.execute(params![id, name]).unwrap();
                }
                if one.scheduled && !one.paused {
                    schedule.execute(params![id, now, now + (3600 + id % 86_400) * 1_000_000]).unwrap();
                }
            }
        }
        tx.commit().unwrap();
        db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    }
    db.execute_batch("INSERT INTO task_words (rowid, words) SELECT id, words FROM tasks;").unwrap();
    db.execute_batch(&later).unwrap();
    // Of a bulk nobody knows the changes one by one.
    db.execute_batch(
        "INSERT INTO task_words (task_words) VALUES ('optimize');
         DELETE FROM touched WHERE seq < (SELECT max(seq) FROM touched); PRAGMA wal_checkpoint(TRUNCATE);",
    )
    .unwrap();
}
