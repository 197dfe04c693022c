//! The map in `src/lib.rs`, enforced: who may import whom, and which crates are named in one room only (DESIGN 2).
//!
//! It reads tokens, not Rust: comments and strings are skipped, paths and groups of paths are followed, `super` is counted.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("output", &[]),
    ("config", &["domain"]),
    ("watch", &[]),
    ("lock", &[]),
    ("foreign", &["domain"]),
    ("supervise", GROUND),
    ("store", GROUND),
    ("script", GROUND),
    ("engine", BELOW_THE_TOP),
    ("tui", BELOW_THE_TOP),
    ("cli", BELOW_THE_TOP),
];
const GROUND: &[&str] = &["domain", "output", "config", "watch", "lock"];
const BELOW_THE_TOP: &[&str] =
    &["domain", "output", "config", "watch", "lock", "foreign", "supervise", "store", "script"];

/// Crates that are named in few places only: files whose path begins so.
const CRATES: &[(&str, &[&str])] = &[
    ("cron", &["domain/cron"]),
    ("chrono", &["domain/cron"]),
    ("rusqlite", &["store"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_textarea", &["tui"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("libc", &["supervise"]),
    ("tar", &["cli/archive"]),
    ("zstd", &["cli/archive", "store/scripts"]),
    ("sha2", &["cli/archive", "domain/version"]),
    ("csv", &["store/tasks_file/rows"]),
    ("similar", &["output/compare"]),
];

/// Files beside the rooms: the map itself. Every other one is a part of `main`, which is on top and may use any room.
const MAP: &str = "lib.rs";

#[test]
fn every_import_goes_down_and_every_library_stays_in_its_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut files = 0;
    for file in sources(&src) {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap();
        wrong.extend(faults(name, &fs::read_to_string(&file).unwrap()));
        files += 1;
    }
    assert!(files > 50, "only {files} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_room_of_the_map() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = fs::read_to_string(src.join(MAP)).unwrap();
    for line in map.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let room = line.trim_end_matches(';');
        assert!(is_room(room), "{room} is public and has no place among the rooms");
    }
    for (room, _) in ROOMS {
        assert!(map.contains(&format!("pub mod {room};")), "{room} is a room, and not in the map");
    }
    for folder in fs::read_dir(&src).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(is_room(name) || src.join(name).with_extension("rs").exists(), "{name} is no room");
    }
}

#[test]
fn what_the_map_forbids_is_found() {
    for (file, text, expected) in [
        ("domain/run.rs", "use crate::store::Db;", "domain imports store"),
        ("output/mod.rs", "use crate::domain::RunId;", "output imports domain"),
        ("supervise/mod.rs", "use crate::store;", "supervise imports store"),
        ("store/runs.rs", "fn f() { crate::engine::run() }", "store imports engine"),
        ("engine/mod.rs", "use crate::{\n domain::{RunId, TaskId},\n tui::{self, App},\n};", "engine imports tui"),
        ("engine/turn.rs", "use super::super::cli::Out;", "engine imports cli"),
        ("tui/panes/list.rs", "use super::super::super::engine;", "tui imports engine"),
        ("cli/mod.rs", "use super::tui::Theme;", "cli imports tui"),
        ("lock.rs", "use super::store::Store;", "lock imports store"),
        ("foreign/unit.rs", "use crate::config::Paths;", "foreign imports config"),
        ("cli/run.rs", "use ::rusqlite::Connection;", "rusqlite is named in cli"),
        ("domain/when.rs", "use cron::Schedule;", "cron is named in domain"),
        ("domain/zone.rs", "fn f() -> chrono::NaiveDate { todo!() }", "chrono is named in domain"),
        ("config/mod.rs", "#[derive(clap::Args)] struct A;", "clap is named in config"),
        ("tui/view.rs", "use {clap as c, ratatui::Frame};", "clap is named in tui"),
        ("daemon.rs", "let n = libc::getpid();", "libc is named in daemon.rs"),
        ("engine/clock.rs", "/* it is */ unsafe /* really */ { f() }", "unsafe in engine"),
        ("tui/mod.rs", "let c = '\"'; use crate::cli; let d = '\"';", "tui imports cli"),
        ("tui/mod.rs", "fn f<'a>(a: &'a str) { crate::engine::g(a) }", "tui imports engine"),
    ] {
        let found = faults(file, text);
        assert!(!found.is_empty(), "{text}: nothing is found");
        assert!(found.iter().all(|fault| fault.contains(expected)), "{text}: {found:?}");
    }
    for (file, text) in [
        ("engine/mod.rs", "use crate::{domain::RunId, store::{Store, runs}}; use super::supervise::Spec;"),
        ("config/settings.rs", "use crate::domain::name;"),
        ("domain/when.rs", "use super::cron::CronExpr; use self::cron::field; let x = a.cron::<u8>();"),
        ("domain/cron/dialect.rs", "use cron::Schedule; use chrono::Utc;"),
        (
            "store/mod.rs",
            "// use crate::tui;\n/* crate::cli /* nested */ crate::cli */ \"crate::cli\"; r#\"crate::\"cli\"#;",
        ),
        ("store/mod.rs", "//! [`crate::cli`]\npub(in crate::store) fn unsafely() {}"),
        ("cli/output.rs", "use super::output::Args; use super::engine_state;"),
        ("main.rs", "use tempo::cli; use tempo::engine::Engine;"),
        ("supervise/sys.rs", "unsafe { libc::fork() }"),
        ("tui/mod.rs", "use crate::store; let clap = 1; f(clap);"),
    ] {
        assert_eq!(faults(file, text), Vec::<String>::new(), "{text}");
    }
}

