//! import crontab.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use proptest::prelude::*;
use serde_json::Value;

use super::{Answer, Home};

pub(super) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/samples").join(name)
}

/// A home with a sample in it, under the name `c`.
fn with(name: &str) -> Home {
    let home = Home::new();
    std::fs::copy(sample(name), home.path().join("c")).unwrap();
    home
}

fn write(home: &Home, text: &[u8]) {
    std::fs::write(home.path().join("c"), text).unwrap();
}

fn texts<'a>(values: &'a Value, key: &str) -> Vec<&'a str> {
    values.as_array().unwrap().iter().map(|value| value[key].as_str().unwrap()).collect()
}

#[test]
fn a_crontab_is_shown_with_everything_that_would_be_made_of_it() {
    let home = with("home-server.crontab");
    let out = home.ok(&["import", "crontab", "--dry-run", "c"]);
    for words in [
        "back-up-the-photos  new  c:9\n  when     30 2 * * *, next ",
        "  command  /usr/local/bin/backup.sh --quiet /srv/photos\n",
        "  env      MAILTO=ana@example.org PATH=/usr/local/bin:/usr/bin:/bin SHELL=/bin/bash\n  shell    /bin/bash\n",
        "tunnel  new  c:13\n  when     startup, next at the next boot, for @reboot\n",
        "mail-stand-up  new  c:14\n",
        "  command  tar czf /mnt/backup/home-$(date +%Y-%m).tar.gz /home/ana\n",
        "day of month *or* day of week",
        "day of month `*/2` begins with a star",
        "0 16 * * 1-5 (America/New_York), next ",
        "not imported:\n  c:22:3  0 25 * * *     echo never\n    hour: 25 is out of range; write 0 to 23\n",
        "MAILTO=ana@example.org: Tempo sends no mail; the output is kept",
        "nothing was created\n",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    assert!(!out.contains("retired"), "a line that is switched off is left alone");
    assert_eq!(
        out.matches("Tempo sends no mail; the output is kept").count(),
        1,
        "what holds for all is said once:\n{out}"
    );
    assert!(!home.paths().database().exists());
}

#[test]
fn yes_creates_active_tasks_in_one_go_and_says_how_to_switch_the_originals_off() {
    let home = with("home-server.crontab");
    let before = std::fs::read(home.path().join("c")).unwrap();
    let out = home.ok(&["import", "crontab", "c", "--yes"]);
    assert!(
        out.contains("created 10 tasks, 1 not imported\n") && out.contains("put a # in front of these lines of c: 9, "),
        "{out}"
    );
    assert_eq!(std::fs::read(home.path().join("c")).unwrap(), before);
    assert_eq!(home.json(&["list"]).len(), 10);
    let task = &home.json(&["show", "back-up-the-photos"])[0];
    assert_eq!(task["command"], "/usr/local/bin/backup.sh --quiet /srv/photos");
    assert_eq!((&task["paused"], &task["shell"]), (&false.into(), &"/bin/bash".into()));
    assert_eq!(task["env"]["PATH"], "/usr/local/bin:/usr/bin:/bin");
    assert_eq!(task["schedules"][0]["when"], "30 2 * * *");
    assert_eq!(home.json(&["show", "quotes"])[0]["schedules"][0]["zone"], "America/New_York");
    assert_eq!(home.json(&["next", "back-up-the-photos", "-n", "1"]).len(), 1);
}

#[test]
fn a_second_time_says_what_is_already_there_and_creates_only_what_is_new() {
    let home = Home::new();
    // Two lines that are alike are two jobs for cron.
    write(&home, b"* * * * * a\n* * * * * a\n@daily b\n");
    home.ok(&["add", "b", "--command", "something else"]);
    let slugs = |plan: &Value| {
        let tasks = plan["tasks"].as_array().unwrap();
        tasks
            .iter()
            .map(|task| format!("{} {}", task["slug"].as_str().unwrap(), task["state"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let first = &home.json(&["import", "crontab", "c", "--yes"])[0];
    assert_eq!(
        (slugs(first), &first["created"]),
        (vec!["a created".into(), "a-2 created".into(), "b-2 created".into()], &3.into())
    );
    // The slug that is free again changes nothing.
    home.ok(&["rm", "b"]);
    let second = &home.json(&["import", "crontab", "c"])[0];
    assert_eq!(slugs(second), ["a there", "a-2 there", "b-2 there"]);
    assert!(home.ok(&["import", "crontab", "c"]).ends_with("everything that can be imported is already there\n"));
    write(&home, b"* * * * * a\n@hourly b\n");
    let third = &home.json(&["import", "crontab", "c", "--yes"])[0];
    assert_eq!(slugs(third), ["a there", "b created"]);
    assert_eq!(home.json(&["list"]).len(), 4);
}

#[test]
fn without_a_terminal_and_without_yes_it_shows_and_is_refused() {
    let home = Home::new();
    write(&home, b"@daily a\n");
    for args in [&["import", "crontab", "c"][..], &["import", "crontab", "c", "--json"]] {
        let Answer { code, out, err } = home.tempo(args);
        assert_eq!(code, 4, "{out}{err}");
        assert!(out.contains("0 0 * * *") && err.contains("add --yes to create 1 task"), "{out}{err}");
    }
    assert_eq!(home.ok(&["list", "--json"]), "");
    home.refuses(&["import", "crontab", "none"], 1, &["none"]);
    write(&home, b"# nothing\n");
    assert!(home.ok(&["import", "crontab", "c"]).contains("there is nothing to import in c"));
    write(&home, b"nonsense\n");
    let Answer { code, out, err } = home.tempo(&["import", "crontab", "c", "--yes"]);
    assert_eq!(code, 4);
    assert!(out.contains("c:1:1") && err.contains("nothing of c can be imported"), "{out}{err}");
}

#[test]
fn on_a_terminal_it_asks_and_only_yes_creates() {
    let home = Home::new();
    write(&home, b"@daily a\n@weekly b\n");
    for (typed, words, created) in
        [("\r", "nothing was created", 0), ("n\r", "nothing was created", 0), ("y\r", "created 2 tasks", 2)]
    {
        let pty =
            native_pty_system().openpty(PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tempo"));
        command.args(["import", "crontab", "c"]);
        command.cwd(home.path());
        command.env("TEMPO_HOME", home.path());
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut screen = pty.master.try_clone_reader().unwrap();
        let mut keyboard = pty.master.take_writer().unwrap();
        let (mut seen, mut asked, mut piece) = (Vec::new(), false, [0; 4096]);
        // A terminal without a program at its other end is an error, not an end.
        while let Ok(length @ 1..) = screen.read(&mut piece) {
            seen.extend_from_slice(&piece[..length]);
            if !asked && String::from_utf8_lossy(&seen).contains("create 2 tasks? [y/N] ") {
                asked = true;
                keyboard.write_all(typed.as_bytes()).unwrap();
            }
        }
        let seen = String::from_utf8_lossy(&seen).into_owned();
        assert!(child.wait().unwrap().success() && asked && seen.contains(words), "{typed:?}: {seen}");
        assert_eq!(home.json(&["list"]).len(), created, "{typed:?}");
    }
}

#[test]
fn a_system_crontab_is_known_by_its_users_and_jobs_of_others_are_made_paused() {
    let home = with("debian.crontab");
    let plan = &home.json(&["import", "crontab", "c", "--yes"])[0];
    assert_eq!(
        texts(&plan["tasks"], "name"),
        ["hourly", "daily", "weekly", "monthly"].map(|when| format!("run-parts cron.{when}"))
    );
    assert_eq!(texts(&plan["tasks"], "command")[0], "cd / && run-parts --report /etc/cron.hourly");
    let am_root = rustix::process::getuid().is_root();
    for task in plan["tasks"].as_array().unwrap() {
        assert_eq!(task["paused"], !am_root);
        let said = task["notes"].to_string().contains("cron runs it as root");
        assert_eq!(said, !am_root);
    }
    write(&home, b"@daily nobody a\n");
    let plan = &home.json(&["import", "crontab", "c", "--system", "--dry-run"])[0];
    assert_eq!((texts(&plan["tasks"], "command"), &plan["tasks"][0]["paused"]), (vec!["a"], &true.into()));
}

#[test]
fn the_users_own_crontab_and_standard_input_are_read_too() {
    let home = Home::new();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let program = |text: &str| {
        std::fs::write(bin.join("crontab"), format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(bin.join("crontab"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let run = |args: &[&str], input: &str| {
        let mut command = home.command(args);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    program("[ \"$*\" = -l ] && echo '@daily a'");
    let (code, out, _) = run(&["import", "crontab", "--yes"], "");
    assert!(code == Some(0) && out.contains("a  new  crontab:1") && out.contains("crontab -e"), "{out}");
    program("echo 'no crontab for ana' >&2; exit 1");
    let (code, out, err) = run(&["import", "crontab", "--yes"], "");
    assert!(code == Some(1) && out.is_empty() && err.contains("no crontab for ana"), "{out}{err}");
    let (code, out, _) = run(&["import", "crontab", "-", "--yes"], "@daily b\n");
    assert!(code == Some(0) && out.contains("b  new  standard input:1"), "{out}");
    std::fs::remove_file(bin.join("crontab")).unwrap();
    let mut command = home.command(&["import", "crontab"]);
    let output = command.env("PATH", &bin).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("name the file"));
}

#[test]
fn a_reboot_job_does_not_start_again_on_this_boot() {
    let home = Home::new();
    write(&home, b"@reboot a\n");
    home.ok(&["import", "crontab", "c", "--yes"]);
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let store = home.store();
    let reader = store.reader().unwrap();
    assert!(tempo::store::schedules::due_at_startup(&reader, boot.trim()).unwrap().is_empty());
    assert_eq!(tempo::store::schedules::due_at_startup(&reader, "another").unwrap().len(), 1);
}

#[test]
fn a_file_that_is_called_like_a_source_is_reached_by_its_path() {
    let home = Home::new();
    std::fs::write(home.path().join("crontab"), "[[task]]\nname = \"x\"\ncommand = \"true\"\n").unwrap();
    assert_eq!(home.ok(&["import", "./crontab"]), "x\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn x1_arbitrary_bytes_never_panic_and_the_original_stays_as_it_is(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "([-@0-9a-z*/,= \t%\\\\\"'#\r\n]{0,60}\n){0,6}".prop_map(String::into_bytes),
        ],
        system: bool,
    ) {
        let home = Home::new();
        write(&home, &bytes);
        let mut args = vec!["import", "crontab", "c", "--yes"];
        args.extend(system.then_some("--system"));
        let answer = home.tempo(&args);
        prop_assert!(matches!(answer.code, 0 | 4) && !answer.err.contains("panicked"), "{:?}", answer);
        prop_assert!(!answer.out.contains('\x1b'), "{:?}", answer.out);
        prop_assert_eq!(std::fs::read(home.path().join("c")).unwrap(), bytes);
    }
}
