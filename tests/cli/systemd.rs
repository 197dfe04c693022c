//! import systemd.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::crontab::sample;
use super::{Answer, Home};

/// A home with the samples in the folder of its own units.
fn with_samples() -> Home {
    let home = Home::new();
    let folder = home.path().join(".config/systemd/user");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(sample("systemd")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    home
}

/// A folder that is searched instead of the machine's own.
fn units(home: &Home, files: &[(&str, &str)]) {
    for (file, text) in files {
        let path = home.path().join("units").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Runs a verb with that folder.
fn tempo(home: &Home, args: &[&str]) -> Answer {
    let output = home.command(args).env("SYSTEMD_UNIT_PATH", home.path().join("units")).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn plan(home: &Home, args: &[&str]) -> Value {
    let answer = tempo(home, &[&["import", "systemd", "--json", "--dry-run"], args].concat());
    serde_json::from_str(&answer.out).unwrap_or_else(|e| panic!("{e}: {answer:?}"))
}

fn command(plan: &Value) -> &str {
    plan["tasks"][0]["command"].as_str().unwrap_or_else(|| panic!("{plan}"))
}

#[test]
fn a_timer_is_found_by_its_name_and_shown_with_what_differs() {
    let home = with_samples();
    let out = home.ok(&["import", "systemd", "--dry-run", "backup@photos", "certbot.timer"]);
    for words in [
        "backup-photos  new  ",
        "  when     startup, next at the next boot, for OnBootSec=10min\n  when     every 6h, next ",
        "           { /usr/bin/restic unlock || true; } &&\n",
        "  timeout  2h30m\n  grace    5m\n",
        "OnUnitActiveSec=6h: systemd counts from its last start",
        "certbot  new  ",
        "  when     0 0,12 * * * missed=latest jitter=12h, next ",
        " or up to 12h later, for OnCalendar=*-*-* 00,12:00:00\n",
        "RandomizedDelaySec: systemd draws a delay each time",
        "the service's PrivateTmp=true: not applied",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    assert!(!home.paths().database().exists());
}

#[test]
fn yes_creates_the_tasks_and_names_the_commands_that_switch_the_originals_off() {
    let home = with_samples();
    let folder = home.path().join(".config/systemd/user");
    let before = fs::read(folder.join("logrotate.timer")).unwrap();
    let out = home.ok(&["import", "systemd", "--yes", "logrotate", "backup@srv-photos"]);
    let end = "created 2 tasks\nthe originals were not touched, and both would run; switch the originals off:\n  \
               systemctl --user disable --now logrotate.timer\n  systemctl --user disable --now backup@srv-photos.timer\n";
    assert!(out.ends_with(end), "{out}");
    assert_eq!(fs::read(folder.join("logrotate.timer")).unwrap(), before);
    let task = &home.json(&["show", "backup-srv-photos"])[0];
    assert_eq!(task["schedules"].as_array().map(Vec::len), Some(2));
    assert_eq!((&task["timeout_s"], &task["grace_s"], &task["paused"]), (&9000.0.into(), &300.0.into(), &false.into()));
    assert_eq!(task["env"]["RESTIC_REPOSITORY"], "sftp:nas:/backup/srv-photos");
    assert!(home.ok(&["import", "systemd", "logrotate"]).contains("logrotate  already there, skipped"));
}

#[test]
fn without_a_name_the_enabled_timers_are_taken_and_the_others_left_alone() {
    let home = Home::new();
    let service = "[Service]\nExecStart=/bin/true\n";
    units(
        &home,
        &[
            ("on.timer", "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n"),
            ("on.service", service),
            ("off.timer", "[Timer]\nOnCalendar=daily\n"),
            ("off.service", service),
            ("many@.timer", "[Timer]\nOnCalendar=weekly\n"),
            ("many@.service", "[Service]\nExecStart=/bin/echo %i\n"),
            ("timers.target.wants/on.timer", ""),
            ("timers.target.wants/many@one.timer", ""),
            ("timers.target.wants/gone.timer", ""),
        ],
    );
    let plan = plan(&home, &[]);
    let names: Vec<&str> =
        plan["tasks"].as_array().unwrap().iter().map(|task| task["slug"].as_str().unwrap()).collect();
    assert_eq!(names, ["many-one", "on"]);
    assert_eq!(command(&plan), "/bin/echo one");
    assert_eq!(plan["refused"][0]["text"], "gone.timer");
    assert!(plan["notes"].to_string().contains("left alone: off.timer (name one"), "{plan}");
    let off: Vec<&str> = plan["tasks"].as_array().unwrap().iter().map(|task| task["off"].as_str().unwrap()).collect();
    assert!(
        off[0].ends_with("systemctl mask --now many@one.timer") && off[1].ends_with("systemctl disable --now on.timer"),
        "{off:?}"
    );
}

#[test]
fn drop_ins_count_in_the_order_of_their_names() {
    let home = Home::new();
    units(
        &home,
        &[
            ("a.timer", "[Timer]\nOnCalendar=daily\n"),
            ("a.timer.d/20-later.conf", "[Timer]\nOnCalendar=\nOnCalendar=hourly\n"),
            ("a.timer.d/10-first.conf", "[Timer]\nOnCalendar=weekly\n"),
            ("a.timer.d/notes.txt", "[Timer]\nOnCalendar=yearly\n"),
            ("a.service", "[Service]\nExecStart=/bin/a\n"),
            ("a.service.d/x.conf", "[Service]\nEnvironment=A=b\n"),
        ],
    );
    let plan = plan(&home, &["a"]);
    assert_eq!(
        plan["tasks"][0]["schedules"].as_array().unwrap().iter().map(|one| &one["when"]).collect::<Vec<_>>(),
        ["0 * * * *"]
    );
    assert_eq!(plan["tasks"][0]["env"]["A"], "b");
}

#[test]
fn x1_what_cannot_be_imported_says_where_and_why_and_the_rest_goes_on() {
    let home = Home::new();
    units(
        &home,
        &[
            ("good.timer", "[Timer]\nOnCalendar=daily\n"),
            ("good.service", "[Service]\nExecStart=/bin/good\n"),
            ("bad.timer", "[Timer]\nOnCalendar=sometimes\n"),
            ("bad.service", "[Service]\nExecStart=/bin/bad\n"),
            ("lonely.timer", "[Timer]\nOnCalendar=daily\n"),
            ("target.timer", "[Timer]\nOnCalendar=daily\nUnit=a.target\n"),
            ("t@.timer", "[Timer]\nOnCalendar=daily\n"),
            ("latin.timer", "[Timer]\n"),
        ],
    );
    fs::write(home.path().join("units/latin.timer"), b"[Timer]\nOnCalendar=\xe9\n").unwrap();
    std::os::unix::fs::symlink("/dev/null", home.path().join("units/masked.timer")).unwrap();
    let plan = plan(&home, &["good", "bad", "lonely", "target", "t@.timer", "latin", "masked"]);
    assert_eq!(command(&plan), "/bin/good");
    let refused = plan["refused"].as_array().unwrap();
    let expected = [
        "bad.timer:2:12",
        "no lonely.service",
        "a.target, which is no service",
        "t@home.timer",
        "latin.timer is not UTF-8",
        "is masked",
    ];
    assert_eq!(refused.len(), expected.len());
    for (refused, words) in refused.iter().zip(expected) {
        assert!(refused.to_string().contains(words), "{words}: {refused}");
    }
    for (args, code, words) in [
        (&["import", "systemd", "ghost"][..], 4, "there is no ghost.timer in"),
        (&["import", "systemd", "./ghost.timer"], 1, "ghost.timer"),
        (&["import", "systemd", "./units/good.service"], 4, "is no timer"),
        (&["import", "systemd", "bad", "--yes"], 4, "nothing of the timers can be imported"),
        (&["import", "systemd", "good"], 4, "add --yes to create 1 task"),
        (&["import", "systemd", "good", "--yes", "--dry-run"], 2, "cannot be used with"),
    ] {
        let answer = tempo(&home, args);
        assert!(answer.code == code && answer.err.contains(words), "{args:?}: {answer:?}");
    }
}

#[test]
fn a_file_is_taken_with_the_service_beside_it() {
    let home = Home::new();
    let file = sample("systemd/backup@docs.timer");
    let plan = plan(&home, &[file.to_str().unwrap()]);
    assert!(command(&plan).contains("restic"), "{plan}");
    assert_eq!(plan["tasks"][0]["slug"], "backup-docs");
    assert!(Path::new(plan["tasks"][0]["place"].as_str().unwrap()).ends_with("systemd/backup@.timer"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn x1_arbitrary_bytes_never_panic_and_the_units_stay_as_they_are(
        timer in proptest::collection::vec(any::<u8>(), 0..200),
        calendar in "[-~0-9*/,.: a-zA-Z]{0,30}",
        exec in "[-@:+!|$%{}a-zA-Z/ ;'\"\\\\\n]{0,60}",
        raw: bool,
    ) {
        let home = Home::new();
        units(&home, &[("a.service", &format!("[Service]\nExecStart={exec}\n"))]);
        let text = if raw { timer } else { format!("[Timer]\nOnCalendar={calendar}\nOnBootSec=5\n").into_bytes() };
        let path = home.path().join("units/a.timer");
        fs::write(&path, &text).unwrap();
        let answer = tempo(&home, &["import", "systemd", "a", "--yes"]);
        prop_assert!(matches!(answer.code, 0 | 4) && !answer.err.contains("panicked"), "{:?}", answer);
        prop_assert_eq!(fs::read(&path).unwrap(), text);
    }
}
