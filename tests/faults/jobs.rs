//! The jobs beside the example: they write down what they are about to print and how they mean to end.

use std::fmt::Write as _;
use std::path::Path;

/// Every job begins with this. `say` and `warn` print a line on either stream, and `show` prints what the job has put into the
/// file `$P`; each is noted before it is printed. `end` says how the attempt will end: `exit N`, `signal N`, `timed_out`,
/// `over_memory` or `cancelled`, or several of these with `or` between them.
const NOTES: &str = r#"
P="$TEMPO_EXAMPLE/printed/$TEMPO_RUN_ID.$TEMPO_ATTEMPT"
say() { printf '%s\n' "$*" >> "$P"; printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >> "$P.err"; printf '%s\n' "$*" >&2; }
show() { cat "$P"; }
end() { printf '%s' "$*" > "$TEMPO_EXAMPLE/intended/$TEMPO_RUN_ID.$TEMPO_ATTEMPT"; }
"#;

/// One job.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    /// Further keys. Only a job that is to run by its schedule has `when`.
    keys: &'static str,
    /// How often it is asked for by hand, beside the others.
    pub(crate) weight: u64,
    command: &'static str,
}

const fn job(name: &'static str, keys: &'static str, weight: u64, command: &'static str) -> Job {
    Job { name, keys, weight, command }
}

/// The one that others pause, resume and change all the time.
pub(crate) const RESTLESS: &str = "restless";

/// The one that is stopped by hand.
pub(crate) const TIDY: &str = "tidy";

/// The one that prints more than is kept of it.
pub(crate) const CAPPED: &str = "capped";

/// The one that runs after each end of another one, and that one.
pub(crate) const FOLLOW: (&str, &str) = ("follow", "pair");

