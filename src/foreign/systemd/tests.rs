use super::super::tests::here;
use super::*;
use crate::domain::task::Work;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/samples/systemd/");

fn unit(name: &str, text: &str) -> Unit {
    Unit::new(name, &format!("/u/{name}"), text)
}

fn plan(timer: &str, service: &str, scope: Scope) -> Plan {
    read(&unit("job.timer", timer), &unit("job.service", service), scope, &|_| None, &here())
}

/// The only job of a user's timer with this section, and a service with that one.
fn one(timer: &str, service: &str) -> Job {
    let mut plan = plan(&format!("[Timer]\n{timer}"), &format!("[Service]\n{service}"), Scope::User);
    assert_eq!((plan.jobs.len(), plan.refused.as_slice()), (1, &[][..]), "{timer} {service}");
    plan.jobs.remove(0)
}

/// A sample of the checked-in ones.
fn sample(name: &str, file: &str, scope: Scope) -> Job {
    let read_unit = |suffix: &str| {
        let text = std::fs::read_to_string(format!("{SAMPLES}{file}.{suffix}")).unwrap();
        unit(&format!("{name}.{suffix}"), &text)
    };
    let mut plan = read(&read_unit("timer"), &read_unit("service"), scope, &|_| None, &here());
    assert_eq!((plan.jobs.len(), plan.refused.as_slice()), (1, &[][..]), "{name}");
    plan.jobs.remove(0)
}

fn command(job: &Job) -> &str {
    let Work::Command(command) = &job.definition.work else { panic!("{job:?}") };
    command
}

fn says(job: &Job, words: &str) -> bool {
    job.notes.iter().any(|note| note.contains(words))
}

fn whens(job: &Job) -> Vec<String> {
    job.schedules.iter().map(|timed| timed.rule.to_string()).collect()
}

#[test]
fn real_timers_become_tasks_with_their_schedule_and_their_command() {
    for (name, when, expected, said) in [
        ("logrotate", "0 0 * * * missed=latest", "/usr/sbin/logrotate /etc/logrotate.conf", "AccuracySec=1h"),
        (
            "fstrim",
            "0 0 * * 1 missed=latest jitter=1h40m",
            "/sbin/fstrim --listed-in /etc/fstab:/proc/self/mountinfo --verbose --quiet-unsupported",
            "AccuracySec=1h",
        ),
        (
            "apt-daily",
            "0 6,18 * * * missed=latest jitter=12h",
            "{ /usr/lib/apt/apt-helper wait-online || true; } &&\n/usr/lib/apt/apt.systemd.daily update",
            "draws a delay each time",
        ),
        (
            "certbot",
            "0 0,12 * * * missed=latest jitter=12h",
            "/usr/bin/certbot -q renew --no-random-sleep-on-renew",
            "AccuracySec=1min",
        ),
    ] {
        let job = sample(name, name, Scope::System);
        assert_eq!((whens(&job), command(&job), job.definition.name.as_str()), (vec![when.to_owned()], expected, name));
        assert!(says(&job, said) && says(&job, "as root"), "{:?}", job.notes);
        assert!(job.definition.paused);
        assert_eq!(job.definition.execution.cwd.as_deref(), Some(std::path::Path::new("/")));
        assert!(job.definition.execution.env["PATH"].starts_with("/usr/local/sbin:"));
        assert_eq!(job.off, format!("sudo systemctl disable --now {name}.timer"));
    }
    let logrotate = sample("logrotate", "logrotate", Scope::System);
    assert!(says(&logrotate, "IOSchedulingClass=best-effort") && !says(&logrotate, "Nice"), "{:?}", logrotate.notes);
    assert_eq!(logrotate.definition.execution.limits.nice, Some(19));
    assert!(says(&sample("fstrim", "fstrim", Scope::System), "ConditionVirtualization=!container"));
}

#[test]
fn r7_limits_of_a_service_that_mean_the_same_here_are_taken_and_the_others_are_named() {
    let limits = |service: &str| {
        let job = one("OnCalendar=daily", &format!("ExecStart=/bin/true\n{service}"));
        (job.definition.execution.limits.clone(), job.notes.join("; "))
    };
    let (taken, notes) = limits("MemoryMax=512M\nLimitNOFILE=4096\nNice=-5");
    assert_eq!((taken.memory, taken.open_files, taken.nice), (Some(512 << 20), Some(4096), Some(-5)));
    assert!(!notes.contains("MemoryMax") && !notes.contains("LimitNOFILE") && !notes.contains("Nice"), "{notes}");
    let (taken, notes) = limits("MemoryMax=50%\nLimitNOFILE=1024:4096\nCPUQuota=20%");
    assert!(taken.is_empty());
    assert!(["MemoryMax=50%", "LimitNOFILE=1024:4096", "CPUQuota=20%"].iter().all(|words| notes.contains(words)));
}

