//! `tempo import crontab`: which crontab is meant.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::super::{CliError, Context, Result};
use super::offer::{self, How};
use crate::foreign::crontab::{Format, found};
use crate::foreign::machine;

/// Which one.
#[derive(Debug, clap::Args)]
#[command(after_help = "What an entry means in cron and would not mean here is said beside it. \
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
        None => {
            let own = found::own()
                .map_err(|e| CliError::Failed(format!("{e}; name the file, as in tempo import crontab FILE")))?;
            (found::OWN.to_owned(), own, found::OWN_OFF.to_owned())
        }
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
    let of_the_system = args.system || args.file.as_deref().is_some_and(found::is_of_the_system);
    let here = machine::here(cx.now, cx.zone.clone(), cx.zone_name.clone());
    let plan = found::plan(&name, &bytes, of_the_system.then_some(Format::System), &off, &here);
    offer::offer(&plan, &name, &args.how, cx)
}
