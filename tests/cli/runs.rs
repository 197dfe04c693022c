//! run, stop, runs; what an engine does is done to the store by hand.

use jiff::{SignedDuration, Timestamp};
use tempo::domain::RunId;
use tempo::domain::run::{Attempt, Outcome, RunState, Usage};
use tempo::lock::{Holder, Lock, Role};
use tempo::output::{Stream, Writer};
use tempo::store::{attempts, runs};
use tempo::supervise::{Ended, ExitRecord};

use super::{Home, instant, keys, words};

const RUN_KEYS: &str = "id task state outcome exit_code signal trigger attempt scheduled_for queued_at started_at \
                        finished_at duration_s cpu_s max_rss_bytes peak_bytes samples output_bytes limits reason";

/// Makes this process look like the engine.
pub(super) fn engine(home: &Home) -> Lock {
    let holder = Holder::this(Role::Library, Timestamp::now());
    Lock::try_take(&home.paths().engine_lock(), &holder).unwrap().unwrap()
}

/// Starts a queued run.
pub(super) fn start(home: &Home, id: RunId) {
    let at = Timestamp::now();
    home.store().write(move |db| runs::starting(db, id, "boot").and_then(|()| runs::running(db, id, 1, at))).unwrap();
}

/// Ends a run that was started.
pub(super) fn finish(home: &Home, id: RunId, outcome: Outcome, reason: Option<&'static str>) {
    let ended_at = Timestamp::now();
    let started_at = ended_at - SignedDuration::from_millis(1500);
    let usage = Usage {
        cpu: std::time::Duration::from_millis(250),
        max_rss_bytes: 4096,
        peak_bytes: 8192,
        samples: 3,
        output_bytes: 7,
    };
    let attempt = Attempt {
        number: 1,
        started_at: Some(started_at),
        ended_at: Some(ended_at),
        outcome,
        exit_code: outcome.exit_code(),
        signal: outcome.signal(),
        usage: Some(usage),
        dropped_bytes: 0,
        strays: 0,
        limits: Some("memory 512M by rlimit and watchdog".to_owned()),
        reason: reason.map(str::to_owned),
    };
    home.store().write(move |db| runs::finish(db, id, outcome, Some(&attempt), reason, ended_at)).unwrap();
}

/// Leaves what a supervisor leaves that ended while no engine was there, after three seconds with exit code 4.
fn ended_unseen(home: &Home, id: RunId) {
    let started_at = Timestamp::now() - SignedDuration::from_secs(60);
    home.store()
        .write(move |db| runs::starting(db, id, "boot").and_then(|()| runs::running(db, id, 1, started_at)))
        .unwrap();
    let folder = home.paths().runs().join(id.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lock"), "{}").unwrap();
    let record = ExitRecord {
        attempt: 1,
        started_at,
        ended_at: started_at + SignedDuration::from_secs(3),
        ended: Ended::Exited(4),
        stopped_by: None,
        killed: false,
        cpu_micros: 1,
        max_rss_bytes: 4096,
        output_bytes: 5,
        output_lines: 1,
        dropped_bytes: 0,
        not_kept: None,
        strays: 0,
        limits: None,
        refused: None,
        over: None,
        peak_bytes: 0,
        samples: 0,
    };
    Writer::new(&folder, 1).append(Stream::Out, started_at, b"done\n");
    std::fs::write(folder.join("exit.json"), serde_json::to_vec(&record).unwrap()).unwrap();
}

#[test]
fn r8_without_an_engine_a_run_is_shown_as_its_folder_proves_and_nothing_is_written() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "exit 4"]);
    home.tempo(&["run", "a"]);
    ended_unseen(&home, RunId(1));

    let run = &home.json(&["runs", "a"])[0];
    assert_eq!((&run["state"], &run["outcome"], &run["exit_code"]), (&"finished".into(), &"failed".into(), &4.into()));
    assert_eq!(run["duration_s"], 3.0);
    assert!(home.ok(&["runs"]).contains("exit 4"));
    assert_eq!(home.json(&["runs", "--state", "running"]), Vec::<serde_json::Value>::new());
    assert_eq!(home.json(&["runs", "--state", "finished"]).len(), 1);
    assert_eq!(home.json(&["list"])[0]["last_run"]["outcome"], "failed");
    assert!(home.ok(&["list"]).contains("exit 4"));
    let shown = home.ok(&["show", "a"]);
    assert!(shown.contains("exit 4") && !shown.contains("is running since"), "{shown}");
    assert_eq!(home.json(&["show", "a"])[0]["runs"][0]["outcome"], "failed");
    assert_eq!(home.ok(&["output", "a", "-f"]), "done\n", "it comes to its end");
    assert!(home.ok(&["stop", "a"]).contains("had finished already"));
    assert!(home.ok(&["why", "a"]).contains("run #1 has ended (exit 4)"));
    assert!(!home.ok(&["why", "a"]).contains("is running since"));
    assert!(home.tempo(&["doctor"]).out.contains("1 ended"));
    let stored = runs::get(&home.store().reader().unwrap(), RunId(1)).unwrap();
    assert_eq!(stored.state, RunState::Running, "only an engine writes it down");

    // A supervisor that is gone without a word.
    std::fs::remove_file(home.paths().runs().join("1").join("exit.json")).unwrap();
    let run = &home.json(&["runs", "a"])[0];
    assert_eq!((&run["outcome"], &run["duration_s"]), (&"lost".into(), &serde_json::Value::Null));

    let _engine = engine(&home);
    assert_eq!(home.json(&["runs", "a"])[0]["state"], "running", "an engine looks itself");
}