#[test]
fn a_backup_with_an_instance_and_intervals_has_its_variables_steps_and_limits() {
    let job = sample("backup@srv-photos", "backup@", Scope::User);
    assert_eq!(whens(&job), ["startup", "every 6h"]);
    assert_eq!(job.definition.name, "backup srv-photos");
    assert!(!job.definition.paused);
    let expected = "set -f &&\n\
        if [ -r /home/ana/.config/restic/srv-photos.env ]; then set -a && . /home/ana/.config/restic/srv-photos.env && set +a; fi &&\n\
        { /usr/bin/restic unlock || true; } &&\n\
        /usr/bin/restic backup --tag \"${RESTIC_COMPRESSION}\" $RESTIC_OPTIONS /home/ana/srv/photos &&\n\
        /usr/bin/restic forget --keep-daily 7 --prune";
    assert_eq!(command(&job), expected);
    let execution = &job.definition.execution;
    assert_eq!(execution.env["RESTIC_REPOSITORY"], "sftp:nas:/backup/srv-photos");
    assert_eq!((execution.env.len(), execution.cwd.as_deref()), (2, Some(std::path::Path::new("/home/ana"))));
    assert_eq!((execution.timeout, execution.grace), (Some(Duration::from_secs(9_000)), Duration::from_secs(300)));
    for words in [
        "OnBootSec=10min",
        "OnUnitActiveSec=6h",
        "EnvironmentFile=",
        "OnFailure=status-mail@%n.service",
        "split into words",
    ] {
        assert!(says(&job, words), "{words}: {:?}", job.notes);
    }
    assert!(!says(&job, "AccuracySec"), "{:?}", job.notes);
    assert_eq!(job.off, "systemctl --user disable --now backup@srv-photos.timer");
}

#[test]
fn several_schedules_each_have_their_zone_and_a_timer_of_which_one_cannot_be_said_is_refused_as_a_whole() {
    let timer = "[Timer]\nOnCalendar=daily\nOnCalendar=Mon 9:00 America/New_York\nOnCalendar=daily\n";
    let whole = plan(timer, "[Service]\nExecStart=/bin/a", Scope::User);
    let schedules: Vec<(String, &str)> =
        whole.jobs[0].schedules.iter().map(|timed| (timed.rule.to_string(), timed.zone.as_str())).collect();
    assert_eq!(schedules, [("0 0 * * *".to_owned(), "Europe/Berlin"), ("0 9 * * 1".to_owned(), "America/New_York")]);
    let timer = format!("{timer}OnCalendar=*-*-* *:00:00.5\nOnClockChange=yes");
    let refused = plan(&timer, "[Service]\nExecStart=/bin/a", Scope::User);
    assert_eq!(refused.jobs, []);
    let [refused] = refused.refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(refused.place, "/u/job.timer:5:12");
    for words in
        ["whole seconds", "; /u/job.timer:6:15 (OnClockChange=yes): ", "the rest of the timer is not imported either"]
    {
        assert!(refused.why.contains(words), "{words}: {refused:?}");
    }
}

#[test]
fn t9_a_delay_that_is_longer_than_the_way_to_the_next_slot_is_made_as_long_as_that_and_it_is_said() {
    let job = one("OnCalendar=*:0/5\nRandomizedDelaySec=1h", "ExecStart=/bin/a");
    assert!(whens(&job) == ["*/5 * * * * jitter=5m"] && says(&job, "of up to 1h is longer than the 5m"), "{job:?}");
}

#[test]
fn an_empty_assignment_takes_back_what_was_said_before() {
    assert_eq!(
        whens(&one("OnCalendar=daily\nOnBootSec=5\nOnCalendar=\nOnCalendar=weekly", "ExecStart=/bin/a")),
        ["0 0 * * 1"]
    );
    assert_eq!(command(&one("OnCalendar=daily", "ExecStart=/bin/a\nExecStart=\nExecStart=/bin/b")), "/bin/b");
}

