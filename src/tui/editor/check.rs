//! What is wrong in a script, as far as its own language says so without running it: said, never in the way.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::syntax::{Language, interpreter};
use crate::domain::caution;

/// A checker may take so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// It may say so much, in bytes.
const MOST_SAID: u64 = 1 << 20;

/// Findings that are kept.
const MOST: usize = 500;

/// Shells that are asked themselves; any other is taken for `sh`.
const SHELLS: [&str; 5] = ["bash", "dash", "ksh", "zsh", "ash"];

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It will not run.
    Error,
    /// It may not do what was meant.
    Warning,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 0.
    pub row: usize,
    /// The character in it.
    pub col: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in one line.
    pub text: String,
}

/// Compiles what comes on its standard input and writes nothing, no `.pyc` either.
const PYTHON: &str = "import ast, json, sys, warnings
data = sys.stdin.buffer.read()
found = []
try:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        compile(data, 'script', 'exec', ast.PyCF_ONLY_AST if sys.version_info < (3, 8) else 0, True)
    found += [['w', w.lineno, 1, str(w.message)] for w in said]
except SyntaxError as e:
    found.append(['e', e.lineno or 1, e.offset or 1, e.msg])
except ValueError as e:
    found.append(['e', 1, 1, str(e)])
print(json.dumps(found))
";

