//! What a supervisor is asked to execute: the content of `spec.json`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::RunId;
use crate::domain::limits::Limits;
use crate::domain::secret::Secret;
use crate::domain::signal::StopSignal;

/// One attempt of a run, as the supervisor executes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The run; its folder has this name.
    pub run: RunId,
    /// Which attempt of the run this is, from 1.
    pub attempt: u32,
    /// The program, looked up in `PATH` when it has no slash, and its arguments.
    pub argv: Vec<String>,
    /// Variables that are added to the inherited environment, or replace its own (R9).
    pub env: BTreeMap<String, String>,
    /// Names that are not inherited; a trailing `*` stands for every name that begins so (R9).
    pub env_remove: Vec<String>,
    /// The working folder; it must exist (R9).
    pub cwd: PathBuf,
    /// The command is stopped after so many milliseconds (R5).
    pub timeout_ms: Option<u64>,
    /// The command is stopped after so many milliseconds because the deadline over all attempts is over then (R5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Milliseconds between the stop signal and KILL (R4).
    pub grace_ms: u64,
    /// The number of the signal that asks the command to stop (R4).
    #[serde(default = "term")]
    pub stop_signal: i32,
    /// Whether stdout and stderr are one pty (O1).
    #[serde(default)]
    pub pty: bool,
    /// What is given on standard input; without it that is null (R9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// Variables whose values the supervisor reads just before the start (R9). The values are never here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// What it may use (R7).
    #[serde(default)]
    pub limits: Limits,
    /// Bytes of output that are kept of the whole run (O2); all when it is `None`.
    #[serde(default)]
    pub output_cap: Option<u64>,
}

fn term() -> i32 {
    StopSignal::TERM.number()
}

impl Spec {
    /// How long the command may run (R5).
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    /// What is left of the deadline over all attempts (R5).
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline_ms.map(Duration::from_millis)
    }

    /// How long the command may take to stop (R4).
    pub fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }

    /// The signal that asks the command to stop (R4); TERM in place of a number that asks nobody.
    pub fn stop_signal(&self) -> StopSignal {
        StopSignal::new(self.stop_signal).unwrap_or_default()
    }

    /// The environment of the command: what is inherited, less `env_remove`, plus `env` (R9).
    pub fn environment(
        &self,
        inherited: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> BTreeMap<OsString, OsString> {
        inherited
            .into_iter()
            .filter(|(name, _)| !self.removes(name))
            .chain(self.env.iter().map(|(name, value)| (name.into(), value.into())))
            .collect()
    }

    fn removes(&self, name: &OsStr) -> bool {
        self.env_remove.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.as_bytes().starts_with(prefix.as_bytes()),
            None => name.as_bytes() == pattern.as_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_the_environment_is_the_inherited_one_less_the_denied_names_plus_the_own() {
        let spec = Spec {
            run: RunId(1),
            attempt: 1,
            argv: vec!["true".into()],
            env: [("LANG".into(), "C".into()), ("SSH_OWN".into(), "1".into())].into(),
            env_remove: vec!["TERM".into(), "SSH_*".into()],
            cwd: "/".into(),
            timeout_ms: None,
            deadline_ms: None,
            grace_ms: 0,
            stop_signal: 15,
            pty: false,
            stdin: None,
            secrets: Vec::new(),
            limits: Limits::default(),
            output_cap: None,
        };
        let inherited =
            ["PATH=/bin", "LANG=de", "TERM=x", "TERMINFO=y", "SSH_TTY=z"].map(|v| v.split_once('=').unwrap());
        let environment = spec.environment(inherited.map(|(n, v)| (n.into(), v.into())));
        let mut shown = environment.iter().map(|(n, v)| format!("{}={}", n.display(), v.display()));
        assert_eq!(shown.by_ref().collect::<Vec<_>>(), ["LANG=C", "PATH=/bin", "SSH_OWN=1", "TERMINFO=y"]);
    }
}
