//! The example store: what a home server does, three days of its past, and what it printed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tempo::config::Paths;
use tempo::domain::TaskId;
use tempo::domain::run::{Attempt, Outcome, Trigger};
use tempo::domain::task::{Definition, Work};
use tempo::domain::when::When;
use tempo::output::{Stream, Writer};
use tempo::store::{Store, runs, schedules, tasks};

/// What runs has been running for so long.
pub(crate) const RUNNING_FOR: Duration = Duration::from_secs(42);

/// How far the past goes back.
const PAST: SignedDuration = SignedDuration::from_hours(72);

/// A task: its schedule, every how many minutes it ran from which minute of the day on, how long in seconds, and which of its runs
/// failed, counted from the newest.
struct Example {
    name: &'static str,
    when: &'static str,
    every: i64,
    from: i64,
    takes: i64,
    failed: &'static [(usize, i32)],
    command: &'static str,
}

const fn example(
    name: &'static str,
    when: &'static str,
    (every, from, takes): (i64, i64, i64),
    failed: &'static [(usize, i32)],
    command: &'static str,
) -> Example {
    Example { name, when, every, from, takes, failed, command }
}

const DAY: i64 = 24 * 60;

const EXAMPLES: &[Example] = &[
    example("backup-db", "*/30 * * * *", (30, 12, 91), &[(2, 1)], "backup-db --all /srv/dump"),
    example("cert-renew", "0 2 * * *", (DAY, 120, 4), &[], "certbot renew"),
    example("docker-prune", "15 3 * * mon,thu", (DAY, 195, 23), &[], "docker system prune --force"),
    example("media-transcode", "0 18 * * *", (DAY, 18 * 60, 5400), &[], "media-transcode /srv/media"),
    example(
        "offsite-sync",
        "0 */6 * * *",
        (360, 0, 840),
        &[(0, 23), (1, 23), (5, 23)],
        "rclone sync /srv/dump remote:dump",
    ),
    example("photo-index", "0 4 * * *", (DAY, 240, 312), &[], "photoprism index"),
    example("restic-check", "0 5 * * sun", (DAY, 300, 1260), &[], "restic check --read-data-subset=5%"),
    example("smart-report", "0 6 * * *", (DAY, 360, 3), &[], "smartctl --all /dev/sda"),
    example("thermals", "0 * * * *", (60, 0, 2), &[(3, 2)], "sensors"),
    example("vm-snapshot", "30 1 * * *", (DAY, 90, 65), &[], "virsh snapshot-create nas"),
    example("wake-nas", "", (0, 0, 0), &[], "wakeonlan 00:11:22:33:44:55"),
    example("zfs-scrub", "0 3 1 * *", (DAY, 180, 7100), &[], "zpool scrub tank"),
];

/// The programs that run while a picture is made, and what they do.
const PROGRAMS: [(&str, &str); 2] = [
    (
        "backup-db",
        "echo 'dumping postgres: app (1.2 GiB)'
sleep 0.1
echo 'warning: table \"events\" is bloated (38%)' >&2
sleep 0.1
printf '\\033[32mwrote\\033[0m /srv/dump/app-20260105.sql.zst\\n'
echo 'dumping postgres: metrics (4.8 GiB)'
exec sleep 600",
    ),
    ("media-transcode", "echo 'encoding S01E07.mkv, 1 of 4'; exec sleep 600"),
];

/// The folder of a home in which they are.
pub(crate) fn programs(home: &Path) -> PathBuf {
    home.join("bin")
}

/// Fills the store of a home.
pub(crate) fn fill(home: &Path, now: Timestamp) {
    fs::create_dir_all(programs(home)).unwrap();
    for (name, text) in PROGRAMS {
        let file = programs(home).join(name);
        fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    }
    let paths = Paths::under(home);
    let store = Store::open(&paths.database()).unwrap();
    // Nobody is greeted on a machine that has been running for days.
    fs::write(paths.greeted(), "").unwrap();
    let begun = now - RUNNING_FOR;
    let made = now - PAST;
    let mut past = Vec::new();
    for example in EXAMPLES {
        let definition = Definition::new(example.name, Work::Command(example.command.to_owned()));
        let when = (!example.when.is_empty()).then(|| When::parse(example.when, &TimeZone::UTC, made).unwrap());
        let task = store
            .write(move |db| {
                let task = tasks::add(db, &definition, made)?.id;
                if let Some(when) = &when {
                    schedules::add(db, task, when, "UTC", begun)?;
                }
                if example.name == "zfs-scrub" {
                    tasks::set_paused(db, task, true, made)?;
                }
                Ok(task)
            })
            .unwrap();
        past.extend(runs_of(example, task, made, begun));
    }
    past.sort_by_key(|run: &Past| run.start);
    for run in past {
        insert(&store, &paths, &run);
    }
    // They wait for the engine, which is not there yet.
    for name in ["backup-db", "media-transcode"] {
        store
            .write(move |db| {
                let task = tasks::find(db, name)?.id;
                runs::queue(db, task, Trigger::Manual, None, &[], begun)
            })
            .unwrap();
    }
}

