//! `tempo report`: what was done, overdue, run and how long it took, over a period, as tables, JSON or CSV.

mod sheet;
mod shown;

use std::io::Write as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use serde_json::json;

use self::sheet::Sheet;
use super::{CliError, Context, Result};
use crate::domain::quantity::parse_duration;
use crate::domain::report::{By, Grain, Kind, Period, Report, Source};
use crate::store::{Db, report};

/// Things of each sort that wait, at most.
const WAITING: usize = 50;
/// The same on the page of everything.
const WAITING_IN_SHORT: usize = 3;

/// Which report.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without KIND a page about everything. SINCE is a TIME or a duration; a number of days means whole days, that of UNTIL among them.\n\
                  Runs count on the day on which they ended, those of deleted tasks too; what builds environments does not. A run that was cancelled, \
                  skipped or lost says nothing about durations, and the success rate is that of the runs that succeeded or failed.\n\
                  Percentiles are by nearest rank: p95 is the smallest duration that 95 of 100 do not exceed. `waiting` is as of now.\n\
                  With --json an object a line, of the same fields as the columns of --csv; without KIND one object. Durations are seconds."
)]
pub struct Args {
    /// What it is about
    #[arg(value_parser = one_of(Kind::ALL, Kind::word))]
    kind: Option<Kind>,
    /// From then on
    #[arg(long, value_name = "SINCE", default_value = "30d", allow_hyphen_values = true)]
    since: String,
    /// Up to then; now when nothing is said
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// In groups, instead of by time
    #[arg(long, value_parser = one_of(By::ALL, By::word))]
    by: Option<By>,
    /// The unit of time
    #[arg(long, value_parser = one_of(Grain::ALL, Grain::word), default_value = "day")]
    per: Grain,
    /// Print CSV with a header (RFC 4180)
    #[arg(long, requires = "kind", conflicts_with = "json")]
    csv: bool,
}

/// One of some words.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|one| word(*one)))
        .try_map(move |text| all.iter().copied().find(|one| word(*one) == text).ok_or("not one of them"))
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    if let Some(kind) = args.kind.filter(|kind| args.by.is_some() && !kind.has_groups()) {
        return Err(CliError::Refused(format!("by: `{kind}` is a list of single things, and has no groups")));
    }
    let period = period(args, cx)?;
    let store = cx.store()?;
    let db = store.reader()?;
    let Some(kind) = args.kind else { return in_short(args, &period, &db, cx) };
    let found = report::read(&db, kind.source(), &period, args.by, cx.now, WAITING)?;
    if cx.json || args.csv {
        let sheet = Sheet::of(kind, &found, &period, args.by, cx);
        return if cx.json { sheet.print_json(cx) } else { sheet.print_csv(cx) };
    }
    if kind != Kind::Waiting {
        writeln!(cx.out, "{}: {}", kind.title(), shown::words(&period, cx))?;
    }
    shown::print(kind, &found, &period, args.by, cx)
}

/// A page about everything.
fn in_short(args: &Args, period: &Period, db: &Db, cx: &mut Context) -> Result<()> {
    let read = |source, limit| report::read(db, source, period, args.by, cx.now, limit);
    let (Report::Todos(todos), Report::Overdue(overdue), Report::Runs(runs), Report::Waiting(waiting)) = (
        read(Source::Todos, 0)?,
        read(Source::Overdue, 0)?,
        read(Source::Runs, 0)?,
        read(Source::Waiting, WAITING_IN_SHORT)?,
    ) else {
        return Err(CliError::Failed("a report is of another kind than was asked for".to_owned()));
    };
    let page = shown::Page { todos, overdue, runs: *runs, waiting };
    if !cx.json {
        return shown::page(&page, period, args.by, cx);
    }
    let took = sheet::took;
    let (todos, runs) = (page.todos.total, &page.runs.total);
    let busiest =
        runs.busiest.map(|(day, hour, runs)| json!({ "weekday": sheet::DAYS[day], "hour": hour, "runs": runs }));
    let object = json!({
        "since": cx.rfc3339(period.from()),
        "until": cx.rfc3339(period.until()),
        "done": { "done": todos.done, "given_up": todos.given_up },
        "cycle": { "cycle": took(todos.cycle), "lead": took(todos.lead) },
        "overdue": { "overdue": page.overdue.units.last(), "most": page.overdue.units.iter().max() },
        "success": {
            "ok": runs.ok, "failed": runs.bad, "cancelled": runs.cancelled, "skipped": runs.skipped, "rate": runs.rate(),
        },
        "durations": took(runs.took),
        "hours": busiest,
        "waiting": Sheet::of(Kind::Waiting, &Report::Waiting(page.waiting), period, None, cx).objects(),
    });
    cx.print_json(&object)
}

/// The period that is asked for. It ends now at the latest.
fn period(args: &Args, cx: &Context) -> Result<Period> {
    let until = args.until.as_deref().map(|text| super::why::instant(cx, "until", text)).transpose()?;
    let until = until.unwrap_or(cx.now).min(cx.now);
    let refused = |e: &dyn std::fmt::Display| CliError::Refused(format!("since: {e}"));
    let from: Timestamp = match parse_duration(&args.since) {
        Ok(back) if back.as_secs() > 0 && back.as_nanos() % 86_400_000_000_000 == 0 => {
            let days = u32::try_from(back.as_secs() / 86_400).unwrap_or(u32::MAX);
            return Period::last(days, until, args.per, &cx.zone).map_err(|e| refused(&e));
        }
        Ok(back) => until.checked_sub(back).map_err(|e| refused(&e))?,
        Err(_) => super::why::instant(cx, "since", &args.since)?,
    };
    Period::new(from, until, args.per, &cx.zone).map_err(|e| refused(&e))
}