#[test]
fn run_queues_prints_the_id_and_says_that_it_waits_for_an_engine() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let answer = home.tempo(&["run", "a", "--", "--flag", "x y"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "1\n"));
    assert!(answer.err.contains("no engine is running: run 1 starts when"), "{answer:?}");
    assert_eq!(runs::args(&home.store().reader().unwrap(), RunId(1)).unwrap(), ["--flag", "x y"]);

    let _engine = engine(&home);
    let answer = home.tempo(&["run", "a", "--json"]);
    assert!(answer.err.contains("run 2 of a waits behind run 1"), "{answer:?}");
    let run: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(keys(&run), words(RUN_KEYS));
    assert_eq!((&run["id"], &run["state"], &run["trigger"]), (&2.into(), &"queued".into(), &"manual".into()));
    instant(&run["queued_at"]);

    home.ok(&["set", "a", "overlap=parallel=3"]);
    assert_eq!(home.ok(&["run", "a"]), "3\n", "there is room");
}

#[test]
fn to_wait_without_an_engine_is_exit_code_6_and_queues_nothing() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    home.refuses(&["run", "a", "--wait"], 6, &["no engine", "tempo daemon"]);
    assert_eq!(home.json(&["runs"]), Vec::<serde_json::Value>::new());
}

#[test]
fn a_todo_is_not_run() {
    let home = Home::new();
    home.ok(&["add", "a", "--todo"]);
    home.refuses(&["run", "a"], 4, &["to-do", "command="]);
    home.refuses(&["run", "a", "--wait"], 4, &["to-do"]);
}

/// Waits for the run that `tempo run --wait` has queued.
fn queued(home: &Home) -> RunId {
    let store = home.store();
    let (db, watch) = (store.reader().unwrap(), store.watch().unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        if let Some(run) = runs::in_state(&db, None, RunState::Queued, 1).unwrap().first() {
            return run.id;
        }
        assert!(std::time::Instant::now() < deadline, "nothing was queued");
        watch.wait(Some(std::time::Duration::from_millis(100))).unwrap();
    }
}

