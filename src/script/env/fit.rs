//! What a script needs to run in, and whether it is there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::folder::{self, Package, Ready};
use super::header::header;
use super::interpreter::{Found, Interpreter, Places, Registry, plain};
use super::lock;
use super::requirements::Requirements;
use crate::domain::RunId;
use crate::domain::python::{Choice, Release, Requires};
use crate::domain::task::{Task, Work};
use crate::domain::version::Hash;
use crate::script::{Language, REQUIREMENTS};

/// Environments that were made in another way than now are made anew: with this number they have another key.
const FORMAT: &str = "1";

/// What makes an environment.
const BUILD: &str = include_str!("../../../assets/env/build.sh");

/// What says what is in one, and writes its marker.
const READY: &str = include_str!("../../../assets/env/ready.py");

/// What is known of a script whose environment is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The slug of its task, which is the name of the folder of its environments.
    pub slug: String,
    /// The script.
    pub script: PathBuf,
    /// The interpreter that its task names.
    pub python: Option<Choice>,
    /// The `PATH` of its task, when it has one of its own.
    pub path: Option<OsString>,
}

impl Need {
    /// That of the script of a task; `None` of a task without one.
    pub fn of(task: &Task) -> Option<Self> {
        let execution = &task.definition.execution;
        match &task.definition.work {
            Work::Script(script) => Some(Self {
                slug: task.slug.clone(),
                script: script.clone(),
                python: execution.python.clone(),
                path: execution.env.get("PATH").map(Into::into),
            }),
            Work::Command(_) | Work::Todo(_) => None,
        }
    }
}

/// What a script asks for, whatever a lock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is to be installed.
    pub requirements: Requirements,
    /// Which versions of Python will do.
    pub requires: Requires,
    /// A hash of what is to be installed.
    pub hash: String,
    /// Where its lock is, or would be.
    pub lock: PathBuf,
}

/// With what an environment is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builder {
    /// `python -m venv` alone: nothing is to be installed.
    Bare,
    /// `python -m venv` and pip.
    Pip,
    /// The program `uv`.
    Uv(PathBuf),
}

impl Builder {
    /// Its word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Pip => "pip",
            Self::Uv(_) => "uv",
        }
    }
}

/// The environment that a script is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it is made from, as a hash: the interpreter, its version, and what is to be installed. With what it is made is not in it:
    /// `uv` and pip make the same of it, and a `uv` that comes into `PATH` is no reason to make everything anew.
    pub key: String,
    /// The interpreter.
    pub python: Interpreter,
    /// With what it is made.
    pub builder: Builder,
    /// What is to be installed.
    pub requirements: Requirements,
    /// That is what a lock says.
    pub locked: bool,
    /// The requirements have changed since they were locked.
    pub drift: bool,
    /// A hash of what is asked for, whatever a lock says.
    pub asked: String,
    /// The folder of the environments of this script.
    pub folder: PathBuf,
}

impl Plan {
    /// The folder in which this run makes it.
    pub fn place(&self, run: RunId) -> PathBuf {
        folder::place(&self.folder, &self.key, run)
    }

    /// The command that makes it, as this run.
    pub fn command(&self, run: RunId) -> Vec<String> {
        let about = serde_json::json!({
            "key": self.key,
            "python": self.python.path,
            "version": self.python.version.to_string(),
            "builder": self.builder.word(),
            "locked": self.locked,
            "asked": self.asked,
            "named": self.requirements.names(),
        });
        let count = match self.requirements.count() {
            1 => "1 package".to_owned(),
            n => format!("{n} packages"),
        };
        let uv = match &self.builder {
            Builder::Uv(uv) => uv.display().to_string(),
            Builder::Bare | Builder::Pip => String::new(),
        };
        let words = ["/bin/sh", "-c", BUILD, "environment"].map(str::to_owned);
        let values = [
            self.place(run).display().to_string(),
            self.python.path.display().to_string(),
            self.python.version.to_string(),
            self.builder.word().to_owned(),
            uv,
            count,
            READY.to_owned(),
            about.to_string(),
        ];
        words.into_iter().chain(values).collect()
    }

    /// What that command reads: the requirements as they were when the key was made, whatever becomes of the file meanwhile.
    pub fn input(&self) -> String {
        self.requirements.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What a script has to run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It has no environment: it is no Python script, or one that neither Tempo made nor says what it needs.
    Plain,
    /// It is there.
    Ready(Box<Plan>, Ready),
    /// It is to be made.
    Missing(Box<Plan>),
    /// It cannot be made; why, and what to do.
    Impossible(String),
}

/// Where scripts and environments lie, and what is known of the interpreters.
#[derive(Debug)]
pub struct Workshop {
    scripts: PathBuf,
    envs: PathBuf,
    registry: Registry,
}

impl Workshop {
    /// With the folder of the scripts that Tempo made, and that of all environments.
    pub fn new(scripts: PathBuf, envs: PathBuf) -> Self {
        Self { scripts, envs, registry: Registry::default() }
    }

