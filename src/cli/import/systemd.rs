//! `tempo import systemd`: which timers are meant.

use super::super::{CliError, Context, Result};
use super::offer::{self, How};
use crate::foreign::machine;
use crate::foreign::systemd::folders::{self, NamedError};

/// Which ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "A timer is taken with the service that it starts and the drop-ins of both. What it means for \
systemd and would not mean here is said beside it. Units are never changed. SYSTEMD_UNIT_PATH \
replaces the folders in which units are searched.")]
pub(super) struct Args {
    /// Names of timers, or files; every enabled timer of yours and of the system when none is said
    #[arg(value_name = "UNIT|FILE")]
    units: Vec<String>,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let here = machine::here(cx.now, cx.zone.clone(), cx.zone_name.clone());
    let plan = match args.units.as_slice() {
        [] => folders::enabled(&here),
        units => folders::named(units, &here).map_err(|e| match e {
            NamedError::NoTimer(text) => CliError::Refused(text),
            NamedError::File { path, source } => CliError::file(&path, source),
        })?,
    };
    offer::offer(&plan, "the timers", &args.how, cx)
}