#[test]
fn wait_streams_both_streams_byte_for_byte_and_exits_as_the_run_did() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let _engine = engine(&home);
    for (outcome, code) in [
        (Outcome::Succeeded, 0),
        (Outcome::Failed(7), 7),
        (Outcome::Signaled(9), 137),
        (Outcome::TimedOut, 124),
        (Outcome::OverMemory, 137),
        (Outcome::Cancelled, 130),
    ] {
        let child = home
            .command(&["run", "a", "--wait"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let id = queued(&home);
        let folder = home.paths().runs().join(id.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        start(&home, id);
        let mut writer = Writer::new(&folder, 1);
        writer.append(Stream::Out, Timestamp::now(), b"one\x1b[2J\xff\n");
        writer.append(Stream::Err, Timestamp::now(), b"oops\r\n");
        writer.append(Stream::Out, Timestamp::now(), b"no end");
        writer.finish().unwrap();
        finish(&home, id, outcome, None);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(output.stdout, b"one\x1b[2J\xff\nno end", "{outcome}");
        assert_eq!(output.stderr, b"oops\r\n", "{outcome}");
    }
}

#[test]
fn to_wait_for_a_run_that_could_not_start_is_exit_code_125_and_says_why() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let _engine = engine(&home);
    let child = home
        .command(&["run", "a", "--wait", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let id = queued(&home);
    let now = Timestamp::now();
    let reason = Some("the folder is gone");
    home.store().write(move |db| runs::finish(db, id, Outcome::CouldNotStart, None, reason, now)).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&run["outcome"], &run["reason"]), (&"could_not_start".into(), &"the folder is gone".into()));
}

#[test]
fn stop_takes_a_queued_run_out_and_notes_the_request_for_a_live_one() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    for _ in 0..3 {
        home.tempo(&["run", "a"]);
    }
    start(&home, RunId(1));
    assert_eq!(home.ok(&["stop", "3"]), "run 3 of a was taken out of the queue\n");
    let answer = home.tempo(&["stop", "a"]);
    assert_eq!(answer.code, 0);
    assert_eq!(answer.out, "run 2 of a was taken out of the queue\nrun 1 of a is to be stopped\n");
    assert!(answer.err.contains("no engine is running: it goes on until one starts"), "{answer:?}");

    let _engine = engine(&home);
    let stops = |kill| runs::stop_requests(&home.store().reader().unwrap()).unwrap() == [(RunId(1), kill)];
    assert!(stops(false));
    assert_eq!(home.ok(&["stop", "1", "--kill"]), "run 1 of a is being killed\n");
    assert!(stops(true));
    finish(&home, RunId(1), Outcome::Cancelled, None);
    let met = &home.json(&["stop", "1"])[0];
    assert_eq!((keys(met), &met["stop"]), (words("run task stop"), &"already_finished".into()));
    let answer = home.tempo(&["stop", "a"]);
    assert!(answer.code == 0 && answer.err.contains("nothing of a is running"), "{answer:?}");
}

