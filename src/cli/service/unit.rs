//! The unit file of the service: its text, and whether a person has changed it.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::config::Paths;

/// Its name, as `systemctl` has it.
pub(super) const NAME: &str = "tempo.service";

const TEMPLATE: &str = include_str!("../../../assets/tempo.service");
/// Begins the last line, which tells a file as it was written from one that was changed since.
const SEAL: &str = "# as written: ";

/// Variables that say where the files are, when there is no home folder for all of them.
const FOLDERS: &[&str] = &["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];

/// What is at the place of the unit file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file as this or another version of Tempo wrote it.
    Ours(String),
    /// Anything else: what a person wrote or changed, or a link.
    Foreign,
}

/// Where the unit files of this user are.
pub(super) fn path() -> Option<PathBuf> {
    let folder = absolute_variable("XDG_CONFIG_HOME").or_else(|| Some(std::env::home_dir()?.join(".config")))?;
    Some(folder.join("systemd/user").join(NAME))
}

/// The text that runs this program on these files.
pub(super) fn text(program: &Path, paths: &Paths) -> String {
    let variables: Vec<(&str, PathBuf)> = match paths.home() {
        Some(home) => vec![("TEMPO_HOME", home.to_owned())],
        None => FOLDERS.iter().filter_map(|name| Some((*name, absolute_variable(name)?))).collect(),
    };
    let line = |(name, value): (&str, PathBuf)| quoted(&format!("{name}={}", value.display()));
    let environment = variables.into_iter().fold(String::new(), |all, one| all + "Environment=" + &line(one) + "\n");
    let program = quoted(&program.display().to_string());
    seal(&TEMPLATE.replace("@PROGRAM@", &program).replace("@ENVIRONMENT@", &environment))
}

/// The program that a unit of ours runs.
pub(super) fn program(text: &str) -> Option<PathBuf> {
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=\""))?;
    let path = line.strip_suffix("\" daemon")?;
    Some(path.replace("%%", "%").replace("\\\"", "\"").replace("\\\\", "\\").into())
}

/// Looks at the place.
pub(super) fn find(path: &Path) -> io::Result<Found> {
    if path.is_symlink() {
        return Ok(Found::Foreign);
    }
    match fs::read(path) {
        Ok(bytes) => Ok(match String::from_utf8(bytes) {
            Ok(text) if is_sealed(&text) => Found::Ours(text),
            _ => Found::Foreign,
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(e) => Err(e),
    }
}

/// Writes it, whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("service.new");
    let mut file = fs::File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)
}

fn absolute_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// One word of systemd.syntax(7), in which `%` begins a specifier.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

fn seal(text: &str) -> String {
    format!("{text}{SEAL}{:016x}\n", sum(text))
}

fn is_sealed(text: &str) -> bool {
    text.rfind(SEAL).is_some_and(|at| text == seal(&text[..at]))
}

/// FNV-1a, which stays the same from version to version.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_the_unit_runs_this_program_on_these_files_and_leaves_runs_alone() {
        let text = text(Path::new("/opt/100% \"free\"/tempo"), &Paths::under(Path::new("/srv/my tempo")));
        assert!(text.contains("\nExecStart=\"/opt/100%% \\\"free\\\"/tempo\" daemon\n"), "{text}");
        assert!(text.contains("\nEnvironment=\"TEMPO_HOME=/srv/my tempo\"\n"), "{text}");
        assert!(text.contains("\nKillMode=process\n") && text.contains("\nRestart=on-failure\n"), "{text}");
        assert_eq!(program(&text), Some(PathBuf::from("/opt/100% \"free\"/tempo")));
    }

    #[test]
    fn a_unit_that_was_changed_is_told_from_one_that_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("systemd/user/tempo.service");
        assert_eq!(find(&path).unwrap(), Found::Nothing);
        let text = text(Path::new("/usr/bin/tempo"), &Paths::under(Path::new("/h")));
        write(&path, &text).unwrap();
        assert_eq!(find(&path).unwrap(), Found::Ours(text.clone()));
        for changed in [text.replace("RestartSec=2", "RestartSec=60"), format!("{text}# mine\n"), "[Service]\n".into()]
        {
            fs::write(&path, changed).unwrap();
            assert_eq!(find(&path).unwrap(), Found::Foreign);
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert_eq!(find(&path).unwrap(), Found::Foreign);
    }
}
