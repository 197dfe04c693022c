//! The interpreters of this machine: where they lie, and what each says of itself when it is asked.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::python::Release;

/// What an interpreter is asked with.
const ASK: &str = include_str!("../../../assets/env/ask.py");

/// An interpreter that says nothing for so long is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many are asked at the same time.
const AT_ONCE: usize = 8;

/// One that is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// The program itself: links, shims and virtual environments are followed to it.
    pub path: PathBuf,
    /// Its version.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub version: Release,
    /// `cpython`, `pypy`.
    pub implementation: String,
    /// It can make environments at all; Debian and Ubuntu have that in a package of its own.
    pub has_venv: bool,
    /// It can make environments with pip in them.
    pub has_pip: bool,
}

fn as_text<S: serde::Serializer>(version: &Release, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(version)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Release, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// Where interpreters and `uv` are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// Folders of pyenv and uv, with a folder for each version.
    pub versions: Vec<PathBuf>,
    /// Folders beside `PATH`.
    pub more: Vec<PathBuf>,
    /// Files of which another content makes an interpreter answer differently.
    pub switches: Vec<PathBuf>,
}

impl Places {
    /// Those of this process, with another `PATH` when it is given.
    pub fn of_process(path: Option<&OsStr>) -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = std::env::home_dir();
        let below = |folder: &str| home.as_ref().map(|home| home.join(folder));
        let pyenv = variable("PYENV_ROOT").map(PathBuf::from).or_else(|| below(".pyenv"));
        let data = variable("XDG_DATA_HOME").map(PathBuf::from).or_else(|| below(".local/share"));
        let uv =
            variable("UV_PYTHON_INSTALL_DIR").map(PathBuf::from).or_else(|| data.map(|data| data.join("uv/python")));
        let path = path.map(OsStr::to_owned).or_else(|| variable("PATH"));
        let opt = fs::read_dir("/opt").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
        let fixed = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin"];
        Self {
            path: path
                .map(|path| std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect())
                .unwrap_or_default(),
            versions: pyenv
                .iter()
                .map(|root| root.join("versions"))
                .chain(uv)
                .chain([PathBuf::from("/opt/python")])
                .collect(),
            more: fixed.iter().map(PathBuf::from).chain(below(".local/bin")).chain(opt).collect(),
            switches: pyenv.into_iter().map(|root| root.join("version")).collect(),
        }
    }

    /// The first program of this name in `PATH`.
    pub fn in_path(&self, name: &str) -> Option<PathBuf> {
        self.path.iter().map(|folder| folder.join(name)).find(|file| is_program(file))
    }

    /// Every file that may be an interpreter, the ones of `PATH` first.
    fn candidates(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for folder in self.path.iter().chain(&self.more) {
            all.extend(pythons_in(folder));
        }
        for versions in &self.versions {
            for version in fs::read_dir(versions).into_iter().flatten().flatten() {
                all.extend(pythons_in(&version.path().join("bin")));
            }
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|path| seen.insert(path.clone()));
        all
    }
}

/// `python3`, `python` and `python3.12` of a folder.
fn pythons_in(folder: &Path) -> Vec<PathBuf> {
    let is_python = |name: &str| {
        let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
        version.is_some_and(|version| {
            matches!(version, "" | "3")
                || version
                    .strip_prefix("3.")
                    .is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_python))
        .map(|entry| entry.path())
        .filter(|path| is_program(path))
        .collect();
    found.sort();
    found
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// An interpreter, and as what it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it said.
    pub interpreter: Interpreter,
    /// The paths that lead to it, the ones of `PATH` first.
    pub names: Vec<PathBuf>,
}

/// What an answer depends on: when the program and the files that switch it were changed.
type Stamp = Vec<Option<SystemTime>>;

/// What a program says that it is, or why it is no interpreter, in words.
type Answer = Result<Interpreter, String>;

/// Asks interpreters, each once as long as it stays the same.
#[derive(Debug, Default)]
pub struct Registry {
    answers: Mutex<HashMap<PathBuf, (Stamp, Answer)>>,
}

impl Registry {
    /// What a program says that it is; why it is no interpreter, in words. Starts it, unless it was asked before.
    pub fn ask(&self, program: &Path, places: &Places) -> Answer {
        let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let stamp: Stamp =
            std::iter::once(changed(program)).chain(places.switches.iter().map(|path| changed(path))).collect();
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, answer)) = answers().get(program)
            && *at == stamp
        {
            return answer.clone();
        }
        let answer = ask(program);
        answers().insert(program.to_owned(), (stamp, answer.clone()));
        answer
    }

    /// Every interpreter that is found, the newest first.
    pub fn all(&self, places: &Places) -> Vec<Found> {
        let candidates = places.candidates();
        let mut by_path: BTreeMap<PathBuf, Found> = BTreeMap::new();
        for some in candidates.chunks(AT_ONCE) {
            let answers: Vec<_> = std::thread::scope(|scope| {
                let asked: Vec<_> = some.iter().map(|path| scope.spawn(|| self.ask(path, places))).collect();
                asked.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(String::new()))).collect()
            });
            for (path, answer) in some.iter().zip(answers) {
                let Ok(interpreter) = answer else { continue };
                let key = interpreter.path.clone();
                let found = by_path.entry(key).or_insert_with(|| Found { interpreter, names: Vec::new() });
                found.names.push(path.clone());
            }
        }
        let mut all: Vec<Found> = by_path.into_values().collect();
        all.sort_by(|a, b| b.interpreter.version.cmp(&a.interpreter.version));
        all
    }
}

