//! Much at once: 100,000 to-dos in and out in each form, a change of all of them through one text and by a filter, undo and redo; by the
//! program as a person would call it, each beside what the machine takes at least in the same run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::people::{Person, people};

/// To-dos.
const MANY: u32 = 100_000;

/// What makes a text of them.
type Text = fn(&[Person]) -> String;

/// The forms: the name of a file, how it goes out, and what is written into it.
const FORMS: [(&str, &str, Text); 4] = [
    ("tasks.json", "taskwarrior", json),
    ("todo.txt", "todotxt", todotxt),
    ("tasks.csv", "csv", csv),
    ("tasks.ics", "ics", ics),
];

pub(crate) fn run() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let all: Vec<Person> = people(MANY).collect();
    println!(
        "many_floor_insert {:.0} ms (a bare table without indexes)",
        inserts(&folder.path().join("floor.db"), &all)
    );
    for (file, form, text) in FORMS {
        let home = folder.path().join(form);
        let (file, out) = (folder.path().join(file), folder.path().join(format!("{form}.out")));
        fs::write(&file, text(&all)).unwrap();
        let start = Instant::now();
        let bytes = fs::read(&file).unwrap().len();
        println!("many_floor_read_{form} {:.1} ms ({bytes} B)", start.elapsed().as_secs_f64() * 1e3);
        tempo(&format!("import_{form}"), &home, &["import", file.to_str().unwrap()]);
        tempo(&format!("export_{form}"), &home, &["export", "--format", form, out.to_str().unwrap()]);
        println!("many_exported_{form} {} B", fs::metadata(&out).unwrap().len());
    }
    let home = folder.path().join("taskwarrior");
    let of_all = ["edit", "--all", "kind:todo", "--yes"];
    for (what, editor) in [
        ("tag", r"sed -i '/^#/!s/$/ +bulk/'"),
        ("name", r"sed -i -E '/^#/!s/^( *[0-9]+ )/\1again /'"),
        ("status", r"sed -i '/^#/!s/status:[a-z_]*/status:cancelled/'"),
    ] {
        let script = folder.path().join("editor");
        fs::write(&script, format!("#!/bin/sh\nexec {editor} \"$1\"\n")).unwrap();
        tempo_with(&format!("edit_{what}"), &home, &of_all, &format!("sh {}", script.display()));
        tempo(&format!("undo_edit_{what}"), &home, &["undo"]);
    }
    tempo("set_filter", &home, &["set", "--filter", "kind:todo", "priority=3"]);
    tempo("undo_set", &home, &["undo"]);
    tempo("redo_set", &home, &["redo"]);
    tempo("undo_import", &folder.path().join("ics"), &["undo"]);
    tempo("redo_import", &folder.path().join("ics"), &["redo"]);
}

/// So many rows into a table of SQLite alone, 250 in each transaction, all of them safe on disk as those of Tempo are.
fn inserts(path: &Path, all: &[Person]) -> f64 {
    let mut db = Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE tasks (id INTEGER PRIMARY KEY, name TEXT, description TEXT, status TEXT, category TEXT, priority INTEGER, due INTEGER);",
    )
    .unwrap();
    let start = Instant::now();
    for some in all.chunks(250) {
        let tx = db.transaction().unwrap();
        for one in some {
            let insert = "INSERT INTO tasks (name, description, status, category, priority, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            tx.prepare_cached(insert)
                .unwrap()
                .execute(params![one.name, one.description, one.status, one.category, one.priority, one.due])
                .unwrap();
        }
        tx.commit().unwrap();
    }
    start.elapsed().as_secs_f64() * 1e3
}

fn tempo(name: &str, home: &Path, arguments: &[&str]) {
    tempo_with(name, home, arguments, "false");
}

