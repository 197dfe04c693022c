//! What the meaning of foreign jobs depends on: this machine and the user who asks.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Here;

/// The facts, as of an instant, in the machine's zone and its IANA name.
pub fn here(now: Timestamp, zone: TimeZone, zone_name: String) -> Here {
    let uid = rustix::process::getuid().as_raw();
    let accounts = Accounts::read();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = accounts.name(uid).or_else(|| variable("USER")).unwrap_or_else(|| uid.to_string());
    Here {
        now,
        zone,
        zone_name,
        user,
        uid,
        home: std::env::home_dir().unwrap_or_else(|| PathBuf::from("/")),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
    }
}

/// Whether there is a program of this name in the folders of `PATH`.
pub fn is_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// The users of this machine.
#[derive(Debug)]
pub struct Accounts(String);

impl Accounts {
    /// None, when they cannot be read.
    pub fn read() -> Self {
        let bytes = std::fs::read("/etc/passwd").unwrap_or_default();
        Self(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether one has this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries().any(|(known, _)| known == name)
    }

    fn name(&self, uid: u32) -> Option<String> {
        self.entries().find(|(_, number)| number.parse() == Ok(uid)).map(|(name, _)| name.to_owned())
    }

    /// Names and numbers.
    fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| {
            let mut fields = line.split(':');
            Some((fields.next()?, fields.nth(1)?))
        })
    }
}
