//! `tempo config`: the settings in force and where each comes from.

use std::io::Write as _;

use serde_json::json;

use super::table::{Cell, Table, Tone};
use super::{CliError, Context, Result};
use crate::config::{Loaded, SETTINGS};

/// What about the settings.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum What {
    /// Print where the file is looked for
    Path,
    /// Say what cannot be used of the file, the environment and keys.toml; exit code 4 when there is anything
    Check,
    /// Print every key of the dashboard as a keys.toml that changes nothing, to begin with
    Keys,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    match args.what {
        None => show(cx),
        Some(What::Path) => {
            let path = cx.paths.settings().display().to_string();
            if cx.json {
                return cx.print_json(&json!({ "path": path }));
            }
            writeln!(cx.out, "{path}")?;
            Ok(())
        }
        Some(What::Check) => check(cx),
        Some(What::Keys) => {
            let keys = include_str!("../../assets/keys.toml");
            if cx.json {
                return cx.print_json(&json!({ "path": cx.paths.keys().display().to_string(), "text": keys }));
            }
            write!(cx.out, "{keys}")?;
            Ok(())
        }
    }
}

impl Context {
    /// The settings as the dashboard and the engine would read them now.
    pub(super) fn settings(&self) -> Loaded {
        // A variable that is not UTF-8 is not one of ours.
        let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Loaded::read(&self.paths.settings(), variables)
    }
}

fn show(cx: &mut Context) -> Result<()> {
    let loaded = cx.settings();
    let mut table = Table::bare();
    for setting in SETTINGS {
        let value = setting.value(&loaded.settings);
        let place = loaded.places.get(setting.key).map_or("default", String::as_str);
        if cx.json {
            cx.print_json(&json!({ "key": setting.key, "value": value, "source": place }))?;
        } else {
            table.row(vec![setting.key.into(), value.into(), Cell::new(place, Tone::Dim)]);
        }
    }
    table.print(&mut cx.out)?;
    for problem in &loaded.problems {
        super::complain(problem);
    }
    Ok(())
}

fn check(cx: &mut Context) -> Result<()> {
    let mut loaded = cx.settings();
    let path = cx.paths.settings();
    loaded.problems.extend((cx.check)(&cx.paths));
    if cx.json {
        let problems = loaded.problems.iter().map(|p| json!({ "place": p.place, "problem": p.text }));
        let problems: Vec<_> = problems.collect();
        cx.print_json(&json!({ "path": path.display().to_string(), "exists": path.exists(), "problems": problems }))?;
    }
    if !loaded.problems.is_empty() {
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        return Err(CliError::Refused(problems.join("\n")));
    }
    if !cx.json {
        let what = if path.exists() { "no problem" } else { "not there; the defaults are in force" };
        writeln!(cx.out, "{}: {what}", path.display())?;
        if cx.paths.keys().exists() {
            writeln!(cx.out, "{}: no problem", cx.paths.keys().display())?;
        }
    }
    Ok(())
}
