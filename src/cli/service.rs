//! `tempo service`: the engine as a service of the user's systemd, started at boot or login and after a crash (R8).

mod manager;
mod unit;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use self::manager::Manager;
use self::unit::Found;
use super::table::Table;
use super::{CliError, Context, Result};
use crate::lock::Role;
use crate::supervise::Login;

/// What about it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum What {
    /// Write the unit, enable it, and start it; again: bring it up to date and restart the engine, while runs go on
    Install {
        /// Only print the unit
        #[arg(long)]
        print: bool,
        /// Enable it, but let it be started by the next boot or login
        #[arg(long)]
        no_start: bool,
        /// Also over a unit that is not as Tempo wrote it
        #[arg(long)]
        force: bool,
    },
    /// Stop the engine, disable the unit and remove it; runs go on
    Uninstall {
        /// Also a unit that is not as Tempo wrote it
        #[arg(long)]
        force: bool,
    },
    /// Say whether it is installed and runs; exit code 1 when it does not
    Status,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let service = Service::here()?;
    match args.what {
        What::Install { print: true, .. } => {
            write!(cx.out, "{}", text(cx)?)?;
            Ok(0)
        }
        What::Install { no_start, force, .. } => service.install(!no_start, force, cx).map(|()| 0),
        What::Uninstall { force } => service.uninstall(force, cx).map(|()| 0),
        What::Status => service.status(cx),
    }
}

/// Where things are; a test has them elsewhere.
struct Service {
    root: PathBuf,
    systemctl: OsString,
    unit: PathBuf,
}

impl Service {
    fn here() -> Result<Self> {
        let unit = unit::path().ok_or_else(|| CliError::Failed("HOME is not set".to_owned()))?;
        Ok(Self { root: "/".into(), systemctl: "systemctl".into(), unit })
    }

    fn found(&self) -> Result<Found> {
        unit::find(&self.unit).map_err(|e| CliError::file(&self.unit, e))
    }

    fn install(&self, start: bool, force: bool, cx: &mut Context) -> Result<()> {
        let manager = Manager::find(&self.root, &self.systemctl)?;
        let text = text(cx)?;
        let found = self.found()?;
        if found == Found::Foreign && !force {
            return Err(self.changed());
        }
        let written = found != Found::Ours(text.clone());
        if written {
            unit::write(&self.unit, &text).map_err(|e| CliError::file(&self.unit, e))?;
            manager.tell(&["daemon-reload"])?;
        }
        manager.tell(&["enable", unit::NAME])?;
        if start {
            // Of what runs already, too: the program may be a newer one. Runs go on.
            manager.tell(&["restart", unit::NAME])?;
        }
        let login = Login::read(&self.root);
        if cx.json {
            let unit = self.unit.display().to_string();
            let found = json!({ "unit": unit, "written": written, "started": start, "lingers": login.lingers });
            return cx.print_json(&found);
        }
        let verb = if written { "wrote" } else { "found unchanged:" };
        writeln!(cx.out, "{verb} {}", self.unit.display())?;
        writeln!(cx.out, "enabled {}{}", unit::NAME, if start { " and started it" } else { "" })?;
        if let Ok(Some(holder)) = crate::lock::holder(&cx.paths.engine_lock())
            && holder.role != Role::Daemon
            && start
        {
            writeln!(cx.out, "the engine is still process {}; the service takes over when that one ends", holder.pid)?;
        }
        writeln!(cx.out, "{}", lingering(&login))?;
        Ok(())
    }

    fn uninstall(&self, force: bool, cx: &mut Context) -> Result<()> {
        let manager = Manager::find(&self.root, &self.systemctl)?;
        let removed = match self.found()? {
            Found::Nothing => false,
            Found::Foreign if !force => return Err(self.changed()),
            Found::Foreign | Found::Ours(_) => {
                manager.tell(&["disable", "--now", unit::NAME])?;
                std::fs::remove_file(&self.unit).map_err(|e| CliError::file(&self.unit, e))?;
                manager.tell(&["daemon-reload"])?;
                true
            }
        };
        if cx.json {
            return cx.print_json(&json!({ "unit": self.unit.display().to_string(), "removed": removed }));
        }
        if removed {
            writeln!(cx.out, "stopped, disabled and removed {}; what runs goes on", self.unit.display())?;
        } else {
            writeln!(cx.out, "there is no {}", self.unit.display())?;
        }
        Ok(())
    }