#[test]
fn runs_are_listed_the_newest_first_by_task_state_and_number() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    home.ok(&["add", "b", "--command", "true"]);
    for task in ["a", "b", "a", "a"] {
        home.tempo(&["run", task]);
    }
    start(&home, RunId(1));
    finish(&home, RunId(1), Outcome::Failed(3), Some("because"));
    start(&home, RunId(3));
    let ids = |args: &[&str]| -> Vec<i64> {
        home.json(&[&["runs"], args].concat()).iter().map(|run| run["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(&[]), [4, 3, 2, 1]);
    assert_eq!(ids(&["a"]), [4, 3, 1]);
    assert_eq!(ids(&["--limit", "2"]), [4, 3]);
    assert_eq!(ids(&["--state", "queued"]), [4, 2]);
    assert_eq!(ids(&["b", "--state", "queued"]), [2]);
    assert_eq!(ids(&["--state", "finished"]), [1]);

    let run = &home.json(&["runs", "--state", "finished"])[0];
    assert_eq!(keys(run), words(RUN_KEYS));
    assert_eq!((&run["outcome"], &run["exit_code"], &run["signal"]), (&"failed".into(), &3.into(), &().into()));
    assert_eq!((&run["duration_s"], &run["cpu_s"]), (&1.5.into(), &0.25.into()));
    assert_eq!((&run["max_rss_bytes"], &run["output_bytes"]), (&4096.into(), &7.into()));
    assert_eq!((&run["peak_bytes"], &run["samples"]), (&8192.into(), &3.into()));
    assert_eq!(run["limits"], "memory 512M by rlimit and watchdog");
    assert!(instant(&run["started_at"]) < instant(&run["finished_at"]));
    let people = home.ok(&["runs"]);
    assert!(people.contains("exit 3") && people.contains("0:01") && people.contains("because"), "{people}");
    assert!(!people.contains('\u{1b}'), "no colour in a pipe");
    let last = &home.json(&["list", "a"])[0]["last_run"];
    assert_eq!(keys(last), words("id state outcome started_at finished_at"));
    assert!(home.ok(&["show", "a"]).contains("exit 3"));
}

#[test]
fn r7_usage_shows_the_samples_of_a_run_and_what_was_in_force() {
    use tempo::output::usage::{Log, Sample};

    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--memory", "512M", "--nice", "-5"]);
    home.refuses(&["usage", "a"], 3, &["run of a that has started"]);
    home.tempo(&["run", "a"]);
    start(&home, RunId(1));
    let folder = home.paths().runs().join("1");
    std::fs::create_dir_all(&folder).unwrap();
    assert_eq!(home.ok(&["usage", "a"]), "run  1 of a\nno samples: the first is taken after a second\n");
    let first: Timestamp = "2026-11-21T17:00:00Z".parse().unwrap();
    let mut log = Log::default();
    for n in 0..2_i64 {
        let cpu = std::time::Duration::from_millis(500 * n.unsigned_abs());
        let at = first + SignedDuration::from_secs(n);
        log.append(&folder, Sample { at, cpu, memory: 100 << 20, processes: 2, attempt: 1 });
    }
    finish(&home, RunId(1), Outcome::OverMemory, Some("it used 612 MiB of its 512 MiB"));
    let people = home.ok(&["usage", "1"]);
    let expected = ["limits  memory 512M by rlimit and watchdog", "at most 8.0 KiB", "18:00:01", "50%", "100 MiB"];
    assert!(expected.iter().all(|words| people.contains(words)), "{people}");
    let samples = home.json(&["usage", "1"]);
    assert_eq!(keys(&samples[1]), words("run attempt at cpu_s cpu_load memory_bytes processes"));
    assert_eq!(instant(&samples[1]["at"]), first + SignedDuration::from_secs(1));
    assert_eq!((&samples[1]["cpu_s"], &samples[1]["cpu_load"]), (&0.5.into(), &0.5.into()));
    let runs = home.ok(&["runs"]);
    assert!(runs.contains("over memory") && runs.contains("it used 612 MiB of its 512 MiB"), "{runs}");
    home.refuses(&["usage", "ghost"], 3, &["ghost"]);
}

#[test]
fn t6_a_run_that_is_to_wait_says_until_when() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let until: Timestamp = "2031-12-24T17:00:00Z".parse().unwrap();
    home.store()
        .write(move |db| {
            let task = tempo::store::tasks::find(db, "a")?.id;
            let now = Timestamp::now();
            let run = runs::queue(db, task, tempo::domain::run::Trigger::CatchUp, None, &[], now)?;
            runs::hold(db, run, until)
        })
        .unwrap();
    assert!(home.ok(&["runs"]).contains("waits until 2031-12-24 18:00:00"));
    let run = home.json(&["runs"]).remove(0);
    assert_eq!(instant(&run["not_before"]), until);
}

#[test]
fn r3_drain_says_what_has_not_ended_when_it_is_safe_and_what_waits_for_it() {
    let home = Home::new();
    home.ok(&["add", "Backup", "-c", "true"]);
    home.ok(&["add", "Mirror", "-c", "true"]);
    let _engine = engine(&home);
    let run: i64 = home.ok(&["run", "backup"]).trim().parse().unwrap();
    start(&home, RunId(run));
    let folder = home.paths().runs().join(run.to_string());
    assert_eq!(home.ok(&["drain"]), "not draining: what is due starts\n");
    let on = home.json(&["drain", "on"]).remove(0);
    assert_eq!((&on["draining"], &on["safe"], &on["live"][0]["task"]), (&true.into(), &false.into(), &"backup".into()));
    assert!(home.ok(&["drain"]).ends_with(": not ended yet: run 1 of backup\n"), "{folder:?}");
    let answer = home.tempo(&["run", "mirror"]);
    assert!(answer.err.contains("run 2 of mirror waits: nothing new starts until `tempo drain off`"), "{answer:?}");
    let why = home.ok(&["why", "mirror"]);
    assert!(why.contains("nothing new starts until `tempo drain off`"), "{why}");
    assert!(why.contains("run #2 waits for the end of draining"), "{why}");
    let doctor = home.tempo(&["doctor"]).out;
    assert!(doctor.contains("because of `tempo drain on`"), "{doctor}");
    finish(&home, RunId(run), Outcome::Succeeded, None);
    assert!(home.ok(&["drain", "on", "--wait"]).ends_with(": nothing runs, it is safe to stop\n"));
    assert_eq!(home.json(&["drain", "off"])[0]["draining"], false);
}

#[test]
fn r3_why_names_the_run_that_has_the_place_in_a_group() {
    let home = Home::new();
    home.ok(&["add", "Backup", "-c", "true", "--group", "disk"]);
    home.ok(&["add", "Mirror", "-c", "true", "--group", "net, disk"]);
    assert!(home.ok(&["show", "mirror"]).contains("disk, net"));
    let _engine = engine(&home);
    home.ok(&["run", "backup"]);
    start(&home, RunId(1));
    home.ok(&["run", "mirror"]);
    let why = home.ok(&["why", "mirror"]);
    assert!(why.contains("run #2 waits for a place in the group disk, which run #1 of backup has"), "{why}");
    home.refuses(&["set", "mirror", "group=a b"], 4, &["`a b`", "as in disk"]);
    std::fs::write(home.paths().settings(), "groups = { disk = 2 }\n").unwrap();
    assert!(home.ok(&["why", "mirror"]).contains("run #2 starts next"));
}

/// Lets an attempt of a run end with exit code 1, and the next one wait for an hour.
fn fails_and_waits(home: &Home, id: RunId, number: u32) -> Timestamp {
    let ended_at = Timestamp::now();
    let until = ended_at + SignedDuration::from_hours(1);
    let attempt = Attempt {
        number,
        started_at: Some(ended_at - SignedDuration::from_secs(2)),
        ended_at: Some(ended_at),
        outcome: Outcome::Failed(1),
        exit_code: Some(1),
        signal: None,
        usage: Some(Usage {
            cpu: std::time::Duration::from_millis(250),
            max_rss_bytes: 1 << 20,
            peak_bytes: 2 << 20,
            samples: 2,
            output_bytes: u64::from(number),
        }),
        dropped_bytes: 0,
        strays: 0,
        limits: Some("nice 5".to_owned()),
        reason: Some("it was killed".to_owned()),
    };
    let reason = "exit 1; attempt 2 of 3 at 02:00:30";
    home.store().write(move |db| attempts::wait(db, id, &attempt, until, reason)).unwrap();
    until
}

#[test]
fn r6_a_run_that_waits_for_its_retry_is_shown_with_the_time_and_its_attempts_and_can_be_stopped() {
    let home = Home::new();
    let _engine = engine(&home);
    home.ok(&["add", "a", "--command", "exit 1", "--retry", "2 delay=1h"]);
    home.ok(&["run", "a"]);
    start(&home, RunId(1));
    let until = fails_and_waits(&home, RunId(1), 1);

    let run = &home.json(&["runs", "--state", "waiting_retry"])[0];
    assert_eq!((&run["state"], &run["attempt"], &run["max_attempts"]), (&"waiting_retry".into(), &1.into(), &3.into()));
    assert_eq!(instant(&run["retry_at"]).as_second(), until.as_second());
    assert!(home.ok(&["runs"]).contains("exit 1; attempt 2 of 3 at 02:00:30"));
    let why = home.ok(&["why", "a"]);
    assert!(why.contains("run #1 waits for its retry until") && why.contains("attempt 2 of 3"), "{why}");

    let shown = home.ok(&["show-run", "1"]);
    let lines: Vec<&str> = shown.lines().collect();
    let in_order = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(in_order(lines[0]), ["run", "1", "of", "a", "(by", "hand)"]);
    assert_eq!(in_order(lines[1]), ["state", "waiting_retry"]);
    assert_eq!(in_order(lines[2]), ["attempt", "1", "of", "3"]);
    let header = lines.iter().position(|line| line.starts_with("ATTEMPT")).unwrap();
    let row = in_order(lines[header + 1]);
    assert_eq!(
        (row[0].as_str(), &row[5..9]),
        ("1", ["0:02", "exit", "1", "0.25"].map(str::to_owned).as_slice()),
        "{shown}"
    );
    assert!(lines[header + 1].ends_with("2.0 MiB  1 bytes  it was killed"), "{shown}");
    let object = &home.json(&["show-run", "1"])[0];
    assert_eq!((&object["id"], &object["state"]), (&1.into(), &"waiting_retry".into()));
    let attempt = &object["attempts"][0];
    assert_eq!(
        (&attempt["number"], &attempt["outcome"], &attempt["exit_code"]),
        (&1.into(), &"failed".into(), &1.into())
    );
    assert_eq!((&attempt["cpu_s"], &attempt["reason"]), (&0.25.into(), &"it was killed".into()));
    assert_eq!((&attempt["peak_bytes"], &attempt["limits"]), (&2_097_152.into(), &"nice 5".into()), "R7");
    assert!(lines.iter().any(|line| in_order(line) == ["limits", "nice", "5"]), "{shown}");
    home.refuses(&["show-run", "7"], 3, &["run or task `7`"]);

    assert_eq!(home.ok(&["stop", "a"]), "run 1 of a is not tried again\n");
    let run = &home.json(&["runs"])[0];
    assert_eq!((&run["outcome"], run.get("retry_at")), (&"cancelled".into(), None));
    assert_eq!(run["reason"], "stopped while it waited for its retry");
}

#[test]
fn r6_deleting_a_task_ends_the_wait_of_its_run_and_a_run_by_hand_does_not_wait_behind_it() {
    let home = Home::new();
    let _engine = engine(&home);
    home.ok(&["add", "a", "--command", "exit 1", "--retries", "2"]);
    home.ok(&["run", "a"]);
    start(&home, RunId(1));
    fails_and_waits(&home, RunId(1), 1);
    let answer = home.tempo(&["run", "a"]);
    assert_eq!((answer.out.as_str(), answer.err.as_str()), ("2\n", ""));
    let removed = &home.json(&["rm", "a"])[0];
    assert_eq!(removed["dequeued"], serde_json::json!([2, 1]));
}

#[test]
fn r6_the_usage_of_a_run_is_that_of_all_its_attempts() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "exit 1", "--retry", "2 delay=1h"]);
    home.tempo(&["run", "a"]);
    start(&home, RunId(1));
    let until = fails_and_waits(&home, RunId(1), 1);
    home.store()
        .write(move |db| {
            attempts::release(db, until)?;
            runs::starting(db, RunId(1), "boot")?;
            runs::running(db, RunId(1), 2, Timestamp::now())
        })
        .unwrap();
    fails_and_waits(&home, RunId(1), 2);
    let run = &home.json(&["runs"])[0];
    assert_eq!((&run["attempt"], &run["cpu_s"], &run["output_bytes"]), (&2.into(), &0.5.into(), &3.into()));
    assert_eq!(home.json(&["show-run", "1"])[0]["attempts"].as_array().unwrap().len(), 2);
}