/// Asks one, without what the environment or the working folder would make of it.
fn ask(program: &Path) -> Answer {
    let failed = |e: io::Error| format!("{}: {}", program.display(), plain(&e));
    let mut child = Command::new(program)
        .args(["-I", "-c", ASK])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (sender, receiver) = mpsc::channel();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // It ends with the program, which is ended when it takes too long.
    std::thread::spawn(move || {
        let (mut out, mut err) = (String::new(), String::new());
        let read = stdout.map_or(Ok(0), |mut pipe| pipe.read_to_string(&mut out));
        let _ = stderr.map_or(Ok(0), |mut pipe| pipe.read_to_string(&mut err));
        let _ = sender.send(read.map(|_| (out, err)));
    });
    let said = receiver.recv_timeout(PATIENCE);
    if said.is_err() {
        // It may have ended just now.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    let (out, err) = match said {
        Ok(said) => said.map_err(failed)?,
        Err(_) => return Err(format!("{} says nothing for {} s", program.display(), PATIENCE.as_secs())),
    };
    match serde_json::from_str::<Interpreter>(out.trim()) {
        Ok(interpreter) if status.success() => Ok(interpreter),
        _ => {
            // Another program may say what it was asked, which is of no use.
            let is_echo = |line: &str| line.contains("import sys");
            let word = err.lines().map(str::trim).find(|line| !line.is_empty()).filter(|line| !is_echo(line));
            let word = word.unwrap_or("it is not Python 3");
            Err(format!("{}: {word}", program.display()))
        }
    }
}

/// What the system said, without Rust's error number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn says(path: &Path, version: &str) -> String {
        format!(
            "#!/bin/sh\necho x >> {}.asked\necho '{{\"path\": \"{}\", \"version\": \"{version}\", \"implementation\": \"cpython\", \"has_venv\": true, \"has_pip\": true}}'\n",
            path.display(),
            path.display()
        )
    }

    #[test]
    fn interpreters_are_found_in_every_place_asked_once_and_again_when_they_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let real = at("versions/3.12.1/bin/python3.12");
        program(&real, &says(&real, "3.12.1"));
        std::os::unix::fs::symlink(&real, at("versions/3.12.1/bin/python3")).unwrap();
        // A shim that leads to it, one that refuses, and what only looks like one.
        program(&at("shims/python3"), &format!("#!/bin/sh\nexec {} \"$@\"\n", real.display()));
        program(&at("shims/python3.9"), "#!/bin/sh\necho 'pyenv: python3.9: command not found' >&2\nexit 127\n");
        program(&at("shims/python3-config"), "#!/bin/sh\n");
        fs::write(at("shims/python3.10"), "no program").unwrap();
        let other = at("usr/python3.8");
        program(&other, &says(&other, "3.8.18"));
        let places = Places {
            path: vec![at("shims")],
            versions: vec![at("versions"), at("none")],
            more: vec![at("usr")],
            switches: vec![at("version")],
        };
        let registry = Registry::default();
        let all = registry.all(&places);
        let shown: Vec<(String, usize)> =
            all.iter().map(|f| (f.interpreter.version.to_string(), f.names.len())).collect();
        assert_eq!(shown, [("3.12.1".to_owned(), 3), ("3.8.18".to_owned(), 1)]);
        assert_eq!(all[0].names[0], at("shims/python3"), "that of PATH first");
        let refused = registry.ask(&at("shims/python3.9"), &places).unwrap_err();
        assert!(refused.ends_with("pyenv: python3.9: command not found"), "{refused}");
        program(&at("usr/ls"), "#!/bin/sh\necho \"ls: cannot access '$*'\" >&2\nexit 2\n");
        assert!(registry.ask(&at("usr/ls"), &places).unwrap_err().ends_with("usr/ls: it is not Python 3"));
        let asked = || fs::read_to_string(at("usr/python3.8.asked")).unwrap().lines().count();
        registry.all(&places);
        assert_eq!(asked(), 1);
        fs::write(at("version"), "3.8").unwrap();
        registry.ask(&other, &places).unwrap();
        assert_eq!(asked(), 2, "what switches it has changed");
        program(&other, "#!/bin/sh\nexit 1\n");
        fs::File::open(&other).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(registry.ask(&other, &places).unwrap_err().contains("not Python 3"));
    }

    #[test]
    fn a_real_interpreter_says_where_it_is_also_from_within_an_environment() {
        let places = Places::of_process(None);
        let registry = Registry::default();
        let all = registry.all(&places);
        let Some(found) = all.iter().find(|found| found.interpreter.has_venv) else {
            panic!("no Python 3 with venv is found: {all:?}");
        };
        let folder = tempfile::tempdir().unwrap();
        let env = folder.path().join("env");
        let made = Command::new(&found.interpreter.path).args(["-m", "venv", "--without-pip"]).arg(&env).status();
        assert!(made.unwrap().success());
        let inside = registry.ask(&env.join("bin/python"), &places).unwrap();
        assert_eq!(inside.path, found.interpreter.path);
        assert_eq!(inside.version, found.interpreter.version);
    }
}
