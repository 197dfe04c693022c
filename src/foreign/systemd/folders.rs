//! The timers of this machine: where units are, which ones are enabled.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::super::{Here, Plan, Refused};
use super::unit::Unit;
use super::{Scope, read, started_by};

const SYSTEM: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
const USER: &[&str] =
    &["/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"];

/// Every enabled timer of this user and of the system, and what is said about the others.
pub fn enabled(here: &Here) -> Plan {
    let folders = Folders::of(here);
    let mut plan = Plan::default();
    for (name, scope) in folders.enabled() {
        plan.append(folders.import(&name, scope, None, here));
    }
    let resting = folders.resting();
    if !resting.is_empty() {
        plan.notes
            .push(format!("not enabled, and therefore left alone: {} (name one to import it)", resting.join(", ")));
    }
    plan
}

/// Why a timer that was named cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// There is no such unit, or the file is none of a timer: where it was searched, what would be right.
    #[error("{0}")]
    NoTimer(String),
    /// The file.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The timers of these names or files.
///
/// # Errors
/// When one is not there.
pub fn named(units: &[String], here: &Here) -> Result<Plan, NamedError> {
    let folders = Folders::of(here);
    let mut plan = Plan::default();
    for text in units {
        plan.append(folders.named(text, here)?);
    }
    Ok(plan)
}

/// The folders of units, those that count first first.
struct Folders(Vec<(PathBuf, Scope)>);