/// What is wrong in a file with this content, and what in it deserves a second look, by line; and, when its checker cannot be started,
/// fails, or takes too long, why nobody knows whether it is right, in one line. `python` is the interpreter that it will run with.
pub fn check(path: &Path, bytes: &[u8], python: Option<&Path>) -> (Vec<Finding>, Option<String>) {
    let text = String::from_utf8_lossy(bytes);
    let (mut found, why) = match wrong(path, bytes, &text, python) {
        Ok(found) => (found, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    found.extend(cautions(path, &text));
    found.sort_by_key(|finding| (finding.row, finding.severity, finding.col));
    found.truncate(MOST);
    (found, why)
}

fn cautions(path: &Path, text: &str) -> Vec<Finding> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lines: Vec<&str> = text.lines().collect();
    let finding = |it: caution::Caution| {
        let before = lines.get(it.line).and_then(|line| line.get(..it.column)).unwrap_or_default();
        let (col, text) = (before.chars().count(), it.text.to_owned());
        Finding { row: it.line, col, severity: Severity::Warning, text }
    };
    caution::cautions(caution::Language::of(&name, text), text).into_iter().map(finding).collect()
}

fn wrong(path: &Path, bytes: &[u8], text: &str, python: Option<&Path>) -> Result<Vec<Finding>, String> {
    let first = text.lines().next().unwrap_or_default();
    let language = Language::of(path, first);
    match language.name.as_str() {
        "Python" => check_python(bytes, first, python),
        _ if language.is_shell() => check_shell(bytes, first),
        "TOML" => Ok(check_toml(text)),
        "JSON" => Ok(check_json(text)),
        _ => Ok(Vec::new()),
    }
}

fn check_python(bytes: &[u8], first: &str, python: Option<&Path>) -> Result<Vec<Finding>, String> {
    let named = interpreter(first).filter(|name| name.starts_with("python")).map(Path::new);
    let program = python.or(named).unwrap_or_else(|| Path::new("python3"));
    // Not from the folder of the script, nor with its neighbours: a check imports nothing of theirs.
    let mut command = Command::new(program);
    command.args(["-I", "-B", "-c", PYTHON]);
    let Said { out, err, .. } = run(command, bytes)?;
    let rows: Vec<(String, usize, usize, String)> = serde_json::from_str(&out).map_err(|_| {
        format!("{}: {}", program.display(), err.lines().last().unwrap_or("it did not check the script").trim())
    })?;
    let lines = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = lines.split('\n').collect();
    let finding = |(kind, line, col, text): (String, usize, usize, String)| {
        let row = line.saturating_sub(1).min(lines.len() - 1);
        let severity = if kind == "e" { Severity::Error } else { Severity::Warning };
        Finding { row, col: col.saturating_sub(1), severity, text }
    };
    Ok(rows.into_iter().map(finding).collect())
}

fn check_shell(bytes: &[u8], first: &str) -> Result<Vec<Finding>, String> {
    let named = interpreter(first).filter(|name| SHELLS.contains(name));
    let shell = named.unwrap_or("sh");
    let mut command = Command::new(shell);
    command.args(["-n"]);
    let Said { err, .. } = run(command, bytes)?;
    let mut found: Vec<Finding> = err.lines().filter_map(shell_line).collect();
    let known: BTreeSet<usize> = found.iter().map(|finding| finding.row).collect();
    let mut command = Command::new("shellcheck");
    let dialect = if matches!(shell, "bash" | "dash" | "ksh") { shell } else { "sh" };
    command.args(["-f", "json", "-s", dialect, "-"]);
    // It is there, or it is not.
    if shell != "zsh"
        && let Ok(Said { out, .. }) = run(command, bytes)
    {
        found.extend(
            shellcheck(&out)
                .into_iter()
                .filter(|finding| finding.severity == Severity::Warning || !known.contains(&finding.row)),
        );
    }
    Ok(found)
}

/// `sh: 3: Syntax error: ...` of dash, `bash: line 3: ...` of bash, `zsh: ...` alike.
fn shell_line(line: &str) -> Option<Finding> {
    let (_, rest) = line.split_once(": ")?;
    let rest = rest.strip_prefix("line ").unwrap_or(rest);
    let (number, text) = rest.split_once(": ")?;
    let row = number.parse::<usize>().ok()?.saturating_sub(1);
    // bash shows the line itself in a second one.
    (!text.starts_with('`')).then(|| Finding { row, col: 0, severity: Severity::Error, text: text.to_owned() })
}

#[derive(serde::Deserialize)]
struct Comment {
    line: usize,
    column: usize,
    level: String,
    code: u32,
    message: String,
}

fn shellcheck(json: &str) -> Vec<Finding> {
    let comments: Vec<Comment> = serde_json::from_str(json).unwrap_or_default();
    let finding = |c: Comment| Finding {
        row: c.line.saturating_sub(1),
        col: c.column.saturating_sub(1),
        severity: if c.level == "error" { Severity::Error } else { Severity::Warning },
        text: format!("{} (SC{})", c.message, c.code),
    };
    comments.into_iter().filter(|c| c.level != "style").map(finding).collect()
}

fn check_toml(text: &str) -> Vec<Finding> {
    let Err(e) = text.parse::<toml::Table>() else { return Vec::new() };
    let at = e.span().map_or(0, |span| span.start);
    vec![at_byte(text, at, e.message())]
}

fn check_json(text: &str) -> Vec<Finding> {
    let Err(e) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Vec::new() };
    let said = e.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let (row, col) = (e.line().saturating_sub(1), e.column().saturating_sub(1));
    vec![Finding { row, col, severity: Severity::Error, text: said.to_owned() }]
}

fn at_byte(text: &str, at: usize, said: &str) -> Finding {
    let before = text.get(..at).unwrap_or(text);
    let row = before.matches('\n').count();
    let col = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let text = said.lines().collect::<Vec<_>>().join(", ");
    Finding { row, col, severity: Severity::Error, text }
}

/// What a checker said.
struct Said {
    out: String,
    err: String,
}

/// Runs a checker with this on its standard input; it and what it started have an end after a while.
fn run(mut command: Command, bytes: &[u8]) -> Result<Said, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    let mut child = command.spawn().map_err(|e| format!("{name} cannot be started: {e}"))?;
    let group = Pid::from_child(&child);
    let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            // One that has seen enough does not read on.
            let _ = stdin.map(|mut stdin| stdin.write_all(bytes));
        });
        let out = scope.spawn(move || all_of(out));
        let err = scope.spawn(move || all_of(err));
        let late = scope.spawn(move || {
            let late = matches!(end.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Timeout));
            if late {
                let _ = kill_process_group(group, Signal::KILL);
            }
            late
        });
        let status = child.wait();
        // Whatever it started and left behind holds its streams open.
        let _ = kill_process_group(group, Signal::KILL);
        drop(ended);
        let text = |said: thread::ScopedJoinHandle<'_, String>| said.join().unwrap_or_default();
        let said = Said { out: text(out), err: text(err) };
        if late.join().unwrap_or_default() {
            return Err(format!("{name} took longer than {} s", PATIENCE.as_secs()));
        }
        status.map(|_| said).map_err(|e| format!("{name}: {e}"))
    })
}

