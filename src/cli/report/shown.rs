//! Reports for people: tables with small bars, and the page about everything.

use std::io::Write as _;
use std::time::Duration;

use super::super::table::{Cell, Table, Tone};
use super::super::{Context, Result};
use crate::config::says_unicode;
use crate::domain::heat::{DAYS, HOURS, level};
use crate::domain::quantity::format_took;
use crate::domain::report::{
    By, Grain, Group, Key, Kind, Overdue, Period, Report, RunFigures, Runs, Source, TodoFigures, Todos, Took, Wait,
    Waiting, eighths,
};

/// Columns of a bar.
const BAR: u64 = 24;

/// The characters of bars.
struct Ink {
    /// Nothing, and the eighths of a bar.
    parts: [char; 9],
    whole: char,
    heat: [char; 5],
}

impl Ink {
    /// What the terminal can show.
    fn of_terminal() -> Self {
        let [lc_all, lc_ctype, lang, term] =
            ["LC_ALL", "LC_CTYPE", "LANG", "TERM"].map(|name| std::env::var(name).ok());
        if says_unicode(lc_all.as_deref(), lc_ctype.as_deref(), lang.as_deref(), term.as_deref()) {
            let parts = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
            Self { parts, whole: '█', heat: ['·', '░', '▒', '▓', '█'] }
        } else {
            let parts = ['.', '_', '_', '-', '-', '=', '=', '#', '#'];
            Self { parts, whole: '#', heat: ['.', ':', '=', '*', '#'] }
        }
    }

    /// A bar; a little is not nothing.
    fn bar(&self, number: u64, most: u64) -> Cell {
        let columns = (u128::from(number) * u128::from(BAR)).div_ceil(u128::from(most.max(1)));
        Cell::from((0..columns).map(|_| self.whole).collect::<String>())
    }

    /// A row of columns.
    fn line(&self, numbers: &[u64]) -> String {
        let most = numbers.iter().copied().max().unwrap_or(0);
        numbers.iter().map(|number| self.parts[eighths(*number, most)]).collect()
    }
}

/// A page about everything.
pub(super) struct Page {
    pub(super) todos: Todos,
    pub(super) overdue: Overdue,
    pub(super) runs: Runs,
    pub(super) waiting: Vec<Waiting>,
}

/// The period in words.
pub(super) fn words(period: &Period, cx: &Context) -> String {
    let unit = period.grain.word();
    let plural = if period.units() == 1 { "" } else { "s" };
    format!(
        "{} {unit}{plural} from {} to {} ({})",
        period.units(),
        cx.clock(period.from()),
        cx.clock(period.until()),
        cx.zone_name
    )
}

/// What there is to say of a period without anything: `nothing ran in these 30 days`.
fn nothing(what: &str, period: &Period) -> String {
    let unit = period.grain.word();
    match (period.units(), period.grain) {
        (1, Grain::Day) => format!("nothing {what} on this day"),
        (1, _) => format!("nothing {what} in this {unit}"),
        (units, _) => format!("nothing {what} in these {units} {unit}s"),
    }
}

/// What a report counts, of which there may be nothing.
const fn happens(kind: Kind) -> &'static str {
    match kind.source() {
        Source::Todos | Source::Waiting => "was done",
        Source::Overdue => "was overdue",
        Source::Runs => "ran",
    }
}

fn took(duration: Option<Duration>) -> Cell {
    duration.map_or_else(|| Cell::new("-", Tone::Dim), |duration| Cell::from(format_took(duration)))
}

fn percent(rate: Option<f64>) -> Cell {
    match rate {
        None => Cell::new("-", Tone::Dim),
        // Not rounded up: 100% is said of no group in which something failed.
        Some(rate) => Cell::new(&percent_text(rate), if rate < 1.0 { Tone::Warn } else { Tone::Good }),
    }
}

fn percent_text(rate: f64) -> String {
    if rate >= 1.0 { "100%".to_owned() } else { format!("{:.1}%", (rate * 1000.0).floor() / 10.0) }
}

fn name(key: &Key) -> Cell {
    key.name.as_ref().map_or_else(|| Cell::new("(none)", Tone::Dim), Cell::from)
}

