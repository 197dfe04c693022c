//! The user's service manager, spoken to through `systemctl --user`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::{CliError, Result};
use super::unit;
use crate::supervise::Login;

/// A manager that can be talked to.
#[derive(Debug)]
pub(super) struct Manager {
    systemctl: OsString,
    runtime: PathBuf,
}

/// What it knows about the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// Started with the manager.
    pub(super) enabled: bool,
    /// `active`, `inactive`, `failed`, `activating`.
    pub(super) active: String,
    /// Its process, while it has one.
    pub(super) pid: Option<u32>,
    /// The unit file that it uses; another one than ours when somebody else installed it.
    pub(super) file: Option<PathBuf>,
}

impl Manager {
    /// The manager of this user; else the reason why there is none and what to do.
    pub(super) fn find(root: &Path, systemctl: impl Into<OsString>) -> Result<Self> {
        let login = Login::read(root);
        if !login.systemd {
            let text = "systemd does not run this machine, so that there is no service manager to install into; \
                        start `tempo daemon` as your machine starts other things, as by `@reboot` in a crontab";
            return Err(CliError::Refused(text.to_owned()));
        }
        let runtime = root.join(format!("run/user/{}", rustix::process::geteuid().as_raw()));
        if !runtime.join("systemd").exists() {
            let text = "your service manager is not running: log in yourself (by ssh or on the console, not by su or sudo), \
                        or have it started at boot by `sudo loginctl enable-linger NAME`";
            return Err(CliError::Refused(text.to_owned()));
        }
        Ok(Self { systemctl: systemctl.into(), runtime })
    }

    /// Does something to it; what it complains of is the error.
    pub(super) fn tell(&self, arguments: &[&str]) -> Result<String> {
        let said = Command::new(&self.systemctl)
            .arg("--user")
            .args(arguments)
            .env("XDG_RUNTIME_DIR", &self.runtime)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| CliError::Failed(format!("cannot run systemctl: {e}")))?;
        if said.status.success() {
            return Ok(String::from_utf8_lossy(&said.stdout).into_owned());
        }
        let text = String::from_utf8_lossy(&said.stderr).trim().to_owned();
        Err(CliError::Failed(format!("systemctl --user {}: {text}", arguments.join(" "))))
    }

    /// Asks about the service.
    pub(super) fn state(&self) -> Result<State> {
        let answer = self.tell(&["show", unit::NAME, "--property=UnitFileState,ActiveState,MainPID,FragmentPath"])?;
        let values: HashMap<&str, &str> = answer.lines().filter_map(|line| line.split_once('=')).collect();
        let value = |key: &str| values.get(key).copied().unwrap_or_default();
        Ok(State {
            enabled: value("UnitFileState").starts_with("enabled"),
            active: value("ActiveState").to_owned(),
            pid: value("MainPID").parse().ok().filter(|pid| *pid > 0),
            file: Some(value("FragmentPath")).filter(|path| !path.is_empty()).map(PathBuf::from),
        })
    }
}
