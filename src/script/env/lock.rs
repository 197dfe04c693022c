//! The lock of a script: the versions that its environment is made of, in a file beside it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::folder::Marker;
use super::requirements::{Requirements, WrongRequirements};

/// What the line begins with that says from what it was resolved.
const ASKED: &str = "# asked: ";

/// What a lock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lock {
    /// The file.
    pub(super) path: PathBuf,
    /// What is to be installed.
    pub(super) requirements: Requirements,
    /// A hash of what was asked for when it was made; empty when it does not say.
    pub(super) asked: String,
}

/// The file of the lock: `requirements.lock` in a folder that is the script's own, else `<script>.requirements.lock`.
pub(super) fn path(script: &Path, own_folder: bool) -> PathBuf {
    if own_folder {
        return script.with_file_name("requirements.lock");
    }
    let mut name = script.file_name().unwrap_or_default().to_owned();
    name.push(".requirements.lock");
    script.with_file_name(name)
}

/// Reads a lock; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Lock>, WrongRequirements> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(WrongRequirements { path: path.to_owned(), what: super::interpreter::plain(&e) }),
    };
    let asked = text.lines().find_map(|line| line.strip_prefix(ASKED)).unwrap_or_default().trim().to_owned();
    Ok(Some(Lock { path: path.to_owned(), requirements: Requirements::read(path)?, asked }))
}

/// The text of the lock of an environment.
pub fn text(task: &str, marker: &Marker) -> String {
    let mut text = format!(
        "# The versions that `{task}` runs with, as resolved with Python {}. `tempo env {task} lock` makes it anew;\n\
         # without this file they are resolved from the requirements again.\n{ASKED}{}\n",
        marker.version, marker.asked
    );
    for package in &marker.packages {
        let line = package.source.clone().unwrap_or_else(|| format!("{}=={}", package.name, package.version));
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::folder::Package;
    use super::*;

    #[test]
    fn a_lock_is_read_back_as_what_it_was_made_from() {
        let folder = tempfile::tempdir().unwrap();
        let package = |name: &str, source: Option<&str>| Package {
            name: name.to_owned(),
            version: "1.2".to_owned(),
            source: source.map(str::to_owned),
        };
        let marker = Marker {
            key: "k".to_owned(),
            python: PathBuf::from("/usr/bin/python3.12"),
            version: "3.12.1".to_owned(),
            builder: "pip".to_owned(),
            locked: false,
            asked: "0123".to_owned(),
            packages: vec![package("rich", None), package("x", Some("x @ git+https://h/x@abc"))],
        };
        let script = folder.path().join("main.py");
        let own = path(&script, true);
        assert_eq!(read(&own).unwrap(), None);
        fs::write(&own, text("etl", &marker)).unwrap();
        let lock = read(&own).unwrap().unwrap();
        assert_eq!(lock.asked, "0123");
        assert_eq!(lock.requirements.lines, ["rich==1.2", "x @ git+https://h/x@abc"]);
        assert!(own.ends_with("requirements.lock"));
        assert!(path(&script, false).ends_with("main.py.requirements.lock"));
    }
}