/// All jobs. Those with a schedule make about two thirds of the runs.
pub(crate) const JOBS: &[Job] = &[
    job("Tick", "when = 'every 1s'", 2, "say tick; end exit 0"),
    job("Fail", "when = 'every 2s'", 8, "say not today; end exit 3; exit 3"),
    job("Term", "when = 'every 2s'", 0, "say now; end signal 15; kill -TERM $$"),
    job(
        "Slow",
        "when = 'every 1s'\noverlap = 'queue'",
        0,
        "for n in 1 2 3 4 5 6; do say line $n of $TEMPO_RUN_ID; sleep 0.2; done; end exit 0",
    ),
    job("Pair", "when = 'every 1s'\noverlap = 'parallel=2'", 0, "say one; sleep 2.2; say two; end exit 0"),
    job("Follow", "after = 'pair:any'\noverlap = 'parallel=2'", 0, "say after a pair; end exit 0"),
    job("Bytes", "when = 'every 3s'", 0, r#"end exit 0; head -c 300000 /dev/urandom > "$P"; show"#),
    job("Mute", "when = 'every 1s'", 6, "end exit 0"),
    job("Hang", "when = 'every 4s'\ntimeout = '700ms'", 0, "end timed_out; say hanging; sleep 1000"),
    job(
        "Stubborn",
        "when = 'every 5s'\ntimeout = '500ms'\ngrace = '500ms'",
        0,
        "trap '' TERM; end timed_out; say no; while :; do sleep 0.1; done",
    ),
    job(
        "Replaced",
        "when = 'every 2s'\noverlap = 'replace'",
        0,
        "end exit 0 or cancelled; say until the next one comes; sleep 5; say none came",
    ),
    // Needs its grace, which a new engine must not cut short. A shell says on standard error that its child was terminated.
    job(
        "Tidy",
        "grace = '1m'",
        0,
        "exec 2> /dev/null; trap 'sleep 1; say tidied up; end cancelled; exit 5' TERM; say waiting; while :; do sleep 0.1; done",
    ),
    job("Restless", "when = 'every 1s'", 0, "say here; end exit 0"),
    job("Note 1", "", 0, "end exit 0"),
    job("Note 2", "", 0, "end exit 0"),
    job("Three", "overlap = 'parallel=3'", 12, "warn about to fail; end exit 3; exit 3"),
    job(
        "Signal",
        "overlap = 'parallel=3'",
        8,
        "set -- 1 2 6 9 10 14; shift $((TEMPO_RUN_ID % 6)); say signal $1; end signal $1; ulimit -c 0; kill -$1 $$; sleep 1",
    ),
    job(
        "Both",
        "overlap = 'parallel=3'",
        10,
        "end exit 0; for n in $(seq 60); do say out $n; warn err $n; [ $((n % 20)) = 0 ] && sleep 0.05; done; exit 0",
    ),
    job(
        "Flood",
        "overlap = 'parallel=2'",
        3,
        r#"end exit 0; seq -f "entry %g of $TEMPO_RUN_ID" 1 120000 > "$P"; show"#,
    ),
    job(
        "Capped",
        "overlap = 'parallel=2'\noutput-cap = '1M'",
        4,
        r#"end exit 0; seq -f "entry %g of $TEMPO_RUN_ID" 1 120000 > "$P"; show"#,
    ),
    job("One line", "", 1, r#"end exit 0; seq -s , 1 6400000 > "$P"; show"#),
    job(
        "Third time lucky",
        "overlap = 'parallel=3'\nretry = '3 delay=300ms'",
        4,
        "say attempt $TEMPO_ATTEMPT; if [ $TEMPO_ATTEMPT -lt 3 ]; then end exit 75; exit 75; fi; end exit 0",
    ),
    job(
        "In vain",
        "when = 'every 4s'\nretry = '1 delay=500ms on=signal'\ntimeout = '20s'",
        0,
        "say attempt $TEMPO_ATTEMPT; end signal 9; kill -KILL $$",
    ),
    // Each of them stays below the limit, so that no allocation fails.
    job(
        "Glutton",
        "overlap = 'parallel=2'\nmemory = '64M'\nnice = '5'",
        2,
        r#"say two at once; end over_memory
for n in 1 2; do python3 -c 'import time; memory = bytearray(b"x") * (45 << 20); time.sleep(60)' & done; wait"#,
    ),
    job(
        "Terminal",
        "overlap = 'parallel=2'\npty = true",
        4,
        r#"end exit 0; [ -t 1 ] && [ -t 2 ] || exit 9; seq -f "row %g of $TEMPO_RUN_ID" 1 2000 > "$P"; show"#,
    ),
    job(
        "Told",
        "overlap = 'parallel=2'\nstdin = 'what it is told'",
        4,
        r#"end exit 0; cat > "$P"; grep -qx 'what it is told' "$P" || exit 9; show"#,
    ),
    // The grandchild leaves the group and outlives the leader, but not the second that is waited for it.
    job(
        "Double fork",
        "overlap = 'parallel=4'",
        6,
        "say leader; end exit 0; setsid /bin/sh -c 'sleep 0.3; echo grandchild >> \"$0\"; echo grandchild' \"$P\" & exit 0",
    ),
    job("Stray", "overlap = 'parallel=4'", 3, "say leader; end exit 0; setsid /bin/sh -c 'sleep 1000' & exit 0"),
    job(
        "Stubborn stray",
        "grace = '300ms'",
        2,
        "say leader; end exit 0; setsid /bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & exit 0",
    ),
    job(
        "Pipe holder",
        "overlap = 'parallel=4'",
        6,
        "say leader; end exit 0; (sleep 0.4; say from who holds the pipe) & exit 0",
    ),
    job(
        "Snake",
        "overlap = 'parallel=2'",
        4,
        r#"end exit 0; exec python3 -c '
import sys, time
note = open(sys.argv[1], "a")
for n in range(5):
    note.write("slowly %d\n" % n); note.flush()
    print("slowly", n)
    time.sleep(0.1)
' "$P""#,
    ),
    job(
        "Buffered snake",
        "overlap = 'parallel=2'",
        3,
        r#"end exit 4; unset PYTHONUNBUFFERED; exec python3 -c '
import sys, time
lines = ["at the end %d\n" % n for n in range(3000)]
with open(sys.argv[1], "a") as note:
    note.writelines(lines)
sys.stdout.writelines(lines)
time.sleep(0.2)
sys.exit(4)
' "$P""#,
    ),
];

/// The slug of a job.
pub(crate) fn slug(job: &Job) -> String {
    job.name.to_lowercase().replace(' ', "-")
}

/// The slugs of all jobs.
pub(crate) fn slugs() -> impl Iterator<Item = String> {
    JOBS.iter().map(slug)
}

/// A file for `tempo import`, with this shell for all.
pub(crate) fn as_toml(shell: &Path) -> String {
    let shell = shell.display();
    let mut file = String::new();
    for Job { name, keys, command, .. } in JOBS {
        write!(file, "[[task]]\nname = '{name}'\nshell = '{shell}'\n{keys}\ncommand = '''{NOTES}{command}'''\n\n")
            .unwrap();
    }
    file
}
