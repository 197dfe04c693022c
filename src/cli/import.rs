//! `tempo import`: tasks from a file, from crontabs, or from systemd's timers.

mod crontab;
mod file;
mod offer;
mod shown;
mod systemd;
mod todos;

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::{CliError, Context, Result};
use crate::foreign::todos::Form;

/// Where the file comes from when it is `-`.
const STANDARD_INPUT: &str = "standard input";

/// From where.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "FILE is TOML, CSV, taskwarrior's JSON, todo.txt or iCalendar: its name says which (.toml .csv .json \
todo.txt .ics), or how it begins, or --from.
In TOML each [[task]] has a name and a command, a script or kind = \"todo\"; \
the other keys are those of `tempo set`.
  when = \"every 5m\"                or a list of schedules
  tz = \"Europe/Berlin\"             the zone of these schedules
  tags = [\"nas\", \"home\"]
  env = { KEEP = \"3\" }
  script = \"$SCRIPTS/a/main.py\"    in the folder of the scripts of this home
  script-content = \"\"\"...\"\"\"        the file of `script`, made when missing
  requirements-content = \"\"\"...\"\"\"  and the requirements.txt beside it
Relative paths count from the file's folder. A task whose slug exists is skipped, or replaced with \
--replace. When something is wrong, all of it is told and nothing is imported; with --skip-invalid \
the rest is (exit code 4 all the same). `tempo undo` takes all back.
CSV is the same as a table: its first line names the keys in any order, `field.NAME` and `env.NAME` \
are one of many. Without kind, command and script all are to-dos.
Of taskwarrior, todo.txt and iCalendar come to-dos, each with what became of it. One that has a UUID \
is changed when it comes again; what Tempo has no place for is kept in fields of its name:
  priority     H 2, M 4, none 5, L 8;  A 1 ... D 4, none 5, E 6 ... I 10;
               of iCalendar the same
  project      a.b or +a/b is the category a/b; a further +project and
               @context are tags
  annotations  and COMMENT are notes; waiting is open, deleted is cancelled
  depends      and RELATED-TO;RELTYPE=DEPENDS-ON is depends-on; what is not
               here is kept in a field
  recur        with its template, RRULE, rec:+1w (every week) and rec:1w
               (1 week after done) is recur; what Tempo cannot repeat so is
               said, and kept in a field"
)]
pub struct Args {
    #[command(subcommand)]
    source: Option<Source>,
    /// The file, or - for standard input; ./crontab or ./systemd when it has such a name
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// What the file is: toml, taskwarrior, todotxt, csv or ics
    #[arg(long, value_name = "FORM", hide_possible_values = true, value_parser = forms())]
    from: Option<Form>,
    /// Give tasks that exist what the file says
    #[arg(long)]
    replace: bool,
    /// Leave out what is wrong, and import the rest
    #[arg(long)]
    skip_invalid: bool,
    /// Show what would become of each, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Other schedulers.
#[derive(Debug, clap::Subcommand)]
enum Source {
    /// From a crontab: your own, or a file
    Crontab(crontab::Args),
    /// From systemd's timers: the enabled ones, or those that you name
    Systemd(systemd::Args),
}

/// The names of the forms as clap reads them.
pub(super) fn forms() -> impl clap::builder::TypedValueParser<Value = Form> {
    let words = PossibleValuesParser::new(Form::ALL.iter().map(|form| form.word()));
    words.map(|word| Form::named(&word).unwrap_or(Form::Toml))
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    match (&args.source, &args.file) {
        (Some(Source::Crontab(args)), _) => crontab::run(args, cx),
        (Some(Source::Systemd(args)), _) => systemd::run(args, cx),
        (None, file) => {
            let file = file.clone().unwrap_or_default();
            let piped = file == Path::new("-");
            let name = if piped { STANDARD_INPUT.to_owned() } else { file.display().to_string() };
            let text = if piped { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(&file) };
            let text = text.map_err(|e| CliError::file(Path::new(&name), e))?;
            let by_name = || if piped { None } else { Form::of_file(&file) };
            let form = args.from.or_else(by_name).unwrap_or_else(|| match Form::of_text(&text) {
                // What is like nothing else, and has the ending of texts.
                Form::Toml if file.extension().is_some_and(|end| end == "txt") && !text.contains("[[") => Form::Todotxt,
                form => form,
            });
            match form {
                Form::Toml | Form::Csv => file::run(form, &text, &name, &file, args, cx),
                Form::Taskwarrior | Form::Todotxt | Form::Ics => todos::run(form, &text, &name, args, cx),
            }
        }
    }
}
