//! `tempo import crontab`: where crontabs are.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::{CliError, Context, Result};
use super::machine::{self, Accounts};
use super::offer::{self, How};
use crate::foreign::crontab::{Format, read};

/// Which one.
#[derive(Debug, clap::Args)]
#[command(after_help = "What an entry means in cron and would not mean here is said beside it.
The crontab is never changed.")]
pub(super) struct Args {
    /// The file, or - for standard input; your own crontab (`crontab -l`) when none is said
    file: Option<PathBuf>,
    /// Its lines name a user before the command; known without this for /etc/crontab and /etc/cron.d, and where all name users
    #[arg(long)]
    system: bool,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let (name, bytes, off) = match &args.file {
        None => ("crontab".to_owned(), own()?, "crontab -e    and put a # in front of these lines".to_owned()),
        Some(file) if file == Path::new("-") => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map_err(|e| CliError::file(file, e))?;
            ("standard input".to_owned(), bytes, "put a # in front of these lines where they come from".to_owned())
        }
        Some(file) => {
            let name = file.display().to_string();
            let off = format!("put a # in front of these lines of {name}");
            (name, std::fs::read(file).map_err(|e| CliError::file(file, e))?, off)
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let accounts = Accounts::read();
    let by_place = args.file.as_deref().is_some_and(is_of_the_system);
    let format = if args.system || by_place {
        Some(Format::System)
    } else {
        Format::of(&text, &|name| accounts.has(name), &machine::is_program)
    };
    let mut plan = read(&name, &text, format.unwrap_or(Format::User), &off, &machine::here(cx));
    if format.is_none() {
        plan.notes.push("the sixth words are programs and also users here: if they are users, use --system".to_owned());
    }
    offer::offer(&plan, &name, &args.how, cx)
}

/// The crontab of the user who asks.
fn own() -> Result<Vec<u8>> {
    let output = Command::new("crontab").arg("-l").stdin(Stdio::null()).output().map_err(|e| {
        CliError::Failed(format!("cannot run crontab -l: {e}; name the file, as in tempo import crontab FILE"))
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(CliError::Failed(format!("crontab -l says: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

fn is_of_the_system(file: &Path) -> bool {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    path == Path::new("/etc/crontab") || path.parent() == Some(Path::new("/etc/cron.d"))
}