#[test]
fn r6_r8_of_an_attempt_that_ended_unseen_the_next_engine_decides_what_follows_and_a_stop_is_noted() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "exit 4", "--retry", "1"]);
    home.tempo(&["run", "a"]);
    ended_unseen(&home, RunId(1));
    let run = &home.json(&["runs"])[0];
    assert_eq!(run["outcome"], "failed");
    assert_eq!(run["reason"], "whether it is tried again, the next engine decides");
    assert_eq!(home.json(&["show-run", "1"])[0]["attempts"][0]["exit_code"], 4);
    home.tempo(&["stop", "1"]);
    assert_eq!(runs::stop_requests(&home.store().reader().unwrap()).unwrap(), [(RunId(1), false)]);
}

#[test]
fn r9_a_run_says_which_arguments_and_variables_it_was_given_and_no_secret() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--secret", "TOKEN=env:TOKEN"]);
    home.tempo(&["run", "a", "--env", "LC=de", "--env", "TOKEN=hunter22", "--", "--full", "my db"]);
    home.tempo(&["run", "a"]);
    let shown = home.ok(&["show-run", "1"]);
    let line = |name: &str| shown.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("arguments").ends_with("  --full 'my db'"), "{shown}");
    assert!(line("variables").ends_with("  LC=de; TOKEN=***"), "{shown}");
    let object = &home.json(&["show-run", "1"])[0];
    assert_eq!(object["args"], serde_json::json!(["--full", "my db"]));
    assert_eq!(object["env"], serde_json::json!({"LC": "de", "TOKEN": "***"}));
    let shown = home.ok(&["show-run", "2"]);
    assert!(!shown.contains("arguments") && !shown.contains("variables"), "{shown}");
}
