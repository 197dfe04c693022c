//! The environment of a Python script, as the store knows it.

use std::path::PathBuf;

use jiff::Timestamp;

use super::run::words;
use super::{RunId, TaskId};

words! {
    /// How an environment stands.
    State {
        /// It is complete.
        Ready = "ready",
        /// A run builds it, or is about to.
        Building = "building",
        /// The run that was to build it did not.
        Failed = "failed",
        /// It cannot be built, and nobody has tried: no interpreter fits, or what the script says of itself is wrong.
        Impossible = "impossible",
    }
}

/// What is known of the environment of a task's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The task.
    pub task: TaskId,
    /// How it stands.
    pub state: State,
    /// Of what it is made, as a hash; `None` of one that is impossible.
    pub key: Option<String>,
    /// The interpreter that it is made with.
    pub python: Option<PathBuf>,
    /// The version of that.
    pub version: Option<String>,
    /// Where it is, when it is ready.
    pub folder: Option<PathBuf>,
    /// How many packages are in it, when that is known.
    pub packages: Option<u32>,
    /// It is made from a lock.
    pub locked: bool,
    /// The requirements have changed since they were locked.
    pub drift: bool,
    /// The run that built it, builds it, or failed to.
    pub run: Option<RunId>,
    /// Why there is none, in words.
    pub reason: Option<String>,
    /// When this was found.
    pub changed_at: Timestamp,
}

impl Environment {
    /// All of it in one line, as `ready, Python 3.12.1, 14 packages`.
    pub fn text(&self) -> String {
        let python = self.version.as_ref().map(|version| format!(", Python {version}")).unwrap_or_default();
        let run = self.run.map(|run| format!(" (#{run})")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        match self.state {
            State::Ready => {
                let packages = match self.packages {
                    None => String::new(),
                    Some(1) => ", 1 package".to_owned(),
                    Some(n) => format!(", {n} packages"),
                };
                let locked = match (self.locked, self.drift) {
                    (true, true) => ", locked: the requirements have changed since",
                    (true, false) => ", locked",
                    (false, _) => "",
                };
                format!("ready{python}{packages}{locked}")
            }
            State::Building => format!("is being built{run}{python}"),
            State::Failed => format!("could not be built{run}{reason}"),
            State::Impossible => format!("cannot be built{reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_said_in_one_line() {
        let mut it = Environment {
            task: TaskId(1),
            state: State::Ready,
            key: Some("k".to_owned()),
            python: Some(PathBuf::from("/usr/bin/python3.12")),
            version: Some("3.12.1".to_owned()),
            folder: None,
            packages: Some(14),
            locked: false,
            drift: false,
            run: Some(RunId(7)),
            reason: None,
            changed_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(it.text(), "ready, Python 3.12.1, 14 packages");
        (it.packages, it.locked, it.drift) = (Some(1), true, true);
        assert_eq!(it.text(), "ready, Python 3.12.1, 1 package, locked: the requirements have changed since");
        it.state = State::Building;
        assert_eq!(it.text(), "is being built (#7), Python 3.12.1");
        (it.state, it.reason) = (State::Failed, Some("ERROR: no".to_owned()));
        assert_eq!(it.text(), "could not be built (#7): ERROR: no");
        it.state = State::Impossible;
        assert_eq!(it.text(), "cannot be built: ERROR: no");
    }
}
