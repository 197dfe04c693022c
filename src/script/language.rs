//! In what a script is written: by the ending of its name, else by its first line.

use std::path::Path;

/// What a script is written in, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python: it has requirements and an environment.
    Python,
    /// A shell: `sh`, `bash`, `dash`, `ksh`, `zsh`.
    Shell,
    /// Anything else that says in its first line by what it is run, or is a program.
    Other,
}

impl Language {
    /// That of a file with this name, and with this beginning when its name does not tell.
    pub fn of(path: &Path, beginning: &[u8]) -> Self {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("py" | "pyw") => Self::Python,
            Some("sh" | "bash" | "dash" | "ksh" | "zsh") => Self::Shell,
            _ => Self::of_shebang(beginning),
        }
    }

    /// The name of the file that is run, of a script that Tempo makes.
    pub const fn main(self) -> &'static str {
        match self {
            Self::Python => "main.py",
            Self::Shell => "main.sh",
            Self::Other => "main",
        }
    }

    fn of_shebang(beginning: &[u8]) -> Self {
        match interpreter(beginning).as_deref() {
            Some(name) if is_python(name) => Self::Python,
            Some("sh" | "bash" | "dash" | "ksh" | "zsh" | "ash") => Self::Shell,
            _ => Self::Other,
        }
    }
}

/// `python`, `python3`, `python3.12`; not `pythonista`.
fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// The name of the program that the first line of a file says it is run by, without its folder.
fn interpreter(beginning: &[u8]) -> Option<String> {
    let line = beginning.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let first = name(words.next()?);
    if first != "env" {
        return Some(first);
    }
    // `env -S python3 -u`, `env NAME=value python3`
    words.find(|word| !word.starts_with('-') && !word.contains('=')).map(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_its_ending_and_else_by_its_first_line() {
        for (name, beginning, expected) in [
            ("main.py", "", Language::Python),
            ("MAIN.PY", "#!/bin/sh\n", Language::Python),
            ("job", "#!/usr/bin/env python3\nprint(1)", Language::Python),
            ("job", "#! /usr/bin/env -S python3.12 -u", Language::Python),
            ("job", "#!/opt/venv/bin/python\r\n", Language::Python),
            ("job.sh", "", Language::Shell),
            ("job", "#!/bin/bash -eu\n", Language::Shell),
            ("job", "#!/usr/bin/env LANG=C zsh\n", Language::Shell),
            ("job.rb", "#!/usr/bin/env ruby\n", Language::Other),
            ("job", "#!/usr/bin/pythonista\n", Language::Other),
            ("job", "\u{7f}ELF", Language::Other),
            ("job", "#!", Language::Other),
            ("job", "", Language::Other),
        ] {
            assert_eq!(Language::of(Path::new(name), beginning.as_bytes()), expected, "{name} {beginning:?}");
        }
    }
}
