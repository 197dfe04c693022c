//! export, and import of what it wrote (S4).

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tempo::domain::change::By;
use tempo::domain::field::{Context, FIELDS, Field};
use tempo::domain::rule::Rule;
use tempo::domain::task::{Definition, Status, Work};
use tempo::domain::zone;
use tempo::store::changes::{Step, Wish};
use tempo::store::texts;

use super::{Answer, Home};

/// Imports a text through standard input.
fn import(home: &Home, text: &str, args: &[&str]) -> Answer {
    let mut command = home.command(&[&["import", "-"], args].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Texts of every kind that a field may take; each field takes those that it understands.
const TEXTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "0.5",
    "7",
    "true",
    "false",
    "90s",
    "5m",
    "2h30m",
    "1d",
    "1 week after done",
    "0 9 31 * * until=2031-01-01",
    "25h",
    "06:00",
    "512M",
    "2G",
    "50%",
    "a,b",
    "b",
    "A=b c",
    "B==\"x\" 'y' \\ z",
    "KEY=\tü",
    "media/backup",
    "ana",
    "2031-01-02T10:00:00.5Z",
    "2019-05-06 07:08",
    "queue-all",
    "parallel=3",
    "replace",
    "load<4; cmd:test -e '/mnt/nas'; true",
    "ac; network",
    "/tmp",
    "/bin/bash",
    "completed",
    "in_progress",
    "1,2-5",
    "inherit",
    "two\nlines",
    "Täg #1 = \"x\" ''' \"\"\" \\",
    "  spaces  ",
    "echo \u{1b}[31m",
    "cr\r\nlf",
];

const RULES: &[&str] = &[
    "every 5m",
    "30 2 * * * missed=all jitter=5m",
    "startup",
    "at 2001-02-03T04:05:06.789Z",
    "at 2032-02-03 4:05",
    "0 3 * * mon except=2031-01-01..2031-01-03,sat excluded=shift",
    "every 1h start=2026-01-01 end=2031-01-01T10:00",
    "0 4 * * * end=2011-01-01",
];

const ZONES: &[&str] = &["Europe/Berlin", "Asia/Tokyo", "UTC"];

/// A task as somebody could have defined it: the kind, the numbers of texts for its fields, and its schedules.
type Plan = (u8, Vec<usize>, Vec<(usize, usize)>);

fn definition(number: usize, plan: &Plan, folder: PathBuf) -> (Definition, Vec<Wish>) {
    let context = Context { zone: TimeZone::UTC, now: Timestamp::UNIX_EPOCH, folder, types: None };
    let work = match plan.0 {
        0 => Work::Todo(Status::Open),
        1 => Work::Script(context.folder.join("job.py")),
        _ => Work::Command(format!("echo {number}\n\techo 'two' \"\"\"\r\n\\n")),
    };
    let mut definition = Definition::new(format!("Task {}", number % 3), work);
    let is_todo = plan.0 == 0;
    for (field, text) in FIELDS
        .iter()
        .zip(plan.1.iter().cycle())
        .filter(|(field, _)| !matches!(field.key, "command" | "script" | "name" | "depends-on"))
    {
        let mut with = definition.clone();
        let text = TEXTS[(text + field.key.len()) % TEXTS.len()];
        let set = texts::apply(&mut with, &[(field, text.to_owned())], &context);
        if set.is_ok() && (field.get(&with, &context).is_some() || !is_todo) {
            definition = with;
        }
    }
    let rule = |(rule, name): &(usize, usize)| {
        let name = ZONES[name % ZONES.len()];
        let zone = zone::zone(name).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        (Rule::parse(RULES[rule % RULES.len()], &zone, now, &context.folder).unwrap(), name.to_owned())
    };
    let mut wanted: Vec<Wish> = Vec::new();
    for wish in plan.2.iter().filter(|_| !is_todo).map(rule) {
        if !wanted.contains(&wish) {
            wanted.push(wish);
        }
    }
    (definition, wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s4_export_import_and_export_again_give_the_same_file(
        plans in prop::collection::vec((0_u8..4, prop::collection::vec(0..TEXTS.len(), 40), prop::collection::vec((0_usize..8, 0_usize..3), 0..4)), 1..7)
    ) {
        let (home, other) = (Home::new(), Home::new());
        let folder = home.path().to_owned();
        std::fs::write(folder.join("job.py"), "#!/usr/bin/env python3\nprint('''x''', \"\"\"y\"\"\")\r\n\t\\").unwrap();
        home.store().write(move |db| {
            let mut step = Step::new(By::Cli, Timestamp::now());
            let (mut slugs, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
            for (number, plan) in plans.iter().enumerate() {
                let (mut definition, wanted) = definition(number, plan, folder.clone());
                let context = Context { zone: TimeZone::UTC, now: Timestamp::UNIX_EPOCH, folder: folder.clone(), types: None };
                // They come into the file by their slugs, not in this order.
                all.reverse();
                Field::named("depends-on").unwrap().set(&mut definition, &all.join(";"), &context).unwrap();
                if let Work::Todo(_) = definition.work {
                    all.push(step.add(db, &definition, &wanted)?.slug);
                } else {
                    let context = Context { zone: TimeZone::UTC, now: Timestamp::UNIX_EPOCH, folder: folder.clone(), types: None };
                    Field::named("after").unwrap().set(&mut definition, &slugs.join(";"), &context).unwrap();
                    slugs.push(step.add(db, &definition, &wanted)?.slug);
                    all.extend(slugs.last().cloned());
                }
            }
            Ok(())
        }).unwrap();
        let first = home.ok(&["export"]);
        let answer = import(&other, &first, &[]);
        prop_assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", &first);
        prop_assert_eq!(other.ok(&["export"]), first.clone());
        // All of it is one step, also where it replaces what is there.
        prop_assert_eq!(import(&other, &first, &["--replace"]).code, 0);
        prop_assert_eq!(other.ok(&["export"]), first);
        other.ok(&["undo"]);
        prop_assert_eq!(other.ok(&["list", "--json"]), "");
    }
}

#[test]
fn s4_an_export_is_a_file_that_people_can_read_and_that_names_the_scripts() {
    let home = Home::new();
    let script = home.path().join("job.sh");
    std::fs::write(&script, "echo one\necho two\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    home.ok(&[
        "add",
        "Back up",
        "--command",
        "true",
        "--cron",
        "30 2 * * *",
        "--env",
        "KEEP=3",
        "--tag",
        "nas",
        "--tag",
        "home",
    ]);
    home.ok(&["add", "Job", "--script", "job.sh", "--after", "back-up:any", "--paused"]);
    home.ok(&["add", "Old", "--todo"]);
    home.ok(&["set", "back-up", "name=Backup"]);
    home.ok(&["rm", "old"]);
    assert_eq!(home.ok(&["export", "tasks.toml"]), "");
    let expected = format!(
        r#"tempo-export = 1

[[task]]
slug = "back-up"
name = "Backup"
command = "true"
tags = [
    "home",
    "nas",
]
when = ["30 2 * * *"]
tz = "Europe/Berlin"

[task.env]
KEEP = "3"

[[task]]
name = "Job"
script = "{}"
paused = true
after = "back-up:any"
script-content = """
echo one
echo two
"""
script-executable = true
"#,
        script.display()
    );
    assert_eq!(std::fs::read_to_string(home.path().join("tasks.toml")).unwrap(), expected);

    // In a home where the script is not there, it is made; where it is another one, --replace puts it in its place.
    std::fs::remove_file(&script).unwrap();
    let other = Home::new();
    assert_eq!(import(&other, &expected, &[]).out, "back-up\njob\n");
    assert_eq!(std::fs::read_to_string(&script).unwrap(), "echo one\necho two\n");
    assert_eq!(std::fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o755);
    std::fs::write(&script, "mine").unwrap();
    let answer = import(&home, &expected, &["--replace"]);
    assert!(answer.code == 0 && answer.err.contains("brings back what stood in it"), "{answer:?}");
    assert_eq!(std::fs::read_to_string(&script).unwrap(), "echo one\necho two\n");
    assert!(import(&home, &expected, &[]).err.contains("skipped, because they exist: back-up, job"));
}

#[test]
fn x1_what_is_wrong_in_an_export_is_refused_with_its_line_and_nothing_is_made() {
    let home = Home::new();
    let script = home.path().join("new.sh");
    for (text, words) in [
        ("tempo-export = 2\n", &["standard input:1", "newer Tempo"][..]),
        (
            "tempo-export = 1\n[[task]]\nname = \"a\"\ncommand = \"true\"\nslug = \"A b\"\n",
            &["standard input:5", "is not a slug"],
        ),
        ("[[task]]\nname = \"a\"\ncommand = \"true\"\nscript-content = \"x\"\n", &["standard input:4", "no script"]),
        ("[[task]]\nname = \"a\"\ncommand = \"true\"\nscript-executable = 1\n", &["standard input:4", "true or false"]),
        (
            "[[task]]\nname = \"a\"\ncommand = \"true\"\nwhen = \"@daily tz=Nowhere\"\n",
            &["standard input:4", "time zone"],
        ),
        (
            "[[task]]\nname = \"a\"\ncommand = \"true\"\nwhen = \"at 2001-01-01T00:00:00Z\"\n",
            &["standard input:4", "in the past"],
        ),
        (
            "[[task]]\nname = \"a\"\nscript = \"new.sh\"\nscript-content = \"x\"\n[[task]]\nname = \"b\"\ncommand = \"true\"\nafter = \"c\"\n",
            &["c"],
        ),
    ] {
        let answer = import(&home, text, &[]);
        assert!(answer.code == 4 || answer.code == 3, "{text}: {answer:?}");
        for word in words {
            assert!(answer.err.contains(word), "{text}: {answer:?}");
        }
        assert!(!script.exists(), "{text}");
        assert_eq!(home.ok(&["export"]), "tempo-export = 1\ntask = []\n");
    }
    assert_eq!(import(&home, "tempo-export = 1\ntask = []\n", &[]).code, 0);
}