fn number(number: u64) -> Cell {
    Cell::from(number.to_string())
}

/// A report of one kind; days without anything are left out.
pub(super) fn print(kind: Kind, report: &Report, period: &Period, by: Option<By>, cx: &mut Context) -> Result<()> {
    let ink = Ink::of_terminal();
    let first = by.map_or(period.grain.word(), By::word).to_uppercase();
    match report {
        Report::Waiting(found) => return waiting(found, cx),
        Report::Runs(runs) if kind == Kind::Hours && by.is_none() && runs.total.ended() > 0 => {
            return week(runs, &ink, cx);
        }
        _ => {}
    }
    let columns: &[&str] = match (kind, by) {
        (Kind::Done, _) => &["DONE", "GIVEN UP", ""],
        (Kind::Cycle, _) => &["DONE", "CYCLE P50", "CYCLE P95", "LEAD P50", "LEAD P95", ""],
        (Kind::Overdue, None) => &["OVERDUE", ""],
        (Kind::Overdue, Some(_)) => &["OVERDUE", "MOST", ""],
        (Kind::Success, _) => &["OK", "FAILED", "CANCELLED", "SKIPPED", "RATE", ""],
        (Kind::Durations, _) => &["RUNS", "P50", "P95", "LONGEST", ""],
        (Kind::Hours | Kind::Waiting, _) => &["RUNS", "BUSIEST HOUR", "RUNS IN IT", ""],
    };
    let mut table = Table::new(&[&[first.as_str()], columns].concat());
    let mut any = false;
    match report {
        Report::Todos(todos) => {
            let is_some = |figures: &TodoFigures| figures.done + figures.given_up > 0;
            let rows = rows(period, &todos.units, &todos.groups, by, is_some);
            any |= !rows.is_empty();
            let value = |figures: &TodoFigures| match kind {
                Kind::Done => figures.done,
                _ => micros(figures.lead.map(|took| took.p95)),
            };
            let most = rows.iter().map(|(_, figures)| value(figures)).max().unwrap_or(0);
            for (head, figures) in rows {
                let mut cells = vec![head, number(figures.done)];
                if kind == Kind::Done {
                    cells.push(number(figures.given_up));
                } else {
                    cells.extend(both(figures.cycle).into_iter().chain(both(figures.lead)));
                }
                cells.push(ink.bar(value(figures), most));
                table.row(cells);
            }
        }
        Report::Overdue(overdue) if by.is_some() => {
            any |= !overdue.groups.is_empty();
            let most = overdue.groups.iter().map(|group| group.figures.last).max().unwrap_or(0);
            for Group { key, figures } in &overdue.groups {
                table.row(vec![name(key), number(figures.last), number(figures.most), ink.bar(figures.last, most)]);
            }
        }
        Report::Overdue(overdue) => {
            let most = overdue.units.iter().copied().max().unwrap_or(0);
            for (day, count) in period.days().zip(&overdue.units).filter(|(_, count)| **count > 0) {
                any = true;
                table.row(vec![day.to_string().into(), number(*count), ink.bar(*count, most)]);
            }
        }
        Report::Runs(runs) => {
            let rows = rows(period, &runs.units, &runs.groups, by, |figures: &RunFigures| figures.ended() > 0);
            any |= !rows.is_empty();
            let value = |figures: &RunFigures| match kind {
                Kind::Success => (figures.rate().unwrap_or(0.0) * 1000.0) as u64,
                Kind::Durations => micros(figures.took.map(|took| took.p95)),
                _ => figures.ended(),
            };
            let most =
                if kind == Kind::Success { 1000 } else { rows.iter().map(|(_, of)| value(of)).max().unwrap_or(0) };
            for (head, figures) in rows {
                let mut cells = vec![head];
                match kind {
                    Kind::Success => {
                        cells.extend([figures.ok, figures.bad, figures.cancelled, figures.skipped].map(number));
                        cells.push(percent(figures.rate()));
                    }
                    Kind::Durations => {
                        cells.push(number(figures.took.map_or(0, |took| took.count as u64)));
                        cells.extend(both(figures.took));
                        cells.push(took(figures.took.map(|took| took.most)));
                    }
                    _ => {
                        cells.push(number(figures.ended()));
                        let busiest = figures.busiest;
                        cells.push(busiest.map_or_else(|| "-".into(), |(day, hour, _)| hour_text(day, hour).into()));
                        cells.push(number(busiest.map_or(0, |(.., runs)| u64::from(runs))));
                    }
                }
                cells.push(ink.bar(value(figures), most));
                table.row(cells);
            }
        }
        Report::Waiting(_) => {}
    }
    if any {
        table.print(&mut cx.out)?;
    } else {
        writeln!(cx.out, "{}", nothing(happens(kind), period))?;
    }
    Ok(())
}