/// What a command takes by the clock, for each to-do, and of memory at its highest.
fn tempo_with(name: &str, home: &Path, arguments: &[&str], editor: &str) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tempo"))
        .env("TEMPO_HOME", home)
        .env("EDITOR", editor)
        .env_remove("VISUAL")
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (status, mut highest) = (format!("/proc/{}/status", child.id()), 0);
    let code = loop {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        highest =
            highest.max(line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default());
        match child.try_wait().unwrap() {
            Some(code) => break code,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let took = start.elapsed().as_secs_f64() * 1e3;
    assert!(code.success(), "{name}: {code}");
    println!("many_{name} {took:.0} ms ({:.3} ms each, {} MiB)", took / f64::from(MANY), highest >> 10);
}

fn status(one: &Person) -> &'static str {
    one.status.unwrap_or("open")
}

/// When it is due, as so many days after a fixed one.
fn due(one: &Person, form: &str) -> Option<String> {
    let day = jiff::civil::date(2027, 1, 1).checked_add(jiff::Span::new().days(one.due? / 86_400)).ok()?;
    Some(day.strftime(form).to_string())
}

fn uid(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

fn json(all: &[Person]) -> String {
    let mut text = String::from("[\n");
    for (n, one) in all.iter().enumerate() {
        let status = match status(one) {
            "completed" => "completed",
            "cancelled" => "deleted",
            _ => "pending",
        };
        let mut task = serde_json::json!({
            "uuid": uid(n), "description": one.name, "status": status, "entry": "20240102T100000Z",
            "project": one.category.replace('/', "."), "tags": one.tags,
        });
        if let Some(due) = due(one, "%Y%m%dT180000Z") {
            task["due"] = due.into();
        }
        if !one.description.is_empty() {
            task["annotations"] = serde_json::json!([{"entry": "20240103T100000Z", "description": one.description}]);
        }
        writeln!(text, "{task}{}", if n + 1 < all.len() { "," } else { "" }).unwrap();
    }
    text + "]\n"
}

fn todotxt(all: &[Person]) -> String {
    let mut text = String::new();
    for one in all {
        let done = if status(one) == "completed" { "x 2024-03-02 " } else { "" };
        write!(text, "{done}2024-01-02 {}", one.name).unwrap();
        if !one.category.is_empty() {
            write!(text, " +{}", one.category).unwrap();
        }
        for tag in &one.tags {
            write!(text, " @{tag}").unwrap();
        }
        if let Some(due) = due(one, "%Y-%m-%d") {
            write!(text, " due:{due}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn csv(all: &[Person]) -> String {
    let mut text = String::from("name,kind,status,priority,category,tags,assignee,due,description\n");
    for one in all {
        let (due, assignee) = (due(one, "%Y-%m-%d").unwrap_or_default(), one.assignee.unwrap_or_default());
        let (tags, status) = (one.tags.join(","), status(one));
        writeln!(
            text,
            "{},todo,{status},{},{},\"{tags}\",{assignee},{due},{}",
            one.name, one.priority, one.category, one.description
        )
        .unwrap();
    }
    text
}

fn ics(all: &[Person]) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n");
    for (n, one) in all.iter().enumerate() {
        let status = match status(one) {
            "completed" => "COMPLETED",
            "cancelled" => "CANCELLED",
            "in_progress" => "IN-PROCESS",
            _ => "NEEDS-ACTION",
        };
        write!(
            text,
            "BEGIN:VTODO\r\nUID:{}\r\nCREATED:20240102T100000Z\r\nSUMMARY:{}\r\nSTATUS:{status}\r\n",
            uid(n),
            one.name
        )
        .unwrap();
        if let Some(due) = due(one, "%Y%m%dT180000Z") {
            write!(text, "DUE:{due}\r\n").unwrap();
        }
        if !one.description.is_empty() {
            write!(text, "DESCRIPTION:{}\r\n", one.description).unwrap();
        }
        text.push_str("END:VTODO\r\n");
    }
    text + "END:VCALENDAR\r\n"
}
