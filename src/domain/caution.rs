//! What in a script deserves a second look: credentials in the text, `rm -rf` on a variable, input in a shell line, an open port.
//! It is said and never blocks; a line that ends with a comment `tempo: ok` was looked at.

use std::sync::LazyLock;

use regex::Regex;

/// In what a script is written, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// A shell.
    Shell,
    /// Anything else.
    Other,
}

impl Language {
    /// By the first line, else by the end of the name.
    pub fn of(name: &str, text: &str) -> Self {
        let first = text.lines().next().filter(|line| line.starts_with("#!")).unwrap_or_default();
        let program =
            first.split(['/', ' ']).rfind(|word| !word.is_empty() && !word.starts_with('-')).unwrap_or_default();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match (program, ending) {
            (program, _) if program.starts_with("python") || program.starts_with("pypy") => Self::Python,
            ("", "py") => Self::Python,
            ("sh" | "bash" | "dash" | "zsh" | "ksh" | "ash", _) | ("", "sh" | "bash" | "zsh") => Self::Shell,
            _ => Self::Other,
        }
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// The line, from 0.
    pub line: usize,
    /// Where in it, in bytes.
    pub column: usize,
    /// What, and what would be better.
    pub text: &'static str,
}

struct Rule {
    pattern: LazyLock<Option<Regex>>,
    language: Option<Language>,
    /// What else has to be so of what was found.
    also: fn(&str) -> bool,
    text: &'static str,
}

macro_rules! rule {
    ($language:expr, $pattern:literal, $text:literal) => {
        rule!($language, $pattern, |_| true, $text)
    };
    ($language:expr, $pattern:literal, $also:expr, $text:literal) => {
        Rule { pattern: LazyLock::new(|| Regex::new($pattern).ok()), language: $language, also: $also, text: $text }
    };
}

/// The first one of a line that matches is said.
static RULES: [Rule; 14] = [
    rule!(
        None,
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
        "a private key in the text: keep it in a file of its own, and name that"
    ),
    rule!(
        None,
        r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|glpat-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,})",
        "a token in the text: take it from a secret of the task (secrets=NAME=file:PATH)"
    ),
    rule!(
        None,
        r#"(?i)\b[a-z_]*(?:password|passwd|secret|api_?key|access_?key|auth_?token)\b["']?\s*[:=]\s*["'][^"'$<{\s]{4,}["']"#,
        "a credential in the text: take it from a secret of the task (secrets=NAME=file:PATH)"
    ),
    rule!(
        Some(Language::Shell),
        r"(?i)(?:^|\s)[a-z_]*(?:password|passwd|secret|api_?key|access_?key|token)=[a-z0-9_.+@!%^*=-]{8,}(?:[\s;]|$)",
        // Words without a digit are names: `password=required`.
        |found| found.contains(|c: char| c.is_ascii_digit()),
        "a credential in the text: take it from a secret of the task (secrets=NAME=file:PATH)"
    ),
    rule!(
        Some(Language::Shell),
        r#"\bcurl\s(?:[^|;&]*\s)?(?:-u|--user)[\s=]*["']?[^\s:"'$-][^\s:"'$]*:[^\s"'$<{]{3,}"#,
        "a password in a command line, where others can see it: take it from a secret of the task (secrets=NAME=file:PATH)"
    ),
    rule!(
        None,
        r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^@\s/$<{]{3,}@",
        "a password in an address: take it from a secret of the task (secrets=NAME=file:PATH)"
    ),
    rule!(
        Some(Language::Shell),
        r#"\brm\s+(?:--?[a-zA-Z-]*\s+)*-[a-zA-Z]*[rR][a-zA-Z]*\s+(?:--?[a-zA-Z-]*\s+)*["']?\$(?:[A-Za-z0-9_@*]+|\{\w+\})"#,
        "rm -r on a variable: where it is empty, all goes; write \"${NAME:?}\""
    ),
    rule!(
        Some(Language::Shell),
        r"\b(?:curl|wget)\b[^|]*\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b",
        "what is downloaded is executed: save it, check it, then run it"
    ),
    rule!(Some(Language::Shell), r#"\beval\s+["']?[^"'\s]*\$"#, "eval of a variable executes whatever it holds"),
    rule!(
        Some(Language::Python),
        r"\bshell\s*=\s*True\b",
        "shell=True executes whatever the text holds: give a list of arguments instead"
    ),
    rule!(
        Some(Language::Python),
        r"\bos\.(?:system|popen)\s*\(\s*(?:f[\x22']|[\x22'][^\x22]*[\x22']\s*\+|[A-Za-z_]\w*\s*[,)+]|[^)]*(?:%|\.format\())",
        "a shell line made of variables: use subprocess.run with a list of arguments"
    ),
    rule!(
        Some(Language::Python),
        r"\bshutil\.rmtree\s*\(\s*[A-Za-z_][\w.]*\s*[,)]",
        |found| !found.to_ascii_lowercase().contains("tmp") && !found.to_ascii_lowercase().contains("temp"),
        "rmtree of a variable: all goes that it holds; check first that it is below the folder that is meant"
    ),
    rule!(
        Some(Language::Shell),
        r"\bpython[0-9.]*\s+-m\s+http\.server\b[^|;&]*",
        |found| !found.contains("--bind") && !found.contains(" -b"),
        "a port that is open to the whole network: add --bind 127.0.0.1 when it is for this machine"
    ),
    rule!(
        None,
        r#"(?:\.bind\(\s*\(\s*["'](?:0\.0\.0\.0|::)?["']\s*,|\b(?:HTTPServer|TCPServer|ThreadingHTTPServer)\(\s*\(\s*["'](?:0\.0\.0\.0|::)?["']\s*,|\bhost\s*=\s*["']0\.0\.0\.0["']|\b(?:nc|ncat|netcat)\s+(?:-[a-zA-Z]+\s+)*-[a-zA-Z]*l)"#,
        "a port that is open to the whole network: bind to 127.0.0.1 when it is for this machine"
    ),
];