#[test]
fn t4_t6_what_the_timer_says_about_late_missed_and_shifted_starts_is_said() {
    let job = one("OnCalendar=2:30\nRandomizedDelaySec=1h\nWakeSystem=true\nPersistent=true", "ExecStart=/bin/a");
    for words in ["AccuracySec=1min", "RandomizedDelaySec", "WakeSystem", "the clock skips 02:00 to 03:00"] {
        assert!(says(&job, words), "{words}: {:?}", job.notes);
    }
    assert_eq!(whens(&job), ["30 2 * * * missed=latest jitter=1h"]);
    let plain = one("OnCalendar=daily", "ExecStart=/bin/a");
    assert!(says(&plain, "systemd does not make up") && whens(&plain) == ["0 0 * * *"]);
    let explicit = one("OnCalendar=daily\nPersistent=no\nRandomizedDelaySec=0\nAccuracySec=1s", "ExecStart=/bin/a");
    assert!(whens(&explicit) == ["0 0 * * * missed=skip"] && explicit.notes.is_empty(), "{explicit:?}");
    let fixed = one("OnCalendar=daily\nRandomizedDelaySec=5m\nFixedRandomDelay=yes\nPersistent=1", "ExecStart=/bin/a");
    assert!(!says(&fixed, "RandomizedDelaySec"), "{fixed:?}");
    let boot = one("OnBootSec=5m\nOnUnitActiveSec=1d\nRandomizedDelaySec=5m", "ExecStart=/bin/a");
    assert!(whens(&boot) == ["startup", "every 1d jitter=5m"] && says(&boot, "does not delay"), "{boot:?}");
    assert!(says(&one("OnUnitInactiveSec=1h", "ExecStart=/bin/a"), "from the end of its last run"));
}

#[test]
fn limits_follow_the_type_of_the_service() {
    for (service, timeout, grace) in [
        ("Type=oneshot\nTimeoutStartSec=5min", Some(300), 90),
        ("Type=oneshot\nTimeoutSec=20\nTimeoutStopSec=5", Some(20), 5),
        ("Type=oneshot\nTimeoutStartSec=infinity\nRuntimeMaxSec=1h", None, 90),
        ("TimeoutStartSec=5min\nRuntimeMaxSec=1h", Some(3_600), 90),
        ("TimeoutStopSec=infinity", None, 86_400),
    ] {
        let execution = one("OnCalendar=daily", &format!("ExecStart=/bin/a\n{service}")).definition.execution;
        let seconds = |span: u64| Duration::from_secs(span);
        assert_eq!((execution.timeout, execution.grace), (timeout.map(seconds), seconds(grace)), "{service}");
    }
}

#[test]
fn a_job_of_another_user_is_made_paused_and_a_users_own_is_not() {
    for (user, scope, paused) in [
        ("", Scope::System, true),
        ("User=www-data", Scope::System, true),
        ("User=ana", Scope::System, false),
        ("User=1000", Scope::System, false),
        ("User=ana\nDynamicUser=yes", Scope::System, true),
        ("User=www-data", Scope::User, false),
    ] {
        let plan = plan("[Timer]\nOnCalendar=daily", &format!("[Service]\nExecStart=/bin/a\n{user}"), scope);
        assert_eq!(plan.jobs[0].definition.paused, paused, "{user}");
    }
}

#[test]
fn steps_run_in_a_real_shell_as_systemd_would_run_them() {
    for (service, code, printed) in [
        ("ExecStart=/bin/echo a b\nExecStart=/bin/echo 'c  d'", 0, "a b\nc  d\n"),
        ("ExecStart=-/bin/false\nExecStart=/bin/echo x", 0, "x\n"),
        ("ExecStart=/bin/false\nExecStart=/bin/echo x", 1, ""),
        ("ExecCondition=/bin/false\nExecStart=/bin/echo x", 0, ""),
        ("ExecCondition=/bin/true\nExecStart=/bin/echo x", 0, "x\n"),
        ("ExecStart=/bin/sh -c 'exit 3'\nExecStartPost=/bin/echo x", 3, ""),
        ("Environment=\"A=* b\"\nExecStart=/bin/echo $A ${A} $$A", 0, "* b * b $A\n"),
    ] {
        let job = one("OnCalendar=daily", service);
        let mut shell = std::process::Command::new("/bin/sh");
        let output =
            shell.args(["-c", command(&job)]).envs(&job.definition.execution.env).current_dir("/").output().unwrap();
        let shown = (output.status.code(), String::from_utf8(output.stdout).unwrap());
        assert_eq!(shown, (Some(code), printed.to_owned()), "{}", command(&job));
    }
}

