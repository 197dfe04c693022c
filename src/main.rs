//! The `tempo` binary: puts the parts together, and nothing else.

mod daemon;
mod dashboard;
mod deputy;
mod house;

use std::process::ExitCode;

use tempo::cli::{self, Cli, Command};
use tempo::supervise::spawner_main;

fn main() -> ExitCode {
    let arguments = Cli::from_arguments();
    let paths = match arguments.paths() {
        Ok(paths) => paths,
        Err(e) => {
            cli::complain(&e);
            return ExitCode::FAILURE;
        }
    };
    match arguments.command {
        None => dashboard::run(paths, arguments.home.as_deref()),
        Some(Command::Daemon) => daemon::run(paths),
        Some(Command::Spawner) => spawner_main(),
        Some(command) => ExitCode::from(cli::run(command, paths, arguments.json, tempo::tui::check)),
    }
}
