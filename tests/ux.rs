//! The table of `tests/ux.md`: each statement of the UX bar, and the tests that prove it. A row that names a test that does not
//! exist, or one of another kind only, fails.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The kind of each statement, from the first to the last: P the program in a pseudo-terminal, S a screen, T tmux, U a unit.
const KINDS: &str = "PPPPP PPPPP PP PPPPP PPPPP PPP SSS PPPP SPTPS PPPPU UPPP PPPP SPP";

/// A row of the table.
struct Row {
    number: usize,
    kind: String,
    tests: Vec<String>,
    /// Why it is not met, wholly or in part.
    open: Option<String>,
}

#[test]
fn every_statement_has_a_row_with_tests_that_exist_and_are_of_its_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = tests(root);
    let rows = rows(&fs::read_to_string(root.join("tests/ux.md")).unwrap());
    let kinds: Vec<char> = KINDS.chars().filter(|c| !c.is_whitespace()).collect();
    assert_eq!(rows.len(), kinds.len(), "rows");
    assert!(tests.len() > 500, "only {} tests", tests.len());
    let mut wrong = Vec::new();
    for (row, (number, kind)) in rows.iter().zip((1..).zip(&kinds)) {
        wrong.extend(faults(row, number, *kind, &tests));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_row_may_not_say_is_found() {
    let tests: BTreeMap<String, Vec<PathBuf>> = [("ux_1_p", "tests/pty/quiet.rs"), ("ux_1_u", "src/tui/screen.rs")]
        .map(|(name, file)| (name.to_owned(), vec![PathBuf::from(file)]))
        .into();
    for (row, right) in [
        ("| 1 | P | still | `ux_1_p` |", true),
        ("| 1 | P | still | `ux_1_u`, `ux_1_p` |", true),
        ("| 1 | P | still | `ux_1_u` |", false),
        ("| 1 | P | still | `ux_1_u`; not met: nobody has measured it |", true),
        ("| 1 | P | still | not met: nobody has measured it |", true),
        ("| 1 | P | still | not met: |", false),
        ("| 1 | P | still | |", false),
        ("| 1 | P | still | `ux_1_p`, `ux_1_gone` |", false),
        ("| 1 | S | still | `ux_1_u` |", false),
        ("| 2 | P | still | `ux_1_p` |", false),
    ] {
        let rows = rows(row);
        assert_eq!(faults(&rows[0], 1, 'P', &tests).is_empty(), right, "{row}");
    }
}

/// What is wrong with a row.
fn faults(row: &Row, number: usize, kind: char, tests: &BTreeMap<String, Vec<PathBuf>>) -> Vec<String> {
    let mut wrong = Vec::new();
    if row.number != number || row.kind != kind.to_string() {
        wrong.push(format!("statement {number} ({kind}) stands as {} ({})", row.number, row.kind));
    }
    for test in row.tests.iter().filter(|test| !tests.contains_key(*test)) {
        wrong.push(format!("statement {number}: there is no test {test}"));
    }
    let of_kind = |test: &String| tests.get(test).is_some_and(|files| files.iter().any(|file| is_of_kind(file, kind)));
    match &row.open {
        Some(why) if why.is_empty() => wrong.push(format!("statement {number} is not met, and why is not said")),
        None if !row.tests.iter().any(of_kind) => {
            wrong.push(format!("statement {number} has no test of its kind {kind}"));
        }
        Some(_) | None => {}
    }
    wrong
}

/// Whether tests of a file are of the kind.
fn is_of_kind(file: &Path, kind: char) -> bool {
    match kind {
        'P' => file.starts_with("tests/pty"),
        'T' => file.starts_with("tests/pty/tmux.rs") || file.starts_with("tests/tmux"),
        'S' => file.starts_with("src/tui"),
        _ => file.starts_with("src"),
    }
}

/// The rows of the table: `| number | kind | statement | proof |`, where tests stand in backticks and what is open behind
/// `not met:`.
fn rows(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        let (kind, proof) = (cells.get(1)?, cells.get(3).unwrap_or(&""));
        let (named, open) = match proof.split_once("not met:") {
            Some((named, why)) => (named, Some(why.trim().to_owned())),
            None => (*proof, None),
        };
        let tests = named.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some(Row { number, kind: (*kind).to_owned(), tests, open })
    };
    text.lines().filter_map(row).collect()
}

/// All tests by name, with the files in which they are, relative to the root.
fn tests(root: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let file = path.strip_prefix(root).unwrap().to_owned();
                let mut is_test = false;
                for line in text.lines().map(str::trim) {
                    if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) {
                        let name = rest.split(['(', '<']).next().unwrap_or_default();
                        found.entry(name.to_owned()).or_default().push(file.clone());
                    }
                    is_test = line == "#[test]" || (is_test && line.starts_with("#["));
                }
            }
        }
    }
    found
}