impl Folders {
    fn of(here: &Here) -> Self {
        if let Some(path) = std::env::var_os("SYSTEMD_UNIT_PATH").filter(|path| !path.is_empty()) {
            let folders = std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty());
            return Self(folders.map(|folder| (folder, Scope::System)).collect());
        }
        let own = |variable: &str, otherwise: &str| {
            let folder = std::env::var_os(variable).filter(|folder| !folder.is_empty());
            folder.map_or_else(|| here.home.join(otherwise), PathBuf::from).join("systemd/user")
        };
        let mut folders = vec![own("XDG_CONFIG_HOME", ".config"), own("XDG_DATA_HOME", ".local/share")];
        folders.extend(USER.iter().map(PathBuf::from));
        let folders = folders.into_iter().map(|folder| (folder, Scope::User));
        Self(folders.chain(SYSTEM.iter().map(|folder| (PathBuf::from(folder), Scope::System))).collect())
    }

    fn of_scope(&self, scope: Scope) -> impl Iterator<Item = &Path> {
        self.0.iter().filter(move |(_, of)| *of == scope).map(|(folder, _)| folder.as_path())
    }

    /// What one argument means: a file when it looks like one, else the name of a unit.
    fn named(&self, text: &str, here: &Here) -> Result<Plan, NamedError> {
        if !text.contains('/') && !Path::new(text).is_file() {
            let name = if is_timer(text) { text.to_owned() } else { format!("{text}.timer") };
            let scope = [Scope::User, Scope::System].into_iter().find(|scope| self.find(&name, *scope, None).is_some());
            return match scope {
                Some(scope) => Ok(self.import(&name, scope, None, here)),
                None => Err(NamedError::NoTimer(format!("there is no {name} in {}", self.places()))),
            };
        }
        let path = std::path::absolute(text).map_err(|source| NamedError::File { path: text.into(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !is_timer(&name) {
            return Err(NamedError::NoTimer(format!("{text} is no timer; name the file that ends with .timer")));
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        if find_in(folder, &name).is_none() {
            std::fs::metadata(&path).map_err(|source| NamedError::File { path: path.clone(), source })?;
        }
        let known = self.0.iter().find(|(known, _)| known == folder).map(|(_, scope)| *scope);
        let own = folder.starts_with(&here.home) || folder.ends_with("systemd/user");
        let scope = known.unwrap_or(if own { Scope::User } else { Scope::System });
        Ok(self.import(&name, scope, Some(folder), here))
    }

    /// A timer with its service, from a folder of their own or from those of the scope.
    fn import(&self, name: &str, scope: Scope, own: Option<&Path>, here: &Here) -> Plan {
        let refused = |place: &str, why: String| Plan {
            refused: vec![Refused { place: place.to_owned(), text: name.to_owned(), why }],
            ..Plan::default()
        };
        if name.ends_with("@.timer") {
            return refused(
                name,
                format!("it is a template; name an instance, as in {}", name.replace("@.", "@home.")),
            );
        }
        let timer = match self.load(name, scope, own) {
            Ok(timer) => timer,
            Err(why) => return refused(name, why),
        };
        let service = match started_by(&timer, scope, here) {
            Ok(service) => service,
            Err(why) => return refused(&timer.file, why),
        };
        if !service.ends_with(".service") {
            return refused(&timer.file, format!("it starts {service}, which is no service"));
        }
        match self.load(&service, scope, own) {
            Ok(service) => read(&timer, &service, scope, &|path| text(Path::new(path)).ok(), here),
            Err(why) => refused(&timer.file, format!("its {service}: {why}")),
        }
    }

    /// A unit with its drop-ins.
    fn load(&self, name: &str, scope: Scope, own: Option<&Path>) -> Result<Unit, String> {
        let path = self.find(name, scope, own).ok_or_else(|| format!("there is no {name} in {}", self.places()))?;
        if path.canonicalize().is_ok_and(|path| path == Path::new("/dev/null")) {
            return Err(format!("{} is masked", path.display()));
        }
        let mut unit = Unit::new(name, &path.display().to_string(), &text(&path)?);
        for drop_in in self.drop_ins(name, scope, own) {
            unit.add(&drop_in.display().to_string(), &text(&drop_in)?);
        }
        Ok(unit)
    }

    fn find(&self, name: &str, scope: Scope, own: Option<&Path>) -> Option<PathBuf> {
        own.into_iter().chain(self.of_scope(scope)).find_map(|folder| find_in(folder, name))
    }

    /// The drop-ins of a unit in the order of their names; of two with one name the first folder's counts.
    fn drop_ins(&self, name: &str, scope: Scope, own: Option<&Path>) -> Vec<PathBuf> {
        let mut found = BTreeMap::new();
        for folder in own.into_iter().chain(self.of_scope(scope)) {
            for unit in [Some(name.to_owned()), template(name)].into_iter().flatten() {
                let paths = entries(&folder.join(format!("{unit}.d"))).into_iter();
                for path in paths.filter(|path| path.extension() == Some(OsStr::new("conf"))) {
                    found.entry(path.file_name().map(OsStr::to_owned)).or_insert(path);
                }
            }
        }
        found.into_values().collect()
    }

    /// The timers that some target wants, those of the user first.
    fn enabled(&self) -> Vec<(String, Scope)> {
        let wanted = |scope| -> BTreeSet<String> {
            let targets = self.of_scope(scope).flat_map(entries);
            let wants =
                targets.filter(|path| matches!(path.extension().and_then(OsStr::to_str), Some("wants" | "requires")));
            wants.flat_map(|path| entries(&path)).filter_map(|path| timer_name(&path)).collect()
        };
        let of = |scope| wanted(scope).into_iter().map(move |name| (name, scope));
        of(Scope::User).chain(of(Scope::System)).collect()
    }

    /// The timers that are there and not enabled.
    fn resting(&self) -> Vec<String> {
        let enabled: BTreeSet<String> = self.enabled().into_iter().map(|(name, _)| name).collect();
        let all: BTreeSet<String> =
            self.0.iter().flat_map(|(folder, _)| entries(folder)).filter_map(|path| timer_name(&path)).collect();
        all.into_iter().filter(|name| !enabled.contains(name) && !name.contains("@.")).collect()
    }

    fn places(&self) -> String {
        self.0.iter().map(|(folder, _)| folder.display().to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// A unit's file in a folder: its own, or the template of an instance.
fn find_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let paths = [Some(name.to_owned()), template(name)].into_iter().flatten().map(|name| folder.join(name));
    paths.into_iter().find(|path| path.exists())
}

/// `backup@photos.timer` is made from `backup@.timer`.
fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let (_, suffix) = rest.rsplit_once('.')?;
    Some(format!("{prefix}@.{suffix}"))
}

fn timer_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    is_timer(name).then(|| name.to_owned())
}

fn is_timer(name: &str) -> bool {
    Path::new(name).extension() == Some(OsStr::new("timer"))
}

/// What is in a folder, sorted; nothing when it is not there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("cannot use {}: {e}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))
}
