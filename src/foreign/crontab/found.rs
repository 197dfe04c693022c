//! The crontab of the user who asks, and what a crontab's lines look like on this machine.

use std::path::Path;
use std::process::{Command, Stdio};

use super::super::machine::{self, Accounts};
use super::super::{Here, Plan};
use super::{Format, read};

/// How the crontab of a user is called in messages.
pub const OWN: &str = "crontab";

/// How its entries are switched off.
pub const OWN_OFF: &str = "crontab -e    and put a # in front of these lines";

/// What `crontab -l` prints.
///
/// # Errors
/// When there is no such program, or no crontab of this user: what it says.
pub fn own() -> Result<Vec<u8>, String> {
    let output = Command::new("crontab")
        .arg("-l")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot run crontab -l: {e}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("crontab -l says: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// Reads a crontab, and tells by its lines whether they name users when `format` does not say it.
pub fn plan(name: &str, bytes: &[u8], format: Option<Format>, off: &str, here: &Here) -> Plan {
    let text = String::from_utf8_lossy(bytes);
    let accounts = Accounts::read();
    let format = format.or_else(|| Format::of(&text, &|name| accounts.has(name), &machine::is_program));
    let mut plan = read(name, &text, format.unwrap_or(Format::User), off, here);
    if format.is_none() {
        plan.notes.push("the sixth words are programs and also users here: if they are users, use --system".to_owned());
    }
    plan
}

/// Whether a file is one of the system's, whose lines name users.
pub fn is_of_the_system(file: &Path) -> bool {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    path == Path::new("/etc/crontab") || path.parent() == Some(Path::new("/etc/cron.d"))
}