fn all_of(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    // What came before an error counts.
    let _ = stream.map(|stream| stream.take(MOST_SAID).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<(usize, usize, Severity)> {
        let (found, why) = check(Path::new(name), text.as_bytes(), None);
        assert_eq!(why, None);
        found.iter().map(|f| (f.row, f.col, f.severity)).collect()
    }

    #[test]
    fn python_says_line_and_column_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.py");
        assert_eq!(check(&path, b"import os\nprint(1)\n", None), (Vec::new(), None));
        let (found, _) = check(&path, "x = 1\ndef f(:\n".as_bytes(), None);
        assert_eq!((found[0].row, found[0].col, found[0].severity), (1, 6, Severity::Error), "{found:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let (found, why) = check(&path, b"run(x, shell=True)", Some(Path::new("/none/python")));
        assert!(why.unwrap().starts_with("/none/python cannot be started"));
        assert_eq!(found.len(), 1, "what needs no interpreter is said all the same: {found:?}");
    }

    #[test]
    fn a_shell_says_the_line() {
        let (found, _) = check(Path::new("a.sh"), b"#!/bin/sh\nif true; then\necho\n", None);
        assert!(found.iter().any(|f| f.severity == Severity::Error && f.text.contains("yntax error")), "{found:?}");
        let (found, _) = check(Path::new("a"), b"#!/bin/bash\nx=(\n", None);
        assert!(!found.is_empty());
        assert_eq!(check(Path::new("a.sh"), b"echo hi\n", None), (Vec::new(), None));
    }

    #[test]
    fn what_deserves_a_second_look_is_a_warning_at_its_character_and_errors_come_first() {
        let text = "t = 'a'\nnaïve(1, shell=True)\nx = (shell=True\n";
        let (found, _) = check(Path::new("main.py"), text.as_bytes(), None);
        let cautions: Vec<_> = found.iter().filter(|f| f.text.starts_with("shell=True")).collect();
        assert_eq!(cautions.iter().map(|f| (f.row, f.col)).collect::<Vec<_>>(), [(1, 9), (2, 5)], "{found:?}");
        assert!(cautions.iter().all(|f| f.severity == Severity::Warning));
        assert_eq!(found.iter().find(|f| f.row == 2).map(|f| f.severity), Some(Severity::Error), "{found:?}");
        assert_eq!(found_in("requirements.txt", "--index-url https://me:hunter2@example.org/simple\n"), 1);
        assert_eq!(found_in("a.sh", "rm -rf \"$X\" # tempo: ok\n"), 0);
    }

    fn found_in(name: &str, text: &str) -> usize {
        found(name, text).len()
    }

    #[test]
    fn what_shellcheck_says_is_read() {
        let json = r#"[{"file":"-","line":3,"endLine":3,"column":4,"endColumn":6,"level":"warning","code":2086,"message":"Quote","fix":null}]"#;
        assert_eq!(
            shellcheck(json),
            [Finding { row: 2, col: 3, severity: Severity::Warning, text: "Quote (SC2086)".to_owned() }]
        );
    }

    #[test]
    fn toml_and_json_say_where_and_text_has_no_mistakes() {
        assert_eq!(found("a.toml", "a = 1\nb = = 2\n"), [(1, 4, Severity::Error)]);
        assert_eq!(found("a.toml", "a = 1\n"), []);
        assert_eq!(found("a.json", "{\n  \"a\": 1,\n}\n"), [(2, 0, Severity::Error)]);
        assert_eq!(found("a.json", "{}"), []);
        assert_eq!(found("requirements.txt", "== =="), []);
    }
}
