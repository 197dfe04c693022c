//! `tempo import`: tasks from a TOML file, from crontabs, or from systemd's timers.

mod crontab;
mod file;
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
  script-content = \"\"\"...\"\"\"          the file of `script` is made when it is not there
  requirements-content = \"\"\"...\"\"\"    and the requirements.txt beside it
  script = \"$SCRIPTS/a/main.py\"      in the folder of the scripts of this home
Relative paths count from the file's folder. All of its tasks are added, or none when one is
wrong; one whose slug exists is skipped, or replaced with --replace. `tempo undo` takes all back."
)]
pub struct Args {
    #[command(subcommand)]
    source: Option<Source>,
    /// The file, or - for standard input; ./crontab or ./systemd when it has such a name
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Give tasks that exist what the file says
    #[arg(long)]
    replace: bool,
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
        (None, file) => file::run(&file.unwrap_or_default(), args.replace, cx),
    }
}
