//! A report as rows of values under names: what JSON and CSV are made of.

use std::io::Write as _;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::super::{Context, Result};
use crate::domain::heat::HOURS;
use crate::domain::report::{By, Group, Kind, OverdueFigures, Period, Report, RunFigures, TodoFigures, Took, Waiting};
use crate::output::to_plain;

/// The days of a week, in the words of enumerations.
pub(super) const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The rows.
#[derive(Debug)]
pub(super) struct Sheet {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

/// A row as an object, with its fields in the order of the columns.
struct Object<'a>(&'a [&'static str], &'a [Value]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

/// Durations in short, for an object of its own.
pub(super) fn took(took: Option<Took>) -> Value {
    took.map_or(Value::Null, |took| {
        json!({ "count": took.count, "p50_s": took.p50.as_secs_f64(), "p95_s": took.p95.as_secs_f64(), "max_s": took.most.as_secs_f64() })
    })
}

fn seconds(duration: Option<Duration>) -> Value {
    duration.map_or(Value::Null, |duration| json!(duration.as_secs_f64()))
}

/// p50, p95 and the longest.
fn three(took: Option<Took>) -> [Value; 3] {
    [took.map(|took| took.p50), took.map(|took| took.p95), took.map(|took| took.most)].map(seconds)
}

fn done(figures: &TodoFigures) -> Vec<Value> {
    vec![json!(figures.done), json!(figures.given_up)]
}

fn cycle(figures: &TodoFigures) -> Vec<Value> {
    let mut values = vec![json!(figures.done)];
    values.extend(three(figures.cycle));
    values.extend(three(figures.lead));
    values
}

fn success(figures: &RunFigures) -> Vec<Value> {
    let RunFigures { ok, bad, cancelled, skipped, .. } = *figures;
    vec![json!(ok), json!(bad), json!(cancelled), json!(skipped), json!(figures.rate())]
}

fn durations(figures: &RunFigures) -> Vec<Value> {
    let mut values = vec![json!(figures.took.map_or(0, |took| took.count))];
    values.extend(three(figures.took));
    values
}

fn busiest(figures: &RunFigures) -> Vec<Value> {
    let busiest = figures.busiest;
    vec![
        json!(figures.ended()),
        busiest.map_or(Value::Null, |(day, ..)| json!(DAYS[day])),
        busiest.map_or(Value::Null, |(_, hour, _)| json!(hour)),
        busiest.map_or(Value::Null, |(.., runs)| json!(runs)),
    ]
}

impl Sheet {
    /// The rows of a report: of each unit of the period, or with `by` of each group.
    pub(super) fn of(kind: Kind, report: &Report, period: &Period, by: Option<By>, cx: &Context) -> Self {
        let first = by.map_or(period.grain.word(), By::word);
        let fields: &[&'static str] = match (kind, by) {
            (Kind::Done, _) => &["done", "given_up"],
            (Kind::Cycle, _) => {
                &["done", "cycle_p50_s", "cycle_p95_s", "cycle_max_s", "lead_p50_s", "lead_p95_s", "lead_max_s"]
            }
            (Kind::Overdue, None) => &["overdue"],
            (Kind::Overdue, Some(_)) => &["overdue", "most"],
            (Kind::Success, _) => &["ok", "failed", "cancelled", "skipped", "rate"],
            (Kind::Durations, _) => &["runs", "p50_s", "p95_s", "max_s"],
            (Kind::Hours, Some(_)) => &["runs", "weekday", "hour", "runs_in_hour"],
            (Kind::Hours, None) => {
                let Report::Runs(runs) = report else { return Self { columns: Vec::new(), rows: Vec::new() } };
                let row = |(at, count): (usize, &u32)| vec![json!(DAYS[at / HOURS]), json!(at % HOURS), json!(count)];
                let rows = runs.week.iter().flatten().enumerate().map(row).collect();
                return Self { columns: vec!["weekday", "hour", "runs"], rows };
            }
            (Kind::Waiting, _) => {
                let Report::Waiting(waiting) = report else { return Self { columns: Vec::new(), rows: Vec::new() } };
                let columns = vec!["wait", "task", "run", "since", "waits_s", "reason"];
                return Self { columns, rows: waiting.iter().map(|waiting| waits(waiting, cx)).collect() };
            }
        };
        let rows = match report {
            Report::Todos(todos) => {
                let values = if kind == Kind::Done { done } else { cycle };
                rows(&todos.units, &todos.groups, period, by, values)
            }
            Report::Overdue(overdue) => {
                let of_group = |figures: &OverdueFigures| vec![json!(figures.last), json!(figures.most)];
                match by {
                    Some(_) => groups(&overdue.groups, of_group),
                    None => units(&overdue.units, period, |count| vec![json!(count)]),
                }
            }
            Report::Runs(runs) => {
                let values = match kind {
                    Kind::Success => success,
                    Kind::Durations => durations,
                    _ => busiest,
                };
                rows(&runs.units, &runs.groups, period, by, values)
            }
            Report::Waiting(_) => Vec::new(),
        };
        Self { columns: [&[first], fields].concat(), rows }
    }

    /// The rows as JSON, in one value.
    pub(super) fn objects(&self) -> Vec<Value> {
        let object = |row: &Vec<Value>| serde_json::to_value(Object(&self.columns, row)).unwrap_or_default();
        self.rows.iter().map(object).collect()
    }

    /// Prints an object a line.
    pub(super) fn print_json(&self, cx: &mut Context) -> Result<()> {
        for row in &self.rows {
            cx.print_json(&Object(&self.columns, row))?;
        }
        Ok(())
    }

    /// Prints a header and a line a row, as RFC 4180 has it: what is not there is empty.
    pub(super) fn print_csv(&self, cx: &mut Context) -> Result<()> {
        write!(cx.out, "{}\r\n", self.columns.join(","))?;
        for row in &self.rows {
            let text = |value: &Value| match value {
                Value::Null => String::new(),
                // A program has it as it is; a terminal would obey it (O4).
                Value::String(text) if cx.out.terminal => field(&to_plain(text.as_bytes())),
                Value::String(text) => field(text),
                other => other.to_string(),
            };
            let line = row.iter().map(text).collect::<Vec<_>>().join(",");
            write!(cx.out, "{line}\r\n")?;
        }
        Ok(())
    }
}

fn rows<T>(
    of_units: &[T],
    of_groups: &[Group<T>],
    period: &Period,
    by: Option<By>,
    values: impl Fn(&T) -> Vec<Value>,
) -> Vec<Vec<Value>> {
    if by.is_some() { groups(of_groups, values) } else { units(of_units, period, values) }
}

fn units<T>(units: &[T], period: &Period, values: impl Fn(&T) -> Vec<Value>) -> Vec<Vec<Value>> {
    let row = |(day, unit): (jiff::civil::Date, &T)| [vec![json!(day.to_string())], values(unit)].concat();
    period.days().zip(units).map(row).collect()
}

fn groups<T>(groups: &[Group<T>], values: impl Fn(&T) -> Vec<Value>) -> Vec<Vec<Value>> {
    groups.iter().map(|group| [vec![json!(group.key.name)], values(&group.figures)].concat()).collect()
}

fn waits(waiting: &Waiting, cx: &Context) -> Vec<Value> {
    vec![
        json!(waiting.wait.word()),
        json!(waiting.slug),
        json!(waiting.run.map(|run| run.0)),
        json!(cx.rfc3339(waiting.since)),
        seconds(cx.now.duration_since(waiting.since).try_into().ok()),
        json!(waiting.reason),
    ]
}

/// A field of CSV: in quotes where it has a comma, a quote or an end of a line, and with its quotes doubled then.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_with_what_csv_means_something_by_is_in_quotes() {
        for (text, expected) in [
            ("plain text", "plain text"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
