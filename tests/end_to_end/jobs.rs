//! The jobs beside the example: they write down what they print and how they mean to end.

use std::fmt::Write as _;

/// Notes that every job takes: `say` prints a line, `end` says how it will end (`exit N`, `signal N`, `timed_out`, `cancelled`).
const NOTES: &str = r#"
say() { printf '%s\n' "$*" | tee -a "$TEMPO_EXAMPLE/printed/$TEMPO_RUN_ID"; }
end() { printf '%s' "$*" > "$TEMPO_EXAMPLE/intended/$TEMPO_RUN_ID"; }
"#;

/// Name, further keys, and command.
const JOBS: &[(&str, &str, &str)] = &[
    ("Tick", "when = 'every 1s'", "say tick; end exit 0"),
    ("Fail", "when = 'every 2s'", "say not today; end exit 3; exit 3"),
    ("Term", "when = 'every 2s'", "say now; end signal 15; kill -TERM $$"),
    (
        "Slow",
        "when = 'every 1s'\noverlap = 'queue'",
        "for n in 1 2 3 4 5 6; do say line $n; sleep 0.2; done; end exit 0",
    ),
    ("Pair", "when = 'every 1s'\noverlap = 'parallel=2'", "say one; sleep 2.2; say two; end exit 0"),
    (
        "Bytes",
        "when = 'every 3s'",
        r#"end exit 0; head -c 300000 /dev/urandom | tee "$TEMPO_EXAMPLE/printed/$TEMPO_RUN_ID""#,
    ),
    ("Mute", "when = 'every 1s'", "end exit 0"),
    ("Hang", "when = 'every 4s'\ntimeout = '700ms'", "end timed_out; say hanging; sleep 1000"),
    (
        "Stubborn",
        "when = 'every 5s'\ntimeout = '500ms'\ngrace = '500ms'",
        "trap '' TERM; end timed_out; say no; while :; do sleep 0.1; done",
    ),
    // Needs its grace, which a new engine must not cut short. A shell says on standard error that its child was terminated.
    (
        "Tidy",
        "grace = '1m'",
        "exec 2> /dev/null; trap 'sleep 1; say tidied up; end cancelled; exit 5' TERM; say waiting; while :; do sleep 0.1; done",
    ),
    ("Restless", "when = 'every 1s'", "say here; end exit 0"),
];

/// The slugs of all jobs.
pub(crate) fn slugs() -> impl Iterator<Item = String> {
    JOBS.iter().map(|(name, ..)| name.to_lowercase())
}

/// A file for `tempo import`. Only the jobs that are `scheduled`, and Restless, which others pause and resume, have schedules.
pub(crate) fn as_toml(scheduled: &[&str]) -> String {
    let mut file = String::new();
    for (name, keys, command) in JOBS {
        let slug = name.to_lowercase();
        let keys: Vec<&str> = keys
            .lines()
            .filter(|key| !key.starts_with("when") || slug == "restless" || scheduled.contains(&slug.as_str()))
            .collect();
        let keys = keys.join("\n");
        write!(file, "[[task]]\nname = '{name}'\n{keys}\ncommand = '''{NOTES}{command}'''\n\n").unwrap();
    }
    file
}
