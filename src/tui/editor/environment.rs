//! The environment of a script as a text to look at: the tab behind its files.

use std::fmt::Write as _;

use crate::domain::environment::{Environment, State};
use crate::script::env::{self, Ready};

/// What the tab is called.
pub const NAME: &str = "environment";

/// What is known of an environment, one fact a line, then its packages. Reads its folder.
pub fn text(known: &Environment, slug: &str) -> String {
    let folder = known.folder.as_ref().filter(|_| known.state == State::Ready);
    written(known, slug, folder.and_then(|folder| env::read(folder)).as_ref())
}

fn written(known: &Environment, slug: &str, ready: Option<&Ready>) -> String {
    let mut text = format!("state        {}\n", known.state);
    let mut fact = |name: &str, value: &str| {
        // A reason may have several lines.
        for (n, line) in value.lines().enumerate() {
            let _ = writeln!(text, "{:<12} {line}", if n == 0 { name } else { "" });
        }
    };
    if let Some(reason) = &known.reason {
        fact("reason", reason);
    }
    if let Some(run) = known.run {
        fact("built by", &format!("#{run}: its log is what was said"));
    }
    if let Some(version) = &known.version {
        let path = known.python.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
        fact("python", &format!("{version}{path}"));
    }
    if known.state == State::Ready || known.locked {
        fact(
            "lock",
            &match (known.locked, known.drift) {
                (true, true) => format!(
                    "older than the requirements, and is what is installed\n`tempo env {slug} lock` locks them anew"
                ),
                (true, false) => "is that of the requirements".to_owned(),
                (false, _) => format!("none: `tempo env {slug} lock` writes the versions down"),
            },
        );
    }
    if let Some(ready) = ready {
        fact("built with", &ready.marker.builder);
        fact("folder", &ready.folder.display().to_string());
        let packages = &ready.marker.packages;
        fact("packages", &packages.len().to_string());
        let widest = packages.iter().map(|package| package.name.chars().count()).max().unwrap_or_default();
        for package in packages {
            let source = package.source.as_ref().map(|source| format!("  {source}")).unwrap_or_default();
            let _ = writeln!(text, "  {:<widest$}  {}{source}", package.name, package.version);
        }
    } else if known.state == State::Ready {
        fact("folder", &format!("is gone: the next run, or `tempo env {slug} build`, makes it again"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::{RunId, TaskId};
    use crate::script::env::{Marker, Package};

    #[test]
    fn an_environment_is_said_with_its_packages_and_a_failed_one_with_its_reason() {
        let mut known = Environment {
            task: TaskId(1),
            state: State::Ready,
            key: Some("k".to_owned()),
            python: Some(PathBuf::from("/usr/bin/python3.12")),
            version: Some("3.12.1".to_owned()),
            folder: Some(PathBuf::from("/envs/k-7")),
            packages: Some(2),
            locked: true,
            drift: true,
            run: Some(RunId(7)),
            reason: None,
            changed_at: Timestamp::UNIX_EPOCH,
        };
        let package =
            |name: &str, version: &str| Package { name: name.to_owned(), version: version.to_owned(), source: None };
        let ready = Ready {
            folder: PathBuf::from("/envs/k-7"),
            marker: Marker {
                key: "k".to_owned(),
                python: PathBuf::from("/usr/bin/python3.12"),
                version: "3.12.1".to_owned(),
                builder: "uv".to_owned(),
                locked: true,
                asked: "a".to_owned(),
                packages: vec![package("idna", "3.10"), package("requests", "2.32.5")],
            },
        };
        let facts = [
            "state        ready",
            "built by     #7: its log is what was said",
            "python       3.12.1 (/usr/bin/python3.12)",
            "lock         older than the requirements, and is what is installed",
            "             `tempo env job lock` locks them anew",
            "built with   uv",
            "folder       /envs/k-7",
            "packages     2",
            "  idna      3.10",
            "  requests  2.32.5",
        ];
        assert_eq!(written(&known, "job", Some(&ready)).lines().collect::<Vec<_>>(), facts);
        let gone = written(&known, "job", None);
        assert!(gone.contains("folder       is gone: the next run, or `tempo env job build`"), "{gone}");
        (known.state, known.reason) = (State::Failed, Some("ERROR: No match\nfor x==9".to_owned()));
        (known.locked, known.folder) = (false, None);
        let facts = [
            "state        failed",
            "reason       ERROR: No match",
            "             for x==9",
            "built by     #7: its log is what was said",
            "python       3.12.1 (/usr/bin/python3.12)",
        ];
        assert_eq!(written(&known, "job", None).lines().collect::<Vec<_>>(), facts);
    }
}
