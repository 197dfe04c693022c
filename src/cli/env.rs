//! `tempo env`: the environment of a script: what it is, building, checking and locking it, and a shell in it.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::json;

use super::json::EnvironmentJson;
use super::table::{Cell, Table, Tone};
use super::{CliError, Context, Result};
use crate::config::Loaded;
use crate::domain::RunId;
use crate::domain::environment::{Environment, State};
use crate::domain::quantity::format_size;
use crate::domain::run::Outcome;
use crate::domain::task::{Task, Work};
use crate::script::Scripts;
use crate::script::env::{self, Need, Package, Ready, Workshop};
use crate::store::{Store, environments, runs, tasks};

/// Environments that are read at once.
const PAGE: usize = 200;

/// Whose environment, and what is to be done.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Environments have Python scripts that Tempo made, those with a header `# /// script` (PEP 723), and those of tasks that \
name an interpreter (tempo set TASK python=3.12). They are built by the engine, ahead of the runs that need them; each build is a run.
Exit code 1 when a check finds something, or a build that is waited for fails."
)]
pub struct Args {
    /// The task; without it, list every environment
    task: Option<String>,
    /// What to do; without it, show the environment
    #[arg(value_enum, requires = "task")]
    act: Option<Act>,
    /// With build: print what it prints, and exit as it does
    #[arg(long)]
    wait: bool,
    /// With build: also when it is ready
    #[arg(long)]
    force: bool,
    /// List every Python that is found on this machine
    #[arg(long, conflicts_with = "task")]
    pythons: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Act {
    /// Let the engine build it now; prints the id of the run
    Build,
    /// Look whether it works and has the packages that were resolved
    Check,
    /// Write the versions that were resolved beside the script: from then on it is built from these
    Lock,
    /// Start your shell in it
    Shell,
    /// Remove it; the next run builds it again
    Remove,
}

#[derive(Debug, Serialize)]
struct ShownJson {
    task: String,
    environment: Option<EnvironmentJson>,
    size_bytes: Option<u64>,
    packages: Option<Vec<Package>>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    if (args.wait || args.force) && args.act != Some(Act::Build) {
        return Err(CliError::Refused("--wait and --force belong to build: tempo env TASK build --wait".to_owned()));
    }
    if args.pythons {
        return pythons(cx);
    }
    let store = cx.store()?;
    let Some(reference) = &args.task else { return list(cx, &store) };
    let task = tasks::find(&*store.reader()?, reference)?;
    match args.act {
        None => show(cx, &store, &task),
        Some(Act::Build) => build(cx, &store, &task, args.force, args.wait),
        Some(Act::Check) => check(cx, &store, &task),
        Some(Act::Lock) => lock(cx, &store, &task),
        Some(Act::Shell) => Err(shell(&store, &task)?),
        Some(Act::Remove) => remove(cx, &store, &task),
    }
}

fn pythons(cx: &mut Context) -> Result<u8> {
    let mut table = Table::new(&["VERSION", "IS", "CAN", "PATH", "FOUND AS"]);
    let all = workshop(cx).pythons();
    if all.is_empty() {
        super::complain(&"no Python 3 is found: install one (apt install python3 python3-venv, uv python install)");
    }
    for found in all {
        let python = &found.interpreter;
        let names: Vec<String> = found.names.iter().map(|path| path.display().to_string()).collect();
        if cx.json {
            cx.print_json(&json!({
                "version": python.version.to_string(), "implementation": python.implementation, "path": python.path,
                "has_venv": python.has_venv, "has_pip": python.has_pip, "found_as": names,
            }))?;
            continue;
        }
        let can = match (python.has_venv, python.has_pip) {
            (_, true) => Cell::new("packages", Tone::Good),
            (true, false) => Cell::new("no packages", Tone::Warn),
            (false, _) => Cell::new("nothing", Tone::Bad),
        };
        let path = python.path.display().to_string();
        table.row(vec![
            python.version.to_string().into(),
            python.implementation.as_str().into(),
            can,
            path.into(),
            names.join(" ").into(),
        ]);
    }
    if !cx.json {
        table.print(&mut cx.out)?;
    }
    Ok(0)
}

fn list(cx: &mut Context, store: &Store) -> Result<u8> {
    let db = store.reader()?;
    let mut table = Table::new(&["TASK", "STATE", "PYTHON", "PACKAGES", "ENVIRONMENT"]);
    let mut after = String::new();
    loop {
        let page = environments::list(&db, &after, PAGE)?;
        let is_last = page.len() < PAGE;
        for (slug, it) in page {
            if cx.json {
                let object = json!({ "task": slug, "environment": cx.environment_json(&it) });
                cx.print_json(&object)?;
            } else {
                let state = Cell::new(it.state.word(), tone(it.state));
                let dash = || "-".to_owned();
                table.row(vec![
                    slug.as_str().into(),
                    state,
                    it.version.clone().unwrap_or_else(dash).into(),
                    it.packages.map_or_else(dash, |n| n.to_string()).into(),
                    it.text().into(),
                ]);
            }
            after = slug;
        }
        if is_last {
            break;
        }
    }
    if !cx.json {
        table.print(&mut cx.out)?;
    }
    Ok(0)
}

const fn tone(state: State) -> Tone {
    match state {
        State::Ready => Tone::Good,
        State::Building => Tone::Plain,
        State::Failed | State::Impossible => Tone::Bad,
    }
}

fn show(cx: &mut Context, store: &Store, task: &Task) -> Result<u8> {
    let known = environments::get(&*store.reader()?, task.id)?;
    let ready = known.as_ref().and_then(complete);
    if cx.json {
        let object = ShownJson {
            task: task.slug.clone(),
            environment: known.as_ref().map(|it| cx.environment_json(it)),
            size_bytes: ready.as_ref().map(Ready::size),
            packages: ready.map(|ready| ready.marker.packages),
        };
        cx.print_json(&object)?;
        return Ok(0);
    }
    let Some(known) = known else {
        writeln!(cx.out, "{}", none(cx, task)?)?;
        return Ok(0);
    };
    let mut table = Table::bare();
    table.row(vec!["environment".into(), Cell::new(&known.text(), tone(known.state))]);
    if let (Some(python), Some(version)) = (&known.python, &known.version) {
        table.row(vec!["python".into(), format!("{version} ({})", python.display()).into()]);
    }
    if let Some(key) = &known.key {
        table.row(vec!["key".into(), key.into()]);
    }
    if let Some(ready) = &ready {
        table.row(vec!["folder".into(), ready.folder.display().to_string().into()]);
        table.row(vec!["size".into(), format_size(ready.size()).into()]);
        table.row(vec!["built with".into(), ready.marker.builder.as_str().into()]);
        for (n, package) in ready.marker.packages.iter().enumerate() {
            let heading = if n == 0 { "packages" } else { "" };
            table.row(vec![heading.into(), format!("{} {}", package.name, package.version).into()]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(0)
}

/// Why nothing is known of an environment.
fn none(cx: &Context, task: &Task) -> Result<String> {
    let Work::Script(script) = &task.definition.work else {
        return Err(CliError::Refused(format!("{} has no script: only a Python script has an environment", task.slug)));
    };
    Ok(if cx.has_engine()? {
        format!(
            "{} has no environment: {} is no Python script, or one that neither Tempo made nor that has a header `# /// script`;\n\
             `tempo set {} python=3.12` gives it one",
            task.slug,
            script.display(),
            task.slug
        )
    } else {
        format!("nothing is known of the environment of {}: the engine looks at it, and none is running", task.slug)
    })
}

/// What is in an environment, when it is complete.
fn complete(known: &Environment) -> Option<Ready> {
    let folder = known.folder.as_ref().filter(|_| known.state == State::Ready)?;
    env::read(folder)
}

/// The environment of a task, which has to be complete.
fn ready(cx: &Context, store: &Store, task: &Task) -> Result<Ready> {
    let known = environments::get(&*store.reader()?, task.id)?;
    let Some(known) = known else { return Err(CliError::Refused(none(cx, task)?)) };
    complete(&known).ok_or_else(|| match known.state {
        State::Ready => {
            CliError::Failed(format!("the environment of {0} is gone; `tempo env {0} build` makes it again", task.slug))
        }
        _ => CliError::Failed(format!("the environment of {} {}", task.slug, known.text())),
    })
}

fn build(cx: &mut Context, store: &Store, task: &Task, force: bool, wait: bool) -> Result<u8> {
    let has_engine = cx.has_engine()?;
    if wait && !has_engine {
        return Err(CliError::NoEngine);
    }
    let (id, now) = (task.id, cx.now);
    let run = store.write(move |db| runs::queue_build(db, id, force, now))?;
    if has_drifted(cx, task) {
        super::complain(&old_lock(task));
    }
    if wait {
        return super::run::follow_to_end(cx, store, run);
    }
    if !has_engine {
        super::complain(&format_args!("no engine is running: run {run} starts when `tempo` or `tempo daemon` does"));
    }
    if cx.json {
        let object = cx.run_json(&runs::get(&*store.reader()?, run)?);
        cx.print_json(&object)?;
    } else {
        writeln!(cx.out, "{run}")?;
    }
    Ok(0)
}

/// Whether the requirements have changed since they were locked, as they stand on the disk now. What cannot be read is said where it
/// is used.
fn has_drifted(cx: &Context, task: &Task) -> bool {
    Need::of(task).is_some_and(|need| workshop(cx).has_drifted(&need).unwrap_or(false))
}

/// That what is installed is not what the requirements say, and what to do.
fn old_lock(task: &Task) -> String {
    format!(
        "the lock is older than the requirements, and it is what is installed: `tempo env {} lock` locks them anew",
        task.slug
    )
}

/// Exit code 1 when something is wrong: a package, or a lock that is older than the requirements.
fn check(cx: &mut Context, store: &Store, task: &Task) -> Result<u8> {
    let ready = ready(cx, store, task)?;
    let mut wrong = env::check(&ready).map_err(|e| CliError::file(&ready.folder, e))?;
    let is_broken = !wrong.is_empty();
    if has_drifted(cx, task) {
        wrong.push(old_lock(task));
    }
    if cx.json {
        cx.print_json(
            &json!({ "task": task.slug, "sound": wrong.is_empty(), "wrong": wrong, "folder": ready.folder }),
        )?;
    } else if wrong.is_empty() {
        let count = ready.marker.packages.len();
        let packages = if count == 1 { "its package is".to_owned() } else { format!("all {count} packages are") };
        writeln!(
            cx.out,
            "the environment of {} works with Python {}, and {packages} there",
            task.slug, ready.marker.version
        )?;
    } else {
        for what in &wrong {
            writeln!(cx.out, "{what}")?;
        }
        if is_broken {
            super::complain(&format_args!("`tempo env {} build --force` makes it anew", task.slug));
        }
    }
    Ok(u8::from(!wrong.is_empty()))
}

/// Locks what was resolved from the requirements. When the environment was made from a lock, or the requirements have changed since,
/// one is made from them first.
fn lock(cx: &mut Context, store: &Store, task: &Task) -> Result<u8> {
    let Some(need) = Need::of(task) else { return Err(CliError::Refused(none(cx, task)?)) };
    let workshop = workshop(cx);
    let scripts = Scripts::of(&cx.paths, &Loaded::read(&cx.paths.settings(), std::env::vars()).settings);
    let Some(asked) = workshop.asked(&need).map_err(CliError::Failed)? else {
        return Err(CliError::Refused(none(cx, task)?));
    };
    let all = workshop.envs().join(&task.slug);
    let resolved = || {
        let of_this = env::of_script(&all).into_iter().filter(|it| it.marker.asked == asked.hash && !it.marker.locked);
        of_this.max_by_key(Ready::run)
    };
    let found = if let Some(found) = resolved() {
        found
    } else {
        resolve(cx, store, task, &asked.lock)?;
        let changed = || CliError::Failed("the requirements have changed meanwhile; lock them again".to_owned());
        resolved().ok_or_else(changed)?
    };
    let text = env::lock_text(&task.slug, &found.marker);
    scripts.save(&asked.lock, text.as_bytes()).map_err(|e| CliError::Refused(e.to_string()))?;
    let id = task.id;
    store.write(move |db| environments::ask(db, id))?;
    if cx.json {
        cx.print_json(&json!({ "task": task.slug, "lock": asked.lock, "packages": found.marker.packages }))?;
    } else {
        let what = match found.marker.packages.len() {
            1 => "1 version is".to_owned(),
            count => format!("{count} versions are"),
        };
        writeln!(cx.out, "{what} locked in {}", asked.lock.display())?;
    }
    Ok(0)
}

/// Has the engine make the environment from the requirements, with the lock out of the way; when that fails it is put back.
fn resolve(cx: &mut Context, store: &Store, task: &Task, lock: &Path) -> Result<()> {
    if !cx.has_engine()? {
        return Err(CliError::NoEngine);
    }
    let aside = Aside::put(lock)?;
    let (id, now) = (task.id, cx.now);
    let run: RunId = store.write(move |db| runs::queue_build(db, id, false, now))?;
    super::complain(&format_args!("run {run} resolves the requirements of {}", task.slug));
    let run = super::follow::follow(cx, store, run, |_, offset| Ok(offset))?;
    match run.outcome {
        Some(Outcome::Succeeded) => {
            aside.forget();
            Ok(())
        }
        outcome => {
            let reason = run.reason.or_else(|| outcome.map(|outcome| outcome.to_string())).unwrap_or_default();
            Err(CliError::Failed(format!("run {} could not resolve the requirements: {reason}", run.id)))
        }
    }
}

/// A file that has another name for a while; it gets its own back unless that is not wanted any more.
struct Aside {
    file: PathBuf,
    aside: Option<PathBuf>,
}

impl Aside {
    fn put(file: &Path) -> Result<Self> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".old");
        let aside = file.with_file_name(name);
        match fs::rename(file, &aside) {
            Ok(()) => Ok(Self { file: file.to_owned(), aside: Some(aside) }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self { file: file.to_owned(), aside: None }),
            Err(e) => Err(CliError::file(file, e)),
        }
    }

    fn forget(mut self) {
        if let Some(aside) = self.aside.take() {
            // The new one takes its place.
            let _ = fs::remove_file(aside);
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(aside) = &self.aside {
            let _ = fs::rename(aside, &self.file);
        }
    }
}

/// Becomes the shell of the person, in the environment and in the folder of the script. Returns only why it could not.
fn shell(store: &Store, task: &Task) -> Result<CliError> {
    let known = environments::get(&*store.reader()?, task.id)?;
    let Some(ready) = known.as_ref().and_then(complete) else {
        let how = known.map_or_else(|| "is not known".to_owned(), |known| known.text());
        return Err(CliError::Failed(format!("the environment of {} {how}", task.slug)));
    };
    let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let bin = ready.folder.join("bin");
    let mut path = vec![bin];
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let path = std::env::join_paths(path).map_err(|e| CliError::Failed(e.to_string()))?;
    let mut command = Command::new(&shell);
    command.env("PATH", path).env("VIRTUAL_ENV", &ready.folder).env_remove("PYTHONHOME");
    if let Work::Script(script) = &task.definition.work
        && let Some(folder) = script.parent()
    {
        command.current_dir(folder);
    }
    super::complain(&format_args!(
        "Python {} of {}; exit leaves it. What is installed here by hand is not kept",
        ready.marker.version, task.slug
    ));
    Ok(CliError::file(Path::new(&shell), command.exec()))
}

fn remove(cx: &mut Context, store: &Store, task: &Task) -> Result<u8> {
    let id = task.id;
    let slug = task.slug.clone();
    store.write(move |db| {
        let live = runs::unfinished(db, id)?.into_iter().find(|(_, state)| state.is_live());
        let build = environments::builds(db, id)?.into_iter().next();
        if let Some(run) = live.map(|(run, _)| run).or(build) {
            return Err(crate::store::StoreError::Refused(format!(
                "run {run} uses it: `tempo stop {run}` first, or wait for its end"
            )));
        }
        environments::forget(db, id)
    })?;
    let (mut count, mut bytes) = (0, 0);
    for ready in env::of_script(&cx.paths.environments().join(&slug)) {
        bytes += ready.size();
        env::remove(&ready.folder).map_err(|e| CliError::file(&ready.folder, e))?;
        count += 1;
    }
    if cx.json {
        cx.print_json(&json!({ "task": slug, "removed": count, "bytes": bytes }))?;
    } else {
        let what = if count == 1 { "1 environment was".to_owned() } else { format!("{count} environments were") };
        writeln!(cx.out, "{what} removed ({}); the next run builds it again", format_size(bytes))?;
    }
    Ok(0)
}

fn workshop(cx: &Context) -> Workshop {
    Workshop::new(cx.paths.scripts(), cx.paths.environments())
}