/// What a file does that its room may not, one line each.
fn faults(file: &str, text: &str) -> Vec<String> {
    let module: Vec<&str> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let room = if is_room(module[0]) { module[0] } else { file };
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    let tokens = tokens(text);
    let mut faults = Vec::new();
    if room != "supervise" && tokens.iter().any(|token| token == "unsafe") {
        faults.push(format!("{file}: unsafe in {room}"));
    }
    for path in paths(&tokens) {
        let ups = path.iter().take_while(|part| *part == "super").count();
        // Inside an inline module `super` reaches less far than it seems to; then no room's name follows.
        let target = match path[0].as_str() {
            "crate" | "tempo" => path.get(1),
            "super" if ups >= module.len() => path.get(ups),
            _ => None,
        };
        if let (Some(target), Some(allowed)) = (target.filter(|target| is_room(target)), allowed)
            && target != room
            && !allowed.contains(&target.as_str())
        {
            faults.push(format!("{file}: {room} imports {target}: {}", path.join("::")));
        }
        let at_home = |place: &str| file.starts_with(place);
        if let Some((name, _)) =
            CRATES.iter().find(|(name, homes)| path[0] == *name && !homes.iter().any(|home| at_home(home)))
        {
            faults.push(format!("{file}: {name} is named in {room}: {}", path.join("::")));
        }
    }
    faults
}

fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

/// The paths of two parts and more, and everything that a `use` names; groups are taken apart.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let in_use = tokens[at] == "use";
        let begins = in_use || (is_word(&tokens[at]) && (at == 0 || !matches!(tokens[at - 1].as_str(), "::" | ".")));
        let global = tokens[at] == "::" && (at == 0 || !is_word(&tokens[at - 1]) && tokens[at - 1] != ">");
        if !begins && !global {
            at += 1;
            continue;
        }
        let mut found = Vec::new();
        let end = tree(tokens, at + usize::from(in_use), &mut Vec::new(), &mut found);
        paths.extend(found.into_iter().filter(|path| in_use || path.len() > 1));
        at = end.max(at + 1);
    }
    paths
}

/// Reads `a::b`, `a::{b, c::d}` or `{a, b}` at a place, and returns the place after it.
fn tree(tokens: &[String], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    if token(at) == "::" {
        at += 1;
    }
    loop {
        if token(at) == "{" {
            at += 1;
            while !matches!(token(at), "}" | "") {
                let next = tree(tokens, at, prefix, found);
                at = next.max(at + 1);
                while !matches!(token(at), "," | "}" | "") {
                    at += 1; // as another name
                }
                if token(at) == "," {
                    at += 1;
                }
            }
            prefix.truncate(depth);
            return at + 1;
        }
        if is_word(token(at)) {
            prefix.push(token(at).to_owned());
            at += 1;
        }
        let goes_on = token(at) == "::" && (is_word(token(at + 1)) || token(at + 1) == "{");
        if !goes_on {
            break;
        }
        at += 1;
    }
    if prefix.len() > depth {
        found.push(prefix.clone());
    }
    prefix.truncate(depth);
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single marks; without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if c == '"' || matches!(&rest[..word], "b" | "c") && rest[word..].starts_with('"') {
            string(rest)
        } else if matches!(&rest[..word], "r" | "br" | "cr") && rest[word..].starts_with(['"', '#']) {
            raw_string(rest, word)
        } else if c == '\'' {
            character(rest)
        } else {
            let length = if word > 0 {
                word
            } else if rest.starts_with("::") {
                2
            } else {
                c.len_utf8()
            };
            if !c.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[skipped..];
    }
    tokens
}

/// The length of a block comment, nested ones included.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let step = &text.as_bytes()[at..];
        if step.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if step.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its marks.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let open = text.find('"').unwrap_or(0);
    for (i, c) in text[open + 1..].char_indices() {
        match c {
            '"' if !escaped => return open + 1 + i + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The length of a raw string, or of the `r#` of a raw word.
fn raw_string(text: &str, prefix: usize) -> usize {
    let hashes = text[prefix..].bytes().take_while(|c| *c == b'#').count();
    let open = prefix + hashes;
    if !text[open..].starts_with('"') {
        return open;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    text[open + 1..].find(&close).map_or(text.len(), |at| open + 1 + at + close.len())
}

/// The length of a character, or of the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut inside = text.char_indices().skip(1);
    match inside.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |at| 3 + at + 1),
        Some(_) => match inside.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