fn micros(duration: Option<Duration>) -> u64 {
    duration.map_or(0, |duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// p50 and p95.
fn both(of: Option<Took>) -> [Cell; 2] {
    [took(of.map(|of| of.p50)), took(of.map(|of| of.p95))]
}

fn rows<'a, T>(
    period: &Period,
    units: &'a [T],
    groups: &'a [Group<T>],
    by: Option<By>,
    is_some: impl Fn(&T) -> bool,
) -> Vec<(Cell, &'a T)> {
    if by.is_some() {
        return groups.iter().map(|group| (name(&group.key), &group.figures)).collect();
    }
    period.days().map(|day| day.to_string().into()).zip(units).filter(|(_, unit)| is_some(unit)).collect()
}

fn hour_text(day: usize, hour: usize) -> String {
    format!("{} {hour:02}:00", DAYS[day])
}

/// A row for each weekday, two columns for each hour.
fn week(runs: &Runs, ink: &Ink, cx: &mut Context) -> Result<()> {
    let most = runs.week.iter().flatten().copied().max().unwrap_or(0);
    let hours: String = (0..HOURS).step_by(3).map(|hour| format!("{hour:02}    ")).collect();
    writeln!(cx.out, "     {}", hours.trim_end())?;
    for (day, counts) in DAYS.iter().zip(&runs.week) {
        let cells: String = counts.iter().map(|count| format!("{} ", ink.heat[level(*count, most)])).collect();
        writeln!(cx.out, "{day}  {} {:>7}", cells, counts.iter().map(|count| u64::from(*count)).sum::<u64>())?;
    }
    if let Some((day, hour, count)) = runs.total.busiest {
        writeln!(cx.out, "busiest: {}, {count} runs", hour_text(day, hour))?;
    }
    Ok(())
}

fn waiting(found: &[Waiting], cx: &mut Context) -> Result<()> {
    if found.is_empty() {
        writeln!(cx.out, "nothing waits")?;
        return Ok(());
    }
    let mut table = Table::new(&["WAITS", "TASK", "RUN", "SINCE", "FOR", "REASON"]);
    for waiting in found {
        let (what, tone) = match waiting.wait {
            Wait::Blocked => ("blocked", Tone::Warn),
            Wait::Overdue => ("overdue", Tone::Bad),
            Wait::Open => ("open", Tone::Plain),
            Wait::Run => ("run", Tone::Warn),
        };
        let waits: Option<Duration> = cx.now.duration_since(waiting.since).try_into().ok();
        table.row(vec![
            Cell::new(what, tone),
            Cell::from(&waiting.slug),
            waiting.run.map_or_else(|| "-".to_owned(), |run| run.to_string()).into(),
            cx.clock(waiting.since).into(),
            took(waits),
            waiting.reason.as_deref().unwrap_or("-").into(),
        ]);
    }
    table.print(&mut cx.out)?;
    Ok(())
}

/// Everything in short: a line for each report that has something, with its course over the period, and in groups when that is asked
/// for.
pub(super) fn page(page: &Page, period: &Period, by: Option<By>, cx: &mut Context) -> Result<()> {
    let ink = Ink::of_terminal();
    writeln!(cx.out, "{}\n", words(period, cx))?;
    let Page { todos, overdue, runs, waiting: found } = page;
    let mut table = Table::bare();
    let units = |number: &dyn Fn(usize) -> u64| ink.line(&(0..period.units()).map(number).collect::<Vec<_>>());
    let two = |took: Option<Took>| {
        took.map_or_else(
            || "-".to_owned(),
            |took| format!("p50 {}  p95 {}", format_took(took.p50), format_took(took.p95)),
        )
    };
    let mut line = |name: &str, what: String, course: String| table.row(vec![name.into(), what.into(), course.into()]);
    let (all, ended) = (&runs.total, todos.total);
    let (is_done, ran) = (ended.done + ended.given_up > 0, all.ended() > 0);
    let is_late = overdue.units.iter().any(|count| *count > 0);
    if is_done {
        let given_up = if ended.given_up > 0 { format!(", {} given up", ended.given_up) } else { String::new() };
        line("to-dos done", format!("{}{given_up}", ended.done), units(&|at| todos.units[at].done));
        if ended.cycle.is_some() {
            line("cycle time", two(ended.cycle), units(&|at| micros(todos.units[at].cycle.map(|took| took.p50))));
        }
        line("lead time", two(ended.lead), units(&|at| micros(todos.units[at].lead.map(|took| took.p50))));
    }
    if is_late {
        line("overdue", overdue.units.last().copied().unwrap_or(0).to_string(), ink.line(&overdue.units));
    }
    if ran {
        line("runs", all.ended().to_string(), units(&|at| runs.units[at].ended()));
        let rate = all.rate().map_or_else(|| "-".to_owned(), percent_text);
        let failed = if all.bad > 0 { format!(", {} failed", all.bad) } else { String::new() };
        line("success", format!("{rate}{failed}"), units(&|at| runs.units[at].bad));
        line("durations", two(all.took), units(&|at| micros(runs.units[at].took.map(|took| took.p95))));
        let busiest = all
            .busiest
            .map_or_else(|| "-".to_owned(), |(day, hour, runs)| format!("{}, {runs} runs", hour_text(day, hour)));
        line("busiest hour", busiest, String::new());
    }
    if is_done || is_late || ran {
        table.print(&mut cx.out)?;
    }
    if is_done || ran {
        writeln!(
            cx.out,
            "\nThe course of success is that of failures, of durations that of p95, of cycle and lead time that of p50."
        )?;
    } else {
        writeln!(cx.out, "{}", nothing("was done and nothing ran", period))?;
    }
    writeln!(cx.out)?;
    if let Some(by) = by {
        by_groups(page, by, cx)?;
    }
    waiting(found, cx)
}

/// One table of all groups, with what each report says about them.
fn by_groups(page: &Page, by: By, cx: &mut Context) -> Result<()> {
    let mut names: Vec<&Key> = page.runs.groups.iter().map(|group| &group.key).collect();
    let others =
        page.todos.groups.iter().map(|group| &group.key).chain(page.overdue.groups.iter().map(|group| &group.key));
    let mut seen: std::collections::HashSet<&Key> = names.iter().copied().collect();
    names.extend(others.filter(|key| seen.insert(key)));
    let (todos, overdue, runs) = (index(&page.todos.groups), index(&page.overdue.groups), index(&page.runs.groups));
    let mut table =
        Table::new(&[&by.word().to_uppercase(), "DONE", "LEAD P50", "OVERDUE", "RUNS", "SUCCESS", "P50", "P95"]);
    for key in names {
        let (todo, run) = (todos.get(key), runs.get(key));
        let took_by_runs = run.and_then(|run| run.took);
        let mut cells = vec![
            name(key),
            number(todo.map_or(0, |todo| todo.done)),
            took(todo.and_then(|todo| todo.lead).map(|took| took.p50)),
            number(overdue.get(key).map_or(0, |overdue| overdue.last)),
            number(run.map_or(0, |run| run.ended())),
            percent(run.and_then(|run| run.rate())),
        ];
        cells.extend(both(took_by_runs));
        table.row(cells);
    }
    table.print(&mut cx.out)?;
    writeln!(cx.out)?;
    Ok(())
}

fn index<T>(groups: &[Group<T>]) -> std::collections::HashMap<&Key, &T> {
    groups.iter().map(|group| (&group.key, &group.figures)).collect()
}