    fn status(&self, cx: &mut Context) -> Result<u8> {
        let login = Login::read(&self.root);
        let state = Manager::find(&self.root, &self.systemctl)?.state()?;
        let found = self.found()?;
        let runs = state.active == "active";
        let program = match &found {
            Found::Ours(text) => unit::program(text),
            Found::Nothing | Found::Foreign => None,
        };
        if cx.json {
            let answer = json!({
                "installed": state.file.is_some(), "unit": state.file, "changed": found == Found::Foreign,
                "program": program, "enabled": state.enabled, "active": state.active, "pid": state.pid,
                "lingers": login.lingers,
            });
            cx.print_json(&answer)?;
            return Ok(u8::from(!runs));
        }
        let mut table = Table::bare();
        let unit = state.file.as_ref().map_or_else(|| "not installed".to_owned(), |file| file.display().to_string());
        let mark = if found == Found::Foreign { " (changed by hand)" } else { "" };
        table.row(vec!["unit".into(), format!("{unit}{mark}").into()]);
        if let Some(program) = program {
            table.row(vec!["program".into(), program.display().to_string().into()]);
        }
        let pid = state.pid.map_or_else(String::new, |pid| format!(", process {pid}"));
        let enabled = if state.enabled { "enabled" } else { "not enabled" };
        table.row(vec!["state".into(), format!("{}{pid}, {enabled}", state.active).into()]);
        table.row(vec!["lingering".into(), lingering(&login).into()]);
        table.print(&mut cx.out)?;
        Ok(u8::from(!runs))
    }

    fn changed(&self) -> CliError {
        let unit = self.unit.display();
        CliError::Refused(format!(
            "{unit} is not as Tempo wrote it; keep your changes by `systemctl --user edit {}`, or give it up by --force",
            unit::NAME
        ))
    }
}

/// What doctor says about the service.
pub(super) struct Report {
    /// It is as it should be, or is not there at all.
    pub(super) good: bool,
    /// In words.
    pub(super) text: String,
}

/// Looks at the service, if there is one; `None` on a machine without systemd.
pub(super) fn report(cx: &Context) -> Option<Report> {
    Service::here().ok()?.report(cx)
}

impl Service {
    fn report(&self, cx: &Context) -> Option<Report> {
        if !Login::read(&self.root).systemd {
            return None;
        }
        let said = |good, text: String| Some(Report { good, text });
        let found = match self.found() {
            Ok(found) => found,
            Err(e) => return said(false, e.to_string()),
        };
        let state = match Manager::find(&self.root, &self.systemctl).and_then(|manager| manager.state()) {
            Ok(state) => state,
            Err(_) if found == Found::Nothing => return said(true, "not installed".to_owned()),
            Err(e) => return said(false, e.to_string()),
        };
        if state.file.is_none() {
            return said(true, "not installed; `tempo service install` starts the engine at boot".to_owned());
        }
        let mut wrong = Vec::new();
        if let Found::Ours(text) = &found {
            let installed = unit::program(text).unwrap_or_default();
            let this = std::env::current_exe().ok();
            if !installed.exists() {
                wrong.push(format!("its program {} is gone", installed.display()));
            } else if installed.canonicalize().ok() != this.as_ref().and_then(|this| this.canonicalize().ok()) {
                wrong.push(format!("it runs another program, {}", installed.display()));
            } else if unit::text(&installed, &cx.paths) != *text {
                wrong.push(
                    "its unit is of another version or for another home: `tempo service install` writes it anew"
                        .to_owned(),
                );
            }
        }
        if !state.enabled {
            wrong.push("it is not enabled: nothing starts it at boot".to_owned());
        }
        if state.active != "active" {
            wrong.push(format!("it is {}: `systemctl --user status tempo` says why", state.active));
        }
        let changed = if found == Found::Foreign { ", changed by hand" } else { "" };
        let pid = state.pid.map_or_else(String::new, |pid| format!(", process {pid}"));
        if wrong.is_empty() {
            said(true, format!("installed, enabled, {}{pid}{changed}", state.active))
        } else {
            said(false, wrong.join("; "))
        }
    }
}

/// The unit for this program, with a warning when that will not stay where it is.
fn text(cx: &Context) -> Result<String> {
    let program = program()?;
    if is_temporary(&program) {
        let text = format!("{} will not stay: install tempo first, as by `cargo install --path .`", program.display());
        super::complain(&text);
    }
    Ok(unit::text(&program, &cx.paths))
}

fn lingering(login: &Login) -> &'static str {
    if login.lingers {
        "lingering is on: it starts at boot, and neither it nor its runs end when you log out"
    } else {
        "lingering is off: it starts when you log in, and it and its runs end some seconds after you log out; \
         `loginctl enable-linger` keeps them from boot on"
    }
}

/// The path of this program that an upgrade keeps: the one by which the shell finds it, else its own.
fn program() -> Result<PathBuf> {
    let own =
        std::env::current_exe().map_err(|e| CliError::Failed(format!("cannot tell which program this is: {e}")))?;
    let Ok(real) = own.canonicalize() else {
        let text = format!("{} was replaced or removed meanwhile; call the new one", own.display());
        return Err(CliError::Refused(text));
    };
    let name = own.file_name().unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let known = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_absolute() && candidate.canonicalize().is_ok_and(|found| found == real));
    Ok(known.unwrap_or(real))
}

/// Whether it lies where a build or a reboot takes it away.
fn is_temporary(program: &Path) -> bool {
    program.ancestors().any(|folder| folder.join("CACHEDIR.TAG").exists())
        || ["/tmp", "/var/tmp", "/run", "/dev/shm"].iter().any(|folder| program.starts_with(folder))
}

#[cfg(test)]
mod tests;
