//! `tempo import`: tasks from a TOML file, from crontabs, or from systemd's timers.

mod crontab;
mod file;
mod machine;
mod offer;
mod shown;
mod systemd;

use std::path::PathBuf;

use super::{Context, Result};

/// From where.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "FILE is TOML. Each [[task]] has a name and a command, a script or kind = \"todo\";
the other keys are those of `tempo set`.
  when = \"every 5m\"                  or a list of schedules
  tz = \"Europe/Berlin\"               the zone of these schedules
  tags = [\"nas\", \"home\"]
  env = { KEEP = \"3\" }
Relative paths count from the file's folder. All of its tasks are added, or none when one is
wrong; one whose slug exists is skipped."
)]
pub struct Args {
    #[command(subcommand)]
    source: Option<Source>,
    /// The file; ./crontab or ./systemd when it has such a name
    #[arg(required = true)]
    file: Option<PathBuf>,
}

/// Other schedulers.
#[derive(Debug, clap::Subcommand)]
enum Source {
    /// From a crontab: your own, or a file
    Crontab(crontab::Args),
    /// From systemd's timers: the enabled ones, or those that you name
    Systemd(systemd::Args),
}

pub(super) fn run(args: Args, cx: &mut Context) -> Result<()> {
    match (args.source, args.file) {
        (Some(Source::Crontab(args)), _) => crontab::run(&args, cx),
        (Some(Source::Systemd(args)), _) => systemd::run(&args, cx),
        (None, file) => file::run(&file.unwrap_or_default(), cx),
    }
}