    /// The folder of all environments.
    pub fn envs(&self) -> &Path {
        &self.envs
    }

    /// Every interpreter on this machine, the newest first.
    pub fn pythons(&self) -> Vec<Found> {
        self.registry.all(&Places::of_process(None))
    }

    /// Looks what a script needs and has. Reads files, and may start interpreters that were not asked yet: not for a thread that must
    /// not wait.
    pub fn fit(&self, need: &Need) -> Fit {
        self.look(need).unwrap_or_else(Fit::Impossible)
    }

    /// What a script asks for; `None` when it has no environment. Reads its files.
    ///
    /// # Errors
    /// What is wrong with its header or its requirements, in words.
    pub fn asked(&self, need: &Need) -> Result<Option<Asked>, String> {
        // What is wrong with the script itself is said when it is started.
        let Ok(content) = crate::script::read(&need.script) else { return Ok(None) };
        let bytes = content.bytes;
        if need.python.is_none() && Language::of(&need.script, &bytes) != Language::Python {
            return Ok(None);
        }
        let header = header(&String::from_utf8_lossy(&bytes)).map_err(|e| e.to_string())?;
        let is_own = is_below(&need.script, &self.scripts);
        if need.python.is_none() && header.is_none() && !is_own {
            return Ok(None);
        }
        let header = header.unwrap_or_default();
        // Beside a script of somebody else, such a file may belong to another one.
        let mut requirements = if is_own || need.python.is_some() {
            Requirements::read(&need.script.with_file_name(REQUIREMENTS)).map_err(|e| e.to_string())?
        } else {
            Requirements::default()
        };
        requirements.lines.extend(header.dependencies);
        let hash = hash(&requirements, &[]);
        let lock = lock::path(&need.script, is_own);
        Ok(Some(Asked { requirements, requires: header.requires_python, hash, lock }))
    }

    /// The interpreter that a task names, with this `PATH` of its own. May start interpreters that were not asked yet.
    ///
    /// # Errors
    /// That it is none, or not found; in words.
    pub fn interpreter(&self, choice: &Choice, path: Option<&OsStr>) -> Result<Interpreter, String> {
        self.choose(Some(choice), &Requires::default(), &Places::of_process(path))
    }

    /// Whether the requirements of a script have changed since they were locked. Reads its files.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn has_drifted(&self, need: &Need) -> Result<bool, String> {
        let Some(asked) = self.asked(need)? else { return Ok(false) };
        let locked = lock::read(&asked.lock).map_err(|e| e.to_string())?;
        Ok(locked.is_some_and(|locked| locked.asked != asked.hash))
    }

    fn look(&self, need: &Need) -> Result<Fit, String> {
        let Some(Asked { requirements, requires, hash: asked, lock }) = self.asked(need)? else {
            return Ok(Fit::Plain);
        };
        let (requirements, locked, drift) = match lock::read(&lock).map_err(|e| e.to_string())? {
            Some(locked) => (locked.requirements, true, locked.asked != asked),
            None => (requirements, false, false),
        };
        let places = Places::of_process(need.path.as_deref());
        let python = self.choose(need.python.as_ref(), &requires, &places)?;
        let builder = builder(&python, &requirements, &places)?;
        let path = python.path.display().to_string();
        let key = hash(&requirements, &[FORMAT, &path, &python.version.to_string(), &python.implementation]);
        let folder = self.envs.join(&need.slug);
        let plan = Plan { key, python, builder, requirements, locked, drift, asked, folder };
        Ok(match folder::ready(&plan.folder, &plan.key) {
            Some(ready) => {
                ready.touch();
                Fit::Ready(Box::new(plan), ready)
            }
            None => Fit::Missing(Box::new(plan)),
        })
    }

    /// The interpreter for a script.
    fn choose(&self, choice: Option<&Choice>, requires: &Requires, places: &Places) -> Result<Interpreter, String> {
        let ask = |path: &Path| self.registry.ask(path, places);
        // The one that a person would get in a shell.
        let usual =
            || ["python3", "python"].iter().filter_map(|name| places.in_path(name)).find_map(|path| ask(&path).ok());
        let chosen = match choice {
            Some(Choice::Path(path)) => ask(path)?,
            Some(Choice::Name(name)) => {
                if let Some(path) = places.in_path(name) {
                    ask(&path)?
                } else {
                    let called = |found: &Found| found.names.iter().any(|path| path.ends_with(name));
                    let found = self.registry.all(places).into_iter().find(called);
                    found
                        .ok_or_else(|| format!("{name}: no such interpreter is found; {}", self.advice(places)))?
                        .interpreter
                }
            }
            Some(Choice::Version(version)) => {
                let fits = |python: &Interpreter| python.version.is_in(version) && requires.allow(&python.version);
                match usual().filter(fits).or_else(|| self.newest(places, fits)) {
                    Some(python) => python,
                    None => self
                        .newest(places, |python| python.version.is_in(version))
                        .ok_or_else(|| format!("no Python {version} is found; {}", self.advice(places)))?,
                }
            }
            None => {
                let fits = |python: &Interpreter| requires.allow(&python.version);
                let found = usual().filter(fits).or_else(|| self.newest(places, fits));
                let what = if requires.is_empty() {
                    "no Python 3 is found".to_owned()
                } else {
                    format!("no Python {requires} is found")
                };
                found.ok_or_else(|| format!("{what}; {}", self.advice(places)))?
            }
        };
        if !requires.allow(&chosen.version) {
            return Err(format!(
                "the script requires Python {requires}, and its task names {}, which is Python {}",
                choice.map(ToString::to_string).unwrap_or_default(),
                chosen.version
            ));
        }
        Ok(chosen)
    }