/// A run that is over.
struct Past {
    task: TaskId,
    name: &'static str,
    start: Timestamp,
    end: Timestamp,
    failed: Option<i32>,
    /// Its output is kept.
    newest: bool,
}

fn runs_of(example: &Example, task: TaskId, from: Timestamp, to: Timestamp) -> Vec<Past> {
    if example.every == 0 {
        return Vec::new();
    }
    let minute = |n: i64| SignedDuration::from_secs(60 * n);
    let midnight = from.to_zoned(TimeZone::UTC).start_of_day().unwrap().timestamp();
    let mut starts: Vec<Timestamp> = (0..)
        .map(|n| midnight + minute(example.from + n * example.every))
        .skip_while(|start| *start < from)
        .take_while(|start| *start + SignedDuration::from_secs(2 * example.takes) < to)
        .collect();
    starts.reverse();
    let of = |(n, start): (usize, &Timestamp)| {
        let failed = example.failed.iter().find(|(at, _)| *at == n).map(|(_, code)| *code);
        // Not always the same, and the same each time.
        let share = (7 * n as i64 + 13 * i64::from(example.name.len() as u32)) % 9;
        let takes = if failed.is_some() { example.takes / 3 } else { example.takes * (8 + share) / 10 };
        let end = *start + SignedDuration::from_secs(takes.max(1));
        Past { task, name: example.name, start: *start, end, failed, newest: n == 0 }
    };
    starts.iter().enumerate().map(of).collect()
}

fn insert(store: &Store, paths: &Paths, run: &Past) {
    let (task, start, end) = (run.task, run.start, run.end);
    let outcome = run.failed.map_or(Outcome::Succeeded, Outcome::Failed);
    let mut attempt = Attempt::unknown(1, outcome, "");
    (attempt.started_at, attempt.ended_at) = (Some(start), Some(end));
    (attempt.exit_code, attempt.reason) = (Some(run.failed.unwrap_or(0)), None);
    let id = store
        .write(move |db| {
            let id = runs::queue(db, task, Trigger::Schedule, None, &[], start)?;
            runs::starting(db, id, "before")?;
            runs::running(db, id, 1, start)?;
            runs::finish(db, id, outcome, Some(&attempt), None, end)?;
            Ok(id)
        })
        .unwrap();
    let folder = paths.runs().join(id.to_string());
    fs::create_dir_all(&folder).unwrap();
    let mut writer = Writer::new(&folder, 1);
    let lines = if run.newest { printed(run.name) } else { &[] };
    for (at, stream, line) in lines {
        writer.append(*stream, start + SignedDuration::from_millis(*at), format!("{line}\n").as_bytes());
    }
    writer.finish().unwrap();
}

/// What the newest run of a task printed: milliseconds since its start, where, what.
fn printed(name: &str) -> &'static [(i64, Stream, &'static str)] {
    use Stream::{Err, Out};
    match name {
        "offsite-sync" => &[
            (20, Out, "rclone v1.69.1 starting, 4 transfers, 8 checkers"),
            (310, Out, "\x1b[36mlisting\x1b[0m remote:dump: 412 objects, 31.8 GiB"),
            (1881, Err, "warning: modification times are not supported by the remote"),
            (2310, Out, "\x1b[32mcopied\x1b[0m   app-2026-01-05.sql.zst        1.2 GiB   48.1 MiB/s"),
            (27_402, Out, "\x1b[32mcopied\x1b[0m   metrics-2026-01-05.sql.zst    4.8 GiB   51.7 MiB/s"),
            (122_777, Err, "error: photos-0017.tar: connection reset by peer, retry 1/3"),
            (123_020, Out, "resumed photos-0017.tar at offset 2147483648"),
            (181_115, Err, "error: photos-0017.tar: connection reset by peer, retry 2/3"),
            (181_560, Out, "resumed photos-0017.tar at offset 2147483648"),
            (240_931, Err, "error: photos-0017.tar: connection reset by peer, retry 3/3"),
            (240_998, Err, "\x1b[1;31mfatal\x1b[0m: giving up on photos-0017.tar after 3 retries"),
            (279_400, Out, "\x1b[33mskipped\x1b[0m  photos-0018.tar ... photos-0042.tar"),
            (279_990, Err, "error: 1 transfer failed, 25 skipped"),
        ],
        "cert-renew" => &[(900, Out, "certificate for home.example is valid until 2026-03-21: nothing to do")],
        "thermals" => &[(110, Out, "Package id 0:  +51.0°C  (high = +80.0°C, crit = +100.0°C)")],
        _ => &[(150, Out, "done")],
    }
}
