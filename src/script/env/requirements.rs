//! What is to be installed: the lines of requirements files, with what they include, without what means nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Files that include each other are followed so deep.
const DEEPEST: usize = 10;

/// A requirements file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct WrongRequirements {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
}

/// What is to be installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// Lines for the installer, in order; a file that was included stands in place of its line.
    pub lines: Vec<String>,
    /// What files say that only constrain (`-c`): they cannot stand in the lines.
    pub constraints: Vec<String>,
}

impl Requirements {
    /// Reads a file and what it includes; nothing when it is not there.
    pub fn read(path: &Path) -> Result<Self, WrongRequirements> {
        let mut all = Self::default();
        match fs::read_to_string(path) {
            Ok(text) => all.add(path, &text, &mut vec![path.to_owned()])?,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(unreadable(path, &e)),
        }
        Ok(all)
    }

    /// Whether nothing is to be installed.
    pub fn is_empty(&self) -> bool {
        // Options alone, such as an index, install nothing.
        self.lines.iter().all(|line| line.starts_with('-') && !is_editable(line))
    }

    /// How many packages are named.
    pub fn count(&self) -> usize {
        self.lines.iter().filter(|line| !line.starts_with('-') || is_editable(line)).count()
    }

    /// The names of the packages that are named, as PEP 503 writes them.
    pub fn names(&self) -> BTreeSet<String> {
        self.lines.iter().filter(|line| !line.starts_with('-')).map(|line| name(line)).collect()
    }

    fn add(&mut self, path: &Path, text: &str, way: &mut Vec<PathBuf>) -> Result<(), WrongRequirements> {
        for (number, line) in lines(text) {
            let Some((constrains, file)) = included(&line) else {
                self.lines.push(line);
                continue;
            };
            if file.contains("://") {
                self.lines.push(line);
                continue;
            }
            // As pip has it: from the folder of the file that includes it.
            let file = path.parent().unwrap_or(Path::new("/")).join(file);
            let wrong =
                |what: String| WrongRequirements { path: path.to_owned(), what: format!("line {number}: {what}") };
            if way.contains(&file) || way.len() > DEEPEST {
                return Err(wrong(format!("{} includes itself", file.display())));
            }
            let text = fs::read_to_string(&file).map_err(|e| wrong(unreadable(&file, &e).to_string()))?;
            if constrains {
                self.constraints.extend(lines(&text).into_iter().map(|(_, line)| line));
                self.lines.push(format!("-c {}", file.display()));
            } else {
                way.push(file.clone());
                self.add(&file, &text, way)?;
                way.pop();
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> WrongRequirements {
    let text = error.to_string();
    let what = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    WrongRequirements { path: path.to_owned(), what: what.to_owned() }
}

/// The lines that mean something, with the numbers of the lines on which they begin: comments and empty ones are left out, and
/// those that go on behind a `\` are one.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (number, mut line) = open.take().unwrap_or((at + 1, String::new()));
        if let Some(begun) = raw.strip_suffix('\\').filter(|_| !is_comment(raw)) {
            line.push_str(begun);
            open = Some((number, line));
            continue;
        }
        line.push_str(raw);
        all.push((number, line));
    }
    all.extend(open);
    let mean = |(number, line): (usize, String)| {
        let line = without_comment(&line).split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then_some((number, line))
    };
    all.into_iter().filter_map(mean).collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A comment begins with `#` at the start of a line or behind a blank: in a URL it does not.
fn without_comment(line: &str) -> &str {
    let comment = line
        .char_indices()
        .find(|(at, c)| *c == '#' && line[..*at].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// The file that a line includes, and whether it only constrains.
fn included(line: &str) -> Option<(bool, &str)> {
    let options = [("--requirement", false), ("--constraint", true), ("-r", false), ("-c", true)];
    options.iter().find_map(|(option, constrains)| {
        let rest = line.strip_prefix(option)?;
        // `--requirement-x` is another option; `-rfile` is this one.
        if option.starts_with("--") && !rest.starts_with(['=', ' ']) {
            return None;
        }
        let file = rest.trim_start_matches('=').trim();
        (!file.is_empty()).then_some((*constrains, file))
    })
}

fn is_editable(line: &str) -> bool {
    line.starts_with("-e") || line.starts_with("--editable")
}

/// The name at the beginning of a requirement, normalised as in PEP 503.
pub(super) fn name(requirement: &str) -> String {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    let name = requirement[..end.unwrap_or(requirement.len())].to_ascii_lowercase();
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Vec<String> {
        lines(text).into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn what_means_nothing_is_left_out_and_the_order_stays() {
        let text = "\u{feff}# what for\n\nrich ==13.*   # tables\r\n  requests\n-e git+https://h/x#egg=x\nlong \\\n  >=2\n#off \\\nlast\n";
        assert_eq!(only(text), ["rich ==13.*", "requests", "-e git+https://h/x#egg=x", "long >=2", "last"]);
        assert_eq!(only("a \\"), ["a"]);
    }

    #[test]
    fn what_is_included_stands_in_place_of_its_line_and_constraints_count() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("more")).unwrap();
        fs::write(at("requirements.txt"), "a\n-r more/b.txt\n--constraint=c.txt\n-r https://h/r.txt\nz\n").unwrap();
        fs::write(at("more/b.txt"), "b\n--requirement d.txt\n").unwrap();
        fs::write(at("more/d.txt"), "d # x\n").unwrap();
        fs::write(at("c.txt"), "a<2\n").unwrap();
        let read = Requirements::read(&at("requirements.txt")).unwrap();
        let constraint = format!("-c {}", at("c.txt").display());
        assert_eq!(read.lines, ["a", "b", "d", &constraint, "-r https://h/r.txt", "z"]);
        assert_eq!((read.constraints.as_slice(), read.count()), (&["a<2".to_owned()][..], 4));
        assert_eq!(Requirements::read(&at("none.txt")).unwrap(), Requirements::default());
    }

    #[test]
    fn x1_what_cannot_be_included_is_named_with_its_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("requirements.txt");
        fs::write(&file, "a\n\n-r gone.txt\n").unwrap();
        let e = Requirements::read(&file).unwrap_err().to_string();
        assert!(e.contains("requirements.txt: line 3: ") && e.contains("gone.txt: No such file"), "{e}");
        fs::write(&file, "-r requirements.txt\n").unwrap();
        let e = Requirements::read(&file).unwrap_err().to_string();
        assert!(e.contains("line 1") && e.contains("includes itself"), "{e}");
        assert!(Requirements::read(folder.path()).is_err());
    }

    #[test]
    fn options_alone_install_nothing() {
        let of =
            |lines: &[&str]| Requirements { lines: lines.iter().map(|&l| l.to_owned()).collect(), constraints: vec![] };
        assert!(of(&[]).is_empty() && of(&["--index-url https://h"]).is_empty());
        assert!(!of(&["-e ."]).is_empty() && !of(&["a"]).is_empty());
        let names = of(&["Typing_Extensions>=4", "ruamel.yaml[x]; python_version < '4'", "-e ."]).names();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["ruamel-yaml", "typing-extensions"]);
    }
}