#[test]
fn r9_a_file_of_variables_is_read_at_each_run_when_the_shell_takes_it_as_systemd_does() {
    let read_with = |text: &'static str| {
        let service = unit("job.service", "[Service]\nEnvironmentFile=/etc/job.env\nExecStart=/bin/a");
        read(
            &unit("job.timer", "[Timer]\nOnCalendar=daily"),
            &service,
            Scope::User,
            &|_| Some(text.to_owned()),
            &here(),
        )
    };
    for text in ["", "# a\n\nA=b\nC='d $e'\nF=\"g h\"\nI=\n", "A=/x:y,z\n"] {
        let plan = read_with(text);
        assert_eq!(command(&plan.jobs[0]), "set -a && . /etc/job.env && set +a &&\n/bin/a", "{text}");
    }
    for (text, line) in
        [("A=b c\n", 1), ("\nA=$B\n", 2), ("A=\"`x`\"", 1), ("export A=b", 1), ("; a", 1), ("A='b'c'", 1), ("x", 1)]
    {
        let plan = read_with(text);
        assert!(
            plan.jobs.is_empty() && plan.refused[0].why.contains(&format!("line {line} of /etc/job.env")),
            "{text}: {plan:?}"
        );
        assert_eq!(plan.refused[0].place, "/u/job.service:2:17");
    }
}

#[test]
fn x1_what_cannot_be_imported_has_its_place_and_a_reason() {
    for (timer, service, place, why) in [
        ("", "ExecStart=/bin/a", "/u/job.timer", "nothing in it says when"),
        ("OnUnitActiveSec=infinity", "ExecStart=/bin/a", "/u/job.timer:2:17", "never comes"),
        ("OnUnitActiveSec=5 apples", "ExecStart=/bin/a", "/u/job.timer:2:17", "no span of time"),
        ("OnUnitActiveSec=1ms", "ExecStart=/bin/a", "/u/job.timer:2:17", "too short"),
        ("OnCalendar=sometimes", "ExecStart=/bin/a", "/u/job.timer:2:12", "no weekday, and no shorthand"),
        ("OnCalendar=daily", "", "/u/job.service", "no ExecStart"),
        ("OnCalendar=daily", "Type=forking\nExecStart=/bin/a", "/u/job.service:2:6", "something that stays"),
        ("OnCalendar=daily", "ExecStart=/bin/a %m", "/u/job.service:2:11", "%m"),
        ("OnCalendar=daily", "ExecStart=/bin/a\nEnvironment=x", "/u/job.service:3:13", "NAME=VALUE"),
        ("OnCalendar=daily", "ExecStart=/bin/a\nTimeoutStopSec=x", "/u/job.service:3:16", "no span of time"),
        (
            "OnCalendar=daily",
            "ExecStart=/bin/a\nEnvironmentFile=/etc/x/*.env",
            "/u/job.service:3:17",
            "absolute path of one file",
        ),
    ] {
        let plan = plan(&format!("[Timer]\n{timer}"), &format!("[Service]\n{service}"), Scope::User);
        assert_eq!(plan.jobs, [], "{timer} {service}");
        let [refused] = plan.refused.as_slice() else { panic!("{timer} {service}: {plan:?}") };
        assert!(refused.place == place && refused.why.contains(why), "{timer} {service}: {refused:?}");
    }
}

#[test]
fn a1_a_timer_without_a_letter_has_a_name_all_the_same() {
    let service = unit("é.service", "[Service]\nExecStart=/bin/a");
    let plan = read(&unit("é.timer", "[Timer]\nOnCalendar=daily"), &service, Scope::User, &|_| None, &here());
    assert_eq!(plan.jobs[0].definition.name, "job");
}

#[test]
fn a_timer_names_the_unit_that_it_starts() {
    for (name, text, expected) in [
        ("a@b.timer", "[Timer]\nOnCalendar=daily", Ok("a@b.service")),
        ("a.timer", "[Timer]\nUnit=c.service", Ok("c.service")),
        ("a@b.timer", "[Timer]\nUnit=c@%i.service", Ok("c@b.service")),
        ("a.timer", "[Timer]\nUnit=%m.service", Err("%m")),
    ] {
        match (started_by(&unit(name, text), Scope::System, &here()), expected) {
            (Ok(service), Ok(expected)) => assert_eq!(service, expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
    let masked = plan("[Timer]\nOnCalendar=daily", "[Service]\nExecStart=/bin/a", Scope::System);
    assert_eq!(masked.jobs[0].off, "sudo systemctl mask --now job.timer");
}

proptest::proptest! {
    #[test]
    fn x1_no_text_makes_it_panic(timer in ".*|[a-zA-Z=:*/~. 0-9-]{0,40}", service in ".*|[-@a-zA-Z=:*/~%$'\"\\\\ 0-9\n]{0,60}") {
        let _ = plan(&timer, &service, Scope::System);
        let _ = plan(&format!("[Timer]\nOnCalendar={timer}"), &format!("[Service]\nExecStart={service}"), Scope::User);
    }
}
