//! The run that Details shows: how it went, its attempts, and what was different from the last one that succeeded.

use super::super::text::{clean, clock_seconds, full_clock};
use super::Line;
use crate::domain::exit;
use crate::domain::quantity::{format_bytes, format_took};
use crate::domain::run::{Attempt, Outcome, Run, RunState};
use crate::domain::version::Pinned;
use crate::store::given::Given;
use crate::tui::model::Model;
use crate::tui::msg::Used;

/// The run that is selected in Runs, else the newest; the heading says which.
pub(super) fn lines(model: &Model, lines: &mut Vec<Line>) {
    let Some(run) = model.measured() else { return };
    let newest = model.runs.place() == Some(1) || model.runs.selected().is_none_or(|selected| selected.id != run.id);
    let which = if newest { "the newest" } else { "selected in Runs" };
    lines.extend([Line::Blank, Line::Heading(format!("Run #{}, {which}", run.id))]);
    let mut pair = |name: &str, value: String| lines.push(Line::Pair(name.to_owned(), value));
    pair("started", run.trigger.phrase().to_owned());
    if let Some(runs) = &run.came_after {
        pair("after", clean(runs));
    }
    if run.attempts > 1 {
        pair("attempt", format!("{} of {}", run.attempt, run.attempts));
    }
    if let Some(at) = run.retry_at {
        pair("retry", full_clock(at, model));
    }
    if let Some(start) = run.started_at {
        pair("", full_clock(start, model));
    }
    if let Some(duration) = run.duration_text(model.at()) {
        pair("took", duration);
    }
    pair("outcome", explain(run, model));
    if let Some(reason) = &run.reason {
        pair("reason", clean(reason));
    }
    if let Some(usage) = &run.usage {
        let cpu = usage.cpu.as_secs_f64();
        pair(
            "used",
            format!(
                "{cpu:.2} s CPU, at most {} of memory, {} of output",
                format_bytes(usage.peak_bytes),
                format_bytes(usage.output_bytes)
            ),
        );
    }
    if let Some(used) = model.usage.as_ref().filter(|used| used.run == run.id) {
        given(&used.given, lines);
        pinned(model, &used.pinned, lines);
        attempts(model, &used.attempts, lines);
        differences(used, lines);
    }
}

/// What it was started with that its task does not have.
fn given(given: &Given, lines: &mut Vec<Line>) {
    let mut pair = |name: &str, value: &str| lines.push(Line::Pair(name.to_owned(), clean(value)));
    if let Some(arguments) = given.arguments() {
        pair("arguments", &arguments);
    }
    for (at, variable) in given.variables().enumerate() {
        pair(if at == 0 { "variables" } else { "" }, &variable);
    }
}

/// The versions of the script that it executed.
fn pinned(model: &Model, pinned: &Pinned, lines: &mut Vec<Line>) {
    for version in [&pinned.script, &pinned.requirements].into_iter().flatten() {
        let at = full_clock(version.saved_at, model);
        let text = format!("version {} ({}, {} {at})", version.id, version.hash.short(), version.origin);
        lines.push(Line::Pair(version.file.word().to_owned(), text));
    }
    if let (None, Some(reason)) = (&pinned.script, &pinned.reason) {
        lines.push(Line::Pair("script".to_owned(), format!("no version: {}", clean(reason))));
    }
}

/// Each attempt, when there was more than one.
fn attempts(model: &Model, attempts: &[Attempt], lines: &mut Vec<Line>) {
    if attempts.len() < 2 {
        return;
    }
    for (at, attempt) in attempts.iter().enumerate() {
        let took = attempt.started_at.zip(attempt.ended_at).map(|(start, end)| {
            format!(" after {}", format_took(end.duration_since(start).try_into().unwrap_or_default()))
        });
        let start = attempt.started_at.map(|start| format!("{} ", clock_seconds(start, model))).unwrap_or_default();
        let reason = attempt.reason.as_ref().map(|reason| format!(": {}", clean(reason))).unwrap_or_default();
        let text = format!("{}. {start}{}{}{reason}", attempt.number, attempt.outcome, took.unwrap_or_default());
        lines.push(Line::Pair(if at == 0 { "attempts" } else { "" }.to_owned(), text));
    }
}

/// What was not as in the last run that succeeded.
fn differences(used: &Used, lines: &mut Vec<Line>) {
    let Some((good, differs)) = &used.differs else { return };
    if differs.is_empty() {
        lines.push(Line::Pair(
            "changed".to_owned(),
            format!("nothing of command and variables since #{good}, which was ok"),
        ));
        return;
    }
    lines.push(Line::Pair("changed".to_owned(), format!("since #{good}, which was ok:")));
    lines.extend(differs.iter().map(|what| Line::Pair(String::new(), clean(what))));
}

/// What an outcome means.
fn explain(run: &Run, model: &Model) -> String {
    let Some(outcome) = run.outcome else {
        return match run.state {
            RunState::Queued if run.reason.is_some() => "queued".to_owned(),
            RunState::Queued => match run.not_before {
                Some(at) => format!("queued: it waits until {}", full_clock(at, model)),
                None => "queued: it waits for the engine and for room".to_owned(),
            },
            _ if run.is_paused() => "paused: its processes stand still, and its timeout with them".to_owned(),
            RunState::WaitingRetry => "it waits for its next attempt".to_owned(),
            state => state.to_string(),
        };
    };
    let meaning = match outcome {
        Outcome::Succeeded => "it exited with 0",
        Outcome::Failed(code) => &exit::meaning(code),
        Outcome::Signaled(_) => "a signal ended it that Tempo did not send",
        Outcome::TimedOut => "it ran longer, or used more CPU time, than it may, and was stopped",
        Outcome::OverMemory => "its processes together used more memory than they may, and were stopped",
        Outcome::Cancelled => "somebody stopped it or took it out of the queue",
        Outcome::CouldNotStart => "no process was made",
        Outcome::Skipped => "what it waited for did not come in time",
        Outcome::Lost => "its supervisor or the machine went down: how it ended is not known",
    };
    format!("{outcome}: {meaning}")
}
