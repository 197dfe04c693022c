//! `tempo completions`: what a shell needs to complete our words.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Context, Result};

/// For which shell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    // The generator panics when it cannot write: into memory it always can.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tempo", &mut script);
    cx.out.write_all(&script)?;
    Ok(())
}
