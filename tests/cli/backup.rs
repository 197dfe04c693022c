//! backup and restore (S4).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempo::lock;

use super::Home;

const PATIENCE: Duration = Duration::from_secs(40);

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// `tempo daemon`, killed at the end at the latest.
struct Daemon(Child);

impl Daemon {
    fn start(home: &Home) -> Self {
        let daemon = Self(home.command(&["daemon"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("the engine", || lock::holder(&home.paths().engine_lock()).unwrap());
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The files of a backup.
fn files_of(backup: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(zstd::Decoder::new(File::open(backup).unwrap()).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (path, mut content) = (entry.path().unwrap().display().to_string(), Vec::new());
        entry.read_to_end(&mut content).unwrap();
        files.insert(path, content);
    }
    files
}

fn the_run(home: &Home, task: &str) -> Option<Value> {
    home.json(&["runs", task]).into_iter().next()
}

/// The state of the newest run of a task.
fn is(home: &Home, task: &str, state: &str) -> Option<()> {
    the_run(home, task).filter(|run| run["state"] == state).map(drop)
}

/// A home with tasks, a script, settings and a run.
fn furnished() -> Home {
    let home = Home::new();
    fs::write(home.path().join("job.sh"), "echo from the script\n").unwrap();
    fs::write(home.path().join("config.toml"), "max_running = 3\n").unwrap();
    fs::write(home.path().join("keys.toml"), "help = \"F8\"\n").unwrap();
    home.ok(&["add", "job", "--script", "job.sh", "--cron", "30 2 * * *"]);
    home.ok(&["add", "beat", "--command", "echo beat", "--every", "1s"]);
    home.ok(&["add", "long", "--command", "echo begun; while [ ! -e go ]; do sleep 0.05; done; exit 7", "--cwd", "."]);
    home
}

#[test]
fn s4_a_backup_is_made_while_everything_runs_and_another_home_has_everything_after_a_restore() {
    let home = furnished();
    let daemon = Daemon::start(&home);
    home.ok(&["run", "job", "--wait"]);
    home.ok(&["run", "long"]);
    until("a run that printed", || (home.tempo(&["output", "long"]).out == "begun\n").then_some(()));
    let said = home.ok(&["backup", "b.tar.zst"]);
    assert!(said.starts_with("wrote b.tar.zst: 3 tasks, 2 schedules, "), "{said}");
    drop(daemon);
    let backup = home.path().join("b.tar.zst");
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!home.path().join("b.tar.zst.part").exists() && !home.path().join("b.tar.zst.part.db").exists());

    let files = files_of(&backup);
    assert_eq!(files["config/config.toml"], b"max_running = 3\n");
    assert_eq!(files["config/keys.toml"], b"help = \"F8\"\n");
    assert_eq!(files[&format!("files{}/job.sh", home.path().display())], b"echo from the script\n");
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!((&manifest["tasks"], &manifest["output"]), (&3.into(), &true.into()));
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    assert_eq!(sums.lines().count(), files.len() - 1);

    let other = Home::new();
    fs::remove_file(home.path().join("job.sh")).unwrap();
    let dry = other.ok(&["restore", backup.to_str().unwrap(), "--dry-run"]);
    assert!(dry.starts_with("would restore ") && !other.paths().database().exists(), "{dry}");
    let said = other.ok(&["restore", backup.to_str().unwrap()]);
    assert!(said.contains("1 runs lost") && said.contains("1 scripts and calendars put back"), "{said}");
    assert_eq!(other.ok(&["export"]), home.ok(&["export"]));
    assert_eq!(fs::read_to_string(other.path().join("config.toml")).unwrap(), "max_running = 3\n");
    assert_eq!(fs::read_to_string(other.path().join("keys.toml")).unwrap(), "help = \"F8\"\n");
    assert_eq!(other.ok(&["output", "job"]), "from the script\n");
    assert_eq!(other.ok(&["output", "long"]), "begun\n");
    let lost = the_run(&other, "long").unwrap();
    assert_eq!(lost["outcome"], "lost");
    assert!(lost["reason"].as_str().unwrap().starts_with("it ran when the backup of "), "{lost}");
    for rest in ["tempo.db.restore", "runs.restore"] {
        assert!(!other.path().join(rest).exists(), "{rest}");
    }
    let _daemon = Daemon::start(&other);
    other.ok(&["run", "job", "--wait"]);
    fs::write(home.path().join("go"), "").unwrap();
}

#[test]
fn s4_what_was_there_is_kept_no_number_is_given_twice_and_what_ran_at_the_backup_has_its_true_end() {
    let home = furnished();
    let daemon = Daemon::start(&home);
    home.ok(&["run", "long"]);
    until("a run", || is(&home, "long", "running"));
    home.ok(&["backup", "b.tar.zst", "--no-output"]);
    assert!(files_of(&home.path().join("b.tar.zst")).keys().all(|path| !path.contains("output")));
    home.ok(&["add", "later", "--command", "echo later"]);
    home.ok(&["run", "later", "--wait"]);
    let later = the_run(&home, "later").unwrap()["id"].as_i64().unwrap();

    home.refuses(&["restore", "b.tar.zst"], 4, &["the scheduler is at work", &daemon.0.id().to_string()]);
    drop(daemon);
    let open = home.store();
    home.refuses(&["restore", "b.tar.zst"], 4, &["is open in another Tempo"]);
    drop(open);
    let said = until("a database that nobody has open", || {
        let answer = home.tempo(&["restore", "b.tar.zst"]);
        (answer.code == 0).then_some(answer.out)
    });
    assert!(said.contains("tempo.db.before-restore-") && !said.contains("lost"), "{said}");
    home.refuses(&["show", "later"], 3, &["later"]);
    let kept = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.into_iter().find(|path| path.to_string_lossy().contains("before-restore")).unwrap();
    let tasks: i64 = rusqlite::Connection::open(kept)
        .unwrap()
        .query_row("SELECT count(*) FROM tasks WHERE slug = 'later'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tasks, 1);
    assert_eq!(fs::read_to_string(home.path().join(format!("runs/{later}/output"))).unwrap(), "later\n");

    // It went on all the time.
    let _daemon = Daemon::start(&home);
    fs::write(home.path().join("go"), "").unwrap();
    until("its end", || is(&home, "long", "finished"));
    assert_eq!(the_run(&home, "long").unwrap()["exit_code"], 7);
    home.ok(&["run", "job"]);
    assert!(the_run(&home, "job").unwrap()["id"].as_i64().unwrap() > later);
}

#[test]
fn s4_folders_of_other_runs_make_way_and_a_run_that_the_backup_does_not_know_is_not_abandoned() {
    let (home, other) = (furnished(), furnished());
    for home in [&home, &other] {
        home.ok(&["rm", "beat"]);
    }
    {
        let _daemon = Daemon::start(&home);
        home.ok(&["run", "job", "--wait"]);
        home.ok(&["backup", "b.tar.zst"]);
    }
    let backup = home.path().join("b.tar.zst");
    let backup = backup.to_str().unwrap();
    {
        let _daemon = Daemon::start(&other);
        other.ok(&["run", "long"]);
        until("a run", || is(&other, "long", "running"));
    }
    other.refuses(&["restore", backup], 4, &["run 1 goes on, and the backup does not know it"]);
    fs::write(other.path().join("go"), "").unwrap();
    until("the end of the run", || other.path().join("runs/1/exit.json").exists().then_some(()));
    let said = until("its supervisor's end", || {
        let answer = other.tempo(&["restore", backup]);
        (answer.code == 0).then_some(answer.out)
    });
    assert!(said.contains("1 run folders of other runs moved aside"), "{said}");
    assert_eq!(other.ok(&["output", "1"]), "from the script\n");
    let aside = fs::read_dir(other.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().contains("runs.before-restore")).unwrap();
    assert_eq!(fs::read_to_string(aside.join("1/output")).unwrap(), "begun\n");
}

#[test]
fn s4_x1_what_is_no_whole_backup_is_refused_and_nothing_is_changed() {
    let home = furnished();
    home.refuses(&["backup", "no/such/folder/b"], 5, &["no/such/folder"]);
    home.ok(&["backup", "b.tar.zst"]);
    home.refuses(&["backup", "b.tar.zst"], 4, &["exists", "--force"]);
    home.ok(&["backup", "b.tar.zst", "--force"]);
    home.refuses(&["restore", "nothing"], 1, &["nothing"]);
    Home::new().refuses(&["backup", "b"], 4, &["nothing to back up"]);
    let whole = fs::read(home.path().join("b.tar.zst")).unwrap();
    let before = (home.ok(&["export"]), fs::read(home.paths().database()).unwrap());
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let plain = zstd::encode_all(b"this is no archive".repeat(100).as_slice(), 3).unwrap();
    for (name, bytes) in [
        ("flipped", flipped),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("short", whole[..whole.len() - 3].to_vec()),
        ("empty", Vec::new()),
        ("text", b"this is no archive at all".to_vec()),
        ("plain", plain),
    ] {
        fs::write(home.path().join(name), bytes).unwrap();
        let answer = home.tempo(&["restore", name]);
        assert_eq!(answer.code, 4, "{name}: {answer:?}");
        assert!(answer.err.contains("cannot be restored"), "{name}: {answer:?}");
        assert!(!home.path().join("tempo.db.restore").exists());
    }
    // An archive with a file that would be written somewhere else.
    let mut outside =
        tar::Builder::new(zstd::Encoder::new(File::create(home.path().join("outside")).unwrap(), 3).unwrap());
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..10].copy_from_slice(b"../outside");
    header.set_size(1);
    header.set_mode(0o600);
    header.set_cksum();
    outside.append(&header, &b"x"[..]).unwrap();
    outside.into_inner().unwrap().finish().unwrap();
    home.refuses(&["restore", "outside"], 4, &["does not belong into a backup"]);
    assert!((home.ok(&["export"]), fs::read(home.paths().database()).unwrap()) == before);
}

#[test]
fn s4_a_damaged_database_is_replaced_and_kept_with_its_log() {
    let home = furnished();
    home.ok(&["backup", "b.tar.zst"]);
    let definitions = home.ok(&["export"]);
    fs::write(home.paths().database(), "no database any more").unwrap();
    fs::write(home.path().join("tempo.db-wal"), "nor a log").unwrap();
    home.refuses(&["list"], 5, &["not a Tempo database"]);
    home.ok(&["restore", "b.tar.zst"]);
    assert_eq!(home.ok(&["export"]), definitions);
    let kept: BTreeMap<String, String> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("before-restore"))
        .map(|path| (path.extension().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    let mut texts: Vec<&str> = kept.values().map(String::as_str).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["no database any more", "nor a log"]);
}

#[test]
fn s4_a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let home = furnished();
    home.ok(&["backup", "b.tar.zst"]);
    let new = home.ok(&["export"]);
    let started = Instant::now();
    home.ok(&["restore", "b.tar.zst"]);
    let whole = started.elapsed();
    let (mut as_old, mut as_new) = (0, 0);
    for round in 0..24 {
        home.ok(&["add", &format!("newer {round}"), "--todo"]);
        let old = home.ok(&["export"]);
        let mut restore =
            home.command(&["restore", "b.tar.zst"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * (round + 4) / 24);
        restore.kill().unwrap();
        restore.wait().unwrap();
        let now = home.ok(&["export"]);
        if now == old {
            as_old += 1;
        } else {
            assert_eq!(now, new);
            as_new += 1;
        }
        let said: String = rusqlite::Connection::open(home.paths().database())
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(said, "ok");
        // Names have the second in them.
        for entry in fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.to_string_lossy().contains("before-restore") {
                fs::remove_file(entry).unwrap();
            }
        }
    }
    assert!(as_old > 0 && as_new > 0, "{as_old} as before, {as_new} restored");
}