/// Lines behind this one are not looked at.
const MOST_LINES: usize = 20_000;
/// Longer lines are data.
const LONGEST: usize = 2000;
/// So many are enough.
const MOST: usize = 50;

/// What is to be looked at, from the top; at most one a line.
pub fn cautions(language: Language, text: &str) -> Vec<Caution> {
    let lines = text.lines().enumerate().take(MOST_LINES);
    let of_lines = lines.filter_map(|(at, line)| of_line(language, at, line));
    first_line(text).into_iter().chain(of_lines).take(MOST).collect()
}

/// A first line of which the line end becomes a part of the name of the program.
fn first_line(text: &str) -> Option<Caution> {
    let (first, _) = text.split_once('\n')?;
    let is_wrong = first.starts_with("#!") && first.ends_with('\r');
    is_wrong.then_some(Caution {
        line: 0,
        column: 0,
        text: "lines end as on Windows (CR LF): started by its first line, it would not find its program; save it with LF",
    })
}

fn of_line(language: Language, at: usize, line: &str) -> Option<Caution> {
    let code = line.trim_start();
    // A comment does nothing, but what is secret is secret in it, too.
    let is_comment = code.starts_with('#') && language != Language::Other;
    if line.len() > LONGEST || line.trim_end().ends_with("tempo: ok") {
        return None;
    }
    RULES.iter().find_map(|rule| {
        let fits = rule.language.is_none_or(|of| of == language && !is_comment);
        let found = rule.pattern.as_ref().filter(|_| fits)?.find(line).filter(|found| (rule.also)(found.as_str()))?;
        Some(Caution { line: at, column: found.start(), text: rule.text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: Language, line: &str) -> Option<&'static str> {
        cautions(language, line).first().map(|caution| caution.text)
    }

    #[test]
    fn every_pattern_can_be_read() {
        assert!(RULES.iter().all(|rule| rule.pattern.is_some()));
    }

    #[test]
    fn what_deserves_a_second_look_is_found() {
        use Language::{Python, Shell};
        for (language, line, about) in [
            (Shell, "-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
            (Python, "key = 'AKIAABCDEFGHIJKLMNOP'", "a token"),
            (Shell, "# ghp_abcdefghijklmnopqrstuvwxyz0123456789", "a token"),
            (Python, "db_password = \"hunter2hunter2\"", "a credential"),
            (Shell, "API_KEY='abcdef123456'", "a credential"),
            (Python, "{\"password\": \"hunter2\"}", "a credential"),
            (Shell, "pg_dump postgres://me:hunter2@db/app", "an address"),
            (Shell, "rm -rf $TARGET/old", "rm -r on"),
            (Shell, "  rm -r -fv -- \"${TARGET}\"/*", "rm -r on"),
            (Shell, "sudo rm -fr \"$1\"", "rm -r on"),
            (Shell, "curl -fsSL https://x.example/install | sudo bash", "downloaded"),
            (Shell, "eval \"$LINE\"", "eval"),
            (Python, "subprocess.run(line, shell=True)", "shell=True"),
            (Python, "os.system(f\"ls {folder}\")", "a shell line"),
            (Python, "os.system(line)", "a shell line"),
            (Python, "server.bind((\"\", 8000))", "a port"),
            (Python, "HTTPServer(('0.0.0.0', 80), Handler)", "a port"),
            (Shell, "nc -l 9000", "a port"),
            (Shell, "password=abcdefgh1", "a credential"),
            (Shell, "export TOKEN=abcdef1234567890abcd", "a credential"),
            (Shell, "curl -u me:secret https://x.example", "a password"),
            (Shell, "curl -fsS --user=me:secret https://x.example", "a password"),
            (Shell, "python3 -m http.server 9000", "a port"),
            (Python, "os.system(\"rm -rf \" + d)", "a shell line"),
            (Python, "shutil.rmtree(d)", "rmtree"),
            (Shell, "#!/bin/sh\r\necho\r\n", "lines end"),
            (Python, "#!/usr/bin/env python3\r\nprint()\r\n", "lines end"),
        ] {
            let said = said(language, line);
            let fits = said.is_some_and(|said| said.contains(about) || said.starts_with(about));
            assert!(fits, "{line}: {said:?}");
        }
    }

    #[test]
    fn what_is_harmless_or_was_looked_at_is_not() {
        use Language::{Python, Shell};
        for (language, line) in [
            (Shell, "rm -rf \"${TARGET:?}/old\""),
            (Shell, "rm -rf build"),
            (Shell, "rm -f $FILE"),
            (Shell, "# rm -rf $TARGET"),
            (Shell, "PASSWORD=\"$(cat /run/secret)\""),
            (Shell, "password=\"$PASSWORD\""),
            (Python, "password = os.environ['PASSWORD']"),
            (Python, "password = \"\""),
            (Python, "token_count = 'many words'"),
            (Python, "os.system('sync')"),
            (Python, "server.bind(('127.0.0.1', 8000))"),
            (Python, "rm = '-rf $x'"),
            (Shell, "curl -o f https://x.example/f && sh -n f"),
            (Shell, "git clone https://x.example/a.git"),
            (Shell, "rm -rf $TARGET  # tempo: ok"),
            (Shell, "password=required"),
            (Shell, "TOKEN=$(cat /run/token1)"),
            (Shell, "password=$1"),
            (Shell, "token_file=/run/secrets/token-1234"),
            (Shell, "TOKEN=/run/secrets/token-1234"),
            (Shell, "curl -u \"$USER:$PASSWORD\" https://x.example"),
            (Shell, "curl -u me https://x.example:8080/a"),
            (Shell, "python3 -m http.server --bind 127.0.0.1 9000"),
            (Python, "os.system('sync')"),
            (Python, "shutil.rmtree('build')"),
            (Python, "shutil.rmtree(tmp_folder)"),
            (Shell, "#!/bin/sh\necho\r\n"),
        ] {
            assert_eq!(said(language, line), None, "{line}");
        }
    }

    #[test]
    fn a_caution_names_its_line_and_column() {
        let found = cautions(Language::Shell, "#!/bin/sh\ncd /\n  rm -rf $X\n");
        assert_eq!(found.iter().map(|caution| (caution.line, caution.column)).collect::<Vec<_>>(), [(2, 2)]);
    }

    #[test]
    fn the_language_is_that_of_the_first_line_or_of_the_name() {
        assert_eq!(Language::of("main", "#!/usr/bin/env python3\n"), Language::Python);
        assert_eq!(Language::of("x.py", "#!/bin/bash -e\n"), Language::Shell);
        assert_eq!(Language::of("x.py", "print()\n"), Language::Python);
        assert_eq!(Language::of("x.pl", ""), Language::Other);
    }
}
