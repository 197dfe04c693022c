//! Whether the files are there that the secrets of tasks are read from, and whether others can read them (R9).

use std::os::unix::fs::PermissionsExt;

use super::{Findings, Verdict};
use crate::domain::secret::Source;
use crate::store::{Db, tasks};

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Says what is wrong. A variable is not looked for: what counts is the environment of the engine.
pub(super) fn check(db: &Db, found: &mut Findings) -> crate::store::Result<()> {
    for (slug, secrets) in tasks::with_secrets(db)? {
        for secret in secrets {
            let Source::File(path) = &secret.source else { continue };
            let what = format!("{} of {slug}: {}", secret.name, path.display());
            match path.metadata() {
                Ok(file) if !file.is_file() => found.add("secret", Verdict::Bad, format!("{what} is not a file")),
                Ok(file) if file.permissions().mode() & OTHERS != 0 => {
                    let mode = file.permissions().mode() & 0o777;
                    let text = format!("{what} can be read or changed by others ({mode:03o}): chmod 600");
                    found.add("secret", Verdict::Warn, text);
                }
                Ok(_) => {}
                Err(e) => found.add("secret", Verdict::Bad, format!("{what}: {e}; its runs cannot start")),
            }
        }
    }
    Ok(())
}
