//! Secrets of a task (R9): a variable of its runs, and where its value is read when one starts. The value itself is nowhere here.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A variable whose value is read just before a run starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The variable of the run.
    pub name: String,
    /// Where its value is.
    pub source: Source,
}

/// Where the value of a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In this file, whose path is absolute.
    File(PathBuf),
    /// In this variable of the process that holds the engine.
    Env(String),
}

const FORMS: &str = "write NAME=file:/absolute/path or NAME=env:VARIABLE, several with ;";

/// Reads secrets, separated by `;` or line breaks: `TOKEN=file:/run/secrets/token; GH=env:GH_TOKEN`. They are sorted by name,
/// since their order says nothing. No error repeats what follows the `=`, which may be the value itself by mistake.
pub fn parse(text: &str) -> Result<Vec<Secret>, String> {
    let mut all: Vec<Secret> = Vec::new();
    for one in text.split([';', '\n']).map(str::trim).filter(|one| !one.is_empty()) {
        let secret = parse_one(one)?;
        if all.iter().any(|other| other.name == secret.name) {
            return Err(format!("{} is said twice", secret.name));
        }
        all.push(secret);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn parse_one(text: &str) -> Result<Secret, String> {
    let Some((name, source)) = text.split_once('=') else {
        return Err(format!("a secret is missing its source; {FORMS}"));
    };
    let (name, source) = (name.trim(), source.trim());
    if !is_variable(name) {
        return Err(format!("`{name}` is not the name of a variable; {FORMS}"));
    }
    let source = if let Some(path) = source.strip_prefix("file:") {
        let path = PathBuf::from(path.trim());
        if !path.is_absolute() {
            return Err(format!("{name}: the path of its file has to begin with /"));
        }
        Source::File(path)
    } else if let Some(variable) = source.strip_prefix("env:") {
        let variable = variable.trim();
        if !is_variable(variable) {
            return Err(format!("{name}: env: needs the name of a variable, as in {name}=env:{name}"));
        }
        Source::Env(variable.to_owned())
    } else {
        return Err(format!("{name}: says not where the value is; the value itself is never stored: {FORMS}"));
    };
    Ok(Secret { name: name.to_owned(), source })
}

/// Whether a shell can have a variable of this name.
fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The text that [`parse`] reads back.
pub fn format(secrets: &[Secret]) -> String {
    secrets.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.source)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(variable) => write!(f, "env:{variable}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_secrets_are_references_and_are_read_back() {
        let text = "TOKEN = file:/run/secrets/a token;GH=env:GH_TOKEN\n";
        let secrets = parse(text).unwrap();
        assert_eq!(format(&secrets), "GH=env:GH_TOKEN; TOKEN=file:/run/secrets/a token");
        assert_eq!(parse(&format(&secrets)), Ok(secrets));
        assert_eq!(parse(" ; "), Ok(Vec::new()));
    }

    #[test]
    fn x1_a_wrong_secret_is_refused_without_repeating_what_may_be_its_value() {
        for (text, expected) in [
            ("hunter2secret", "missing its source"),
            ("TOKEN=hunter2secret", "never stored"),
            ("TOKEN=file:hunter2secret", "begin with /"),
            ("TOKEN=env:hunter2-secret", "the name of a variable"),
            ("2TOKEN=env:A", "not the name of a variable"),
            ("A=env:B; A=env:C", "A is said twice"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