    fn newest(&self, places: &Places, fits: impl Fn(&Interpreter) -> bool) -> Option<Interpreter> {
        let all = self.registry.all(places).into_iter().map(|found| found.interpreter).filter(fits);
        // One that can install packages before one that cannot, and what most packages are made for before others.
        all.max_by_key(|python| (python.implementation == "cpython", python.has_pip, python.version.clone()))
    }

    /// What to do when no interpreter fits.
    fn advice(&self, places: &Places) -> String {
        let mut versions: Vec<Release> =
            self.registry.all(places).into_iter().map(|found| found.interpreter.version).collect();
        versions.dedup();
        if versions.is_empty() {
            return "install one (`apt install python3 python3-venv`, `dnf install python3`, `uv python install`), or name one with \
                    `tempo set TASK python=/path/to/python3`"
                .to_owned();
        }
        let versions: Vec<String> = versions.iter().map(Release::to_string).collect();
        format!("there are {}: install it, or name another with `tempo set TASK python=VERSION`", versions.join(", "))
    }
}

/// Whether a file lies below a folder, also when links lead to either.
fn is_below(file: &Path, folder: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    file.starts_with(folder) || real(file).zip(real(folder)).is_some_and(|(file, folder)| file.starts_with(folder))
}

fn builder(python: &Interpreter, requirements: &Requirements, places: &Places) -> Result<Builder, String> {
    if requirements.is_empty() && python.has_venv {
        return Ok(Builder::Bare);
    }
    // Where its installer puts it, which a service has not in its `PATH`.
    let usual = std::env::home_dir().map(|home| home.join(".local/bin/uv")).filter(|uv| uv.is_file());
    if let Some(uv) = places.in_path("uv").or(usual) {
        return Ok(Builder::Uv(uv));
    }
    if python.has_pip {
        return Ok(Builder::Pip);
    }
    let series: Vec<String> = python.version.numbers().iter().take(2).map(u32::to_string).collect();
    Err(format!(
        "Python {} ({}) cannot make environments: install python{}-venv (Debian, Ubuntu) or uv, or name another interpreter with \
         `tempo set TASK python=VERSION`",
        python.version,
        python.path.display(),
        series.join(".")
    ))
}

/// Sixteen digits; the parts cannot be taken for each other, for none has a line end.
fn hash(requirements: &Requirements, more: &[&str]) -> String {
    let parts = more.iter().copied().chain(["--"]).chain(requirements.lines.iter().map(String::as_str));
    let parts = parts.chain(["--"]).chain(requirements.constraints.iter().map(String::as_str));
    let text: Vec<&str> = parts.collect();
    Hash::of(text.join("\n").as_bytes()).to_string()[..16].to_owned()
}

#[derive(Deserialize)]
struct Content {
    version: String,
    packages: Vec<Package>,
}

/// What is wrong with an environment that says that it is complete; nothing when its interpreter works and every package is there in
/// the version that was noted. Starts its interpreter.
pub fn check(ready: &Ready) -> io::Result<Vec<String>> {
    let said = Command::new(ready.python())
        .args(["-I", "-c", READY])
        .arg(&ready.folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .output();
    let said = match said {
        Ok(said) => said,
        Err(e) => return Ok(vec![format!("{}: {}", ready.python().display(), plain(&e))]),
    };
    let Ok(content) = serde_json::from_slice::<Content>(&said.stdout) else {
        let words = String::from_utf8_lossy(&said.stderr);
        return Ok(vec![format!(
            "its interpreter does not work: {}",
            words.lines().last().unwrap_or("it says nothing")
        )]);
    };
    let mut wrong = Vec::new();
    if content.version != ready.marker.version {
        wrong.push(format!("its interpreter is {} now, and was {}", content.version, ready.marker.version));
    }
    for package in &ready.marker.packages {
        match content.packages.iter().find(|found| found.name == package.name) {
            None => wrong.push(format!("{} {} is not there any more", package.name, package.version)),
            Some(found) if found.version != package.version => {
                wrong.push(format!("{} is {} now, and was {}", package.name, found.version, package.version));
            }
            Some(_) => {}
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests;
