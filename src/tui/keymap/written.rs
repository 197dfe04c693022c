//! What is written down of the keys: `assets/keys.toml` and the tables of the README, made from the table and held equal to it.
//!
//! `TEMPO_UPDATE=1 cargo test --lib keymap` writes both anew.

use std::fmt::Write as _;
use std::path::Path;

use super::file;
use crate::tui::action::{self, Spec};

/// The groups, in the order of the table, each with its rows.
fn groups() -> Vec<(&'static str, Vec<Spec>)> {
    // Whoever looks for keys begins with those that hold in all lists.
    const FIRST: [&str; 4] = ["Tasks", "Move", "Panes", "Everywhere"];
    let mut groups: Vec<(&str, Vec<Spec>)> = Vec::new();
    for spec in action::all() {
        match groups.iter_mut().find(|(group, _)| *group == spec.group) {
            Some((_, rows)) => rows.push(spec),
            None => groups.push((spec.group, vec![spec])),
        }
    }
    groups.sort_by_key(|(group, _)| FIRST.iter().position(|first| first == group).unwrap_or(FIRST.len()));
    groups
}

/// A `keys.toml` that changes nothing: every action with its keys, as comments.
fn file() -> String {
    let mut text = "\
# The keys of the dashboard. Copy this to keys.toml beside config.toml, and take the # away where you want another key;
# `tempo config check` says what is wrong with it, and a running dashboard takes it up when it is saved.
#
#   \"task.run\" = \"r\"                  one key: j, G, Ctrl-r, Alt-x, F5, Space, Enter, PgDn
#   \"task.delete\" = [\"D\", \"g d\"]      several; \"g d\" is a chord: g, then d
#   \"task.add\" = \"none\"               no key: it stays in the palette and in the help
#
# Your key goes before the one that Tempo gave to something else. Esc always goes one step back, and the keys of text
# prompts are the same everywhere: neither can be changed.
"
    .to_owned();
    for (group, rows) in groups() {
        let _ = write!(text, "\n# {group}\n");
        for spec in rows.iter().filter(|spec| !file::is_core(spec)) {
            let quoted: Vec<String> = spec.keys.iter().map(|key| format!("{key:?}")).collect();
            let keys = match quoted.as_slice() {
                [] => "\"none\"".to_owned(),
                [one] => one.clone(),
                more => format!("[{}]", more.join(", ")),
            };
            let binding = format!("# \"{}\" = {keys}", spec.id);
            let _ = writeln!(text, "{binding:<48} # {}", spec.title);
        }
    }
    text
}

/// The tables of the README: a table a group.
fn markdown() -> String {
    let mut text = String::new();
    for (group, rows) in groups() {
        let _ = write!(text, "\n| key | {} |\n| --- | --- |\n", group.to_lowercase());
        for spec in rows {
            let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
            let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(" ") };
            let _ = writeln!(text, "| {} | {} |", keys.replace('|', "\\|"), spec.title.replace('|', "\\|"));
        }
    }
    text
}

/// Compares a file with what it should be, or writes it when `TEMPO_UPDATE` is set.
#[track_caller]
fn hold(path: &str, wanted: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let wanted = wanted(&found);
    if std::env::var_os("TEMPO_UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        let differs = found.lines().zip(wanted.lines()).find(|(a, b)| a != b);
        assert!(
            found == wanted,
            "{} is not up to date: TEMPO_UPDATE=1 cargo test --lib keymap\n{differs:?}",
            path.display()
        );
    }
}

#[test]
fn ux_43_the_file_of_all_keys_is_the_table_and_changes_nothing() {
    hold("assets/keys.toml", |_| file());
    // Every line that is a comment only for its binding, without the mark of the comment.
    let lines: Vec<String> = file().lines().map(|line| line.replacen("# \"", "\"", 1)).collect();
    let text = lines.join("\n");
    let (map, problems) = super::Keymap::read(&text);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(map, super::Keymap::default());
}

#[test]
fn ux_43_the_tables_of_the_readme_are_the_table() {
    const BEGIN: &str = "<!-- keys -->\n";
    const END: &str = "\n<!-- /keys -->";
    hold("README.md", |readme| {
        let (before, rest) = readme.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        format!("{before}{BEGIN}{}{END}{after}", markdown())
    });
}
