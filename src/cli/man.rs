//! `tempo man`: manual pages, made from the same definitions as `--help`.

use clap::CommandFactory as _;

use super::{Cli, CliError, Context, Result};

/// Which page.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The verb; tempo itself when none is said
    verb: Option<String>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let mut tempo = Cli::command();
    tempo.build();
    let page = match &args.verb {
        None => tempo,
        Some(verb) => {
            let command = tempo
                .get_subcommands()
                .find(|command| command.get_name() == verb && !command.is_hide_set())
                .ok_or_else(|| CliError::Refused(format!("there is no verb `{verb}`; see `tempo --help`")))?;
            command.clone()
        }
    };
    clap_mangen::Man::new(page).render(&mut cx.out)?;
    Ok(())
}
