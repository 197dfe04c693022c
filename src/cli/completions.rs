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
    let whole = Cli::command();
    // The generators would also complete what is hidden.
    let verbs = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut shown = clap::Command::new("tempo").version(env!("CARGO_PKG_VERSION"));
    shown = shown.args(whole.get_arguments().cloned()).subcommands(verbs);
    // They panic when they cannot write: into memory they always can.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown, "tempo", &mut script);
    cx.out.write_all(&script)?;
    Ok(())
}
