//! Pane 1: the tasks, each with its state and the one thing about it that matters most now.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::text::{clean, clock_seconds, fit, fit_apart, print, short_clock, width};
use super::{Look, due, text};
use crate::domain::quantity::format_elapsed;
use crate::domain::run::{Outcome, RunState, signal_name};
use crate::domain::task::{Kind, Status};
use crate::store::history::Ended;
use crate::store::tasks::{LastRun, TaskRow};
use crate::tui::action::Action;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// In a list that is narrower than this, names need the room more than the words of their status.
const BRIEF: u16 = 32;

/// In a list at least so wide there is room for the strips of the last runs.
const STRIPS: u16 = 42;

/// Runs of a strip.
const RUNS: usize = 10;

/// A status may have so many columns however long the names are.
const STATUS: usize = 10;

/// The name of a group has at most so many; in fewer than the least it says nothing.
const GROUP: usize = 12;
const LEAST_GROUP: usize = 4;

/// A group takes no column that a name needs which has no more than so many.
const NAME: usize = 16;

/// Whether the strips of the last runs are on the screen.
pub fn has_strips(model: &Model) -> bool {
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Tasks));
    inside.is_some_and(|inside| with_strips(model, inside))
}

/// Whether there is room for them: the names of groups are worth more.
fn with_strips(model: &Model, inside: Rect) -> bool {
    let groups = if model.order.is_group() { GROUP as u16 + 1 } else { 0 };
    inside.width >= STRIPS + groups
}

/// The border.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    let count = model.overview.as_ref().map_or(String::new(), |o| o.tasks.to_string());
    let place = match (model.tasks.place(), model.tasks.total()) {
        (Some(place), Some(total)) => Some(format!("{place}/{total}")),
        (Some(place), None) => Some(place.to_string()),
        (None, _) => None,
    };
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Tasks));
    let wide = inside.is_some_and(|inside| inside.width >= STRIPS);
    // A group whose column is narrow is whole here.
    let sort = match model.tasks.selected().map(|row| row.group(model.order)) {
        Some(group) if model.order.is_group() && !group.is_empty() => {
            Some(format!("{}: {}", model.order, clean(group)))
        }
        _ => wide.then(|| format!("sort: {}", model.order)),
    };
    let bottom: Vec<String> = [place, sort].into_iter().flatten().collect();
    let bottom = bottom.join(&format!(" {} ", look.glyphs.never));
    let bottom = with_marks(bottom, look, model.marks.tasks.count(&model.tasks));
    let count = filter(model).map_or(count.clone(), |(shown, filter)| format!("{shown}/{count} {filter}"));
    let right = if model.shows_searching() { format!("searching{}", look.glyphs.ellipsis) } else { String::new() };
    Panel { title: "1 Tasks".to_owned(), count, right, bottom, ..Panel::default() }
}

/// `7/12 · 2 marked`; a range that goes on beyond what is loaded has no number yet.
pub(super) fn with_marks(place: String, look: Look, (marked, beyond): (usize, bool)) -> String {
    let marks = match (marked, beyond) {
        (_, true) => "a long range".to_owned(),
        (0, false) => return place,
        (n, false) => format!("{n} marked"),
    };
    if place.is_empty() { marks } else { format!("{place} {} {marks}", look.glyphs.never) }
}

/// How many tasks the filter shows, and the filter, when there is one.
pub(super) fn filter(model: &Model) -> Option<(String, String)> {
    if model.filter.is_empty() {
        return None;
    }
    let shown = model.tasks.total().or(model.found).map_or("many".to_owned(), |total| total.to_string());
    Some((shown, format!("/{}", text::clean(&model.filter))))
}

/// The rows, or what to do when there are none.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = model.tasks.visible();
    if rows.is_empty() {
        return empty(model, look, area, buf);
    }
    let brief = area.width < BRIEF;
    let strips = with_strips(model, area);
    let statuses: Vec<(String, Style)> = rows.iter().map(|row| status(model, look, row, brief, strips)).collect();
    let groups: Vec<String> = groups(model, rows);
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let titles: Vec<String> = rows.iter().map(|row| clean(row.title())).collect();
    let names = widest(&mut titles.iter().map(|title| width(title)));
    let wanted = widest(&mut statuses.iter().map(|(text, _)| width(text)));
    // The bar and the glyph with a blank; behind everything but the status a blank.
    let room = usize::from(area.width).saturating_sub(4 + if strips { RUNS + 1 } else { 0 });
    let spare = room.saturating_sub(names.min(NAME) + wanted.min(STATUS) + 1);
    let group_columns = widest(&mut groups.iter().map(|group| width(group))).min(GROUP).min(spare);
    let group_columns = if spare < LEAST_GROUP { 0 } else { group_columns };
    let room = room.saturating_sub(if group_columns > 0 { group_columns + 1 } else { 0 });
    // A long name is cut before a word of a status is, which says more.
    let status_columns = room.saturating_sub(names).clamp(wanted.min(STATUS).min(room), wanted.max(1));
    let title_columns = room.saturating_sub(status_columns);
    let titles = fit_apart(titles.iter().map(String::as_str), title_columns, look);
    for (at, (((row, (status, style)), group), title)) in rows.iter().zip(statuses).zip(groups).zip(titles).enumerate()
    {
        let (glyph, glyph_style) = state(model, look, row);
        // In fewer words where there is no room; the priority goes last.
        let mut status = status;
        let is_todo = row.kind == Kind::Todo;
        for (brief, wide) in [(is_todo, is_todo && strips), (true, false)] {
            if width(&status) > status_columns {
                status = self::status(model, look, row, brief, wide).0;
            }
        }
        let blank = || Part::new(" ", Style::new());
        let mut parts = Vec::new();
        if group_columns > 0 {
            parts.extend([Part::column(group, group_columns, look.style(Token::FgMuted)), blank()]);
        }
        // What is over is there to be looked up.
        let over = matches!(row.status, Some(Status::Completed | Status::Cancelled));
        let title_style = if over { look.style(Token::FgMuted) } else { Style::new() };
        let title = Part::column(title, title_columns, title_style);
        parts.extend([Part::new(glyph, glyph_style), blank(), title, blank()]);
        if strips && row.kind == Kind::Todo {
            parts.extend(due::progress(look, if over { 0 } else { row.progress }, RUNS));
            parts.push(blank());
        } else if strips {
            parts.extend(strip(look, model.strips.get(&row.id).map_or(&[], Vec::as_slice)));
            parts.push(blank());
        }
        parts.push(Part::new(fit(&status, status_columns, look), style));
        let cursor = Cursor::of(at, cursor, model.focus == Pane::Tasks);
        // While the other panes follow Next runs, the bar is there.
        let is_there = model.list == Pane::Next && model.next_selected().is_some();
        let cursor = if is_there { Cursor::Elsewhere } else { cursor };
        row::draw(look, row::line(area, at), cursor, &parts, buf);
        let before = if group_columns > 0 { group_columns + 1 } else { 0 };
        row::mark(look, row::line(area, at), before, cursor, model.marks.tasks.of(&model.tasks, row), buf);
    }
}

/// Of each row the group that begins with it; the first one on the screen says which it is in.
fn groups(model: &Model, rows: &[TaskRow]) -> Vec<String> {
    let mut before = None;
    let begins = |row: &TaskRow| {
        let group = row.group(model.order);
        let begins = before.as_deref() != Some(group);
        before = Some(group.to_owned());
        if begins { clean(group) } else { String::new() }
    };
    rows.iter().map(begins).collect()
}

/// The last runs: how long each took beside the others, or that it failed.
fn strip(look: Look, runs: &[Ended]) -> Vec<Part> {
    let full = usual(runs);
    let mut parts: Vec<Part> = runs
        .iter()
        .rev()
        .take(RUNS)
        .rev()
        .map(|run| match (run.outcome, run.took) {
            (outcome, _) if outcome.is_bad() => Part::new(look.glyphs.failed, look.style(Token::SparkFail)),
            (Outcome::Succeeded, Some(took)) => {
                Part::new(look.glyphs.bars[height(took, full)], look.style(Token::Spark))
            }
            (_, Some(took)) => Part::new(look.glyphs.bars[height(took, full)], look.style(Token::FgSubtle)),
            (_, None) => Part::new(look.glyphs.never, look.style(Token::FgSubtle)),
        })
        .collect();
    parts.push(Part::column("", RUNS.saturating_sub(parts.len()), Style::new()));
    parts
}

/// What 19 of 20 of these took no longer than. Less than a second is not worth a height: there the machine makes the difference.
fn usual(runs: &[Ended]) -> Duration {
    let mut took: Vec<Duration> = runs.iter().filter(|run| !run.outcome.is_bad()).filter_map(|run| run.took).collect();
    took.sort_unstable();
    // Between two ranks, so that one of ten that took far longer stands out.
    let rank = 0.95 * took.len().saturating_sub(1) as f64;
    let at = |rank: f64| took.get(rank as usize).copied().unwrap_or_default();
    let (low, high) = (at(rank.floor()), at(rank.ceil()));
    (low + high.saturating_sub(low).mul_f64(rank.fract())).max(Duration::from_secs(1))
}

/// How high a bar is: the usual is one below the top, which is for what took longer.
fn height(took: Duration, usual: Duration) -> usize {
    let part = took.as_secs_f64() / usual.as_secs_f64();
    if part > 1.0 { 7 } else { (part * 6.0).round() as usize }
}

/// Names the next keys (UX 51).
fn empty(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    if !model.tasks.is_loaded() {
        return;
    }
    let lines: &[(Option<Action>, &str)] = if model.filter.is_empty() {
        &[
            (None, "No tasks yet."),
            (None, ""),
            (Some(Action::Add), "add a task"),
            (Some(Action::AddTodo), "add a to-do in one line"),
            (Some(Action::AddScript), "add one with a new script"),
            (Some(Action::ImportCrontab), "import your crontab"),
            (Some(Action::ImportTimers), "import systemd timers"),
            (Some(Action::LoadExample), "load the example set"),
            (Some(Action::Help), "help: everything that there is"),
            (Some(Action::Quit), "quit"),
        ]
    } else {
        &[
            (None, "No task contains this."),
            (None, ""),
            (Some(Action::Filter), "change the filter"),
            (Some(Action::Back), "show all tasks"),
            (Some(Action::Add), "add a task"),
        ]
    };
    let keys = lines
        .iter()
        .filter_map(|(action, _)| action.map(|action| width(&model.key_of(action))))
        .max()
        .unwrap_or(0)
        .max(3);
    for (at, (action, what)) in lines.iter().enumerate().take(usize::from(area.height)) {
        let line = row::line(area, at);
        let room = usize::from(area.width).saturating_sub(2);
        if let Some(action) = action {
            print(buf, line.x + 1, line.y, format!("{:>keys$}", model.key_of(*action)), look.style(Token::HintKey));
            let behind = line.x + 2 + keys as u16;
            print(buf, behind, line.y, fit(what, room.saturating_sub(keys + 1), look), Style::new());
        } else {
            print(buf, line.x + 1, line.y, fit(what, room, look), Style::new());
        }
    }
}

/// The glyph of a task.
fn state(model: &Model, look: Look, row: &TaskRow) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    if let (Kind::Todo, Some(status)) = (row.kind, row.status) {
        let sign = due::sign(model, look, status, row.due_at);
        // What waits for others is nobody's to begin.
        let waits = row.blocked > 0 && sign.0 == look.glyphs.open;
        return if waits { (look.glyphs.queued, look.style(Token::RunQueued)) } else { sign };
    }
    match &row.last {
        Some(last) if last.state.is_live() => of_run(look, last.state, None, last.is_paused()),
        _ if row.building.is_some() => (glyphs.running, look.style(Token::RunRunning)),
        Some(last) if last.state != RunState::Finished => of_run(look, last.state, None, last.is_paused()),
        _ if row.paused => (glyphs.paused, look.style(Token::SchedPaused)),
        _ if row.lacks_environment => (glyphs.failed, look.style(Token::RunFailed)),
        _ if row.late_since.is_some() => (glyphs.missed, look.style(Token::SchedOverdue)),
        _ if row.missed > 0 => (glyphs.missed, look.style(Token::RunMissed)),
        Some(last) => of_run(look, last.state, last.outcome, false),
        None => (glyphs.never, look.style(Token::RunNever)),
    }
}

/// The glyph of a task whose newest run counts so in the order of states (store: `runs.class`).
pub(super) fn of_class(look: Look, class: u8) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    match class {
        0 => (glyphs.never, look.style(Token::RunNever)),
        1 => (glyphs.running, look.style(Token::RunRunning)),
        2 => (glyphs.queued, look.style(Token::RunQueued)),
        3 => (glyphs.failed, look.style(Token::RunFailed)),
        4 => (glyphs.ok, look.style(Token::RunOk)),
        _ => (glyphs.cancelled, look.style(Token::RunCancelled)),
    }
}

/// The glyph of a run, which may be paused while its state is running.
pub(super) fn of_run(look: Look, state: RunState, outcome: Option<Outcome>, paused: bool) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    match (state, outcome) {
        (RunState::Running, _) if paused => (glyphs.paused, look.style(Token::SchedPaused)),
        (RunState::Queued, _) => (glyphs.queued, look.style(Token::RunQueued)),
        (RunState::WaitingRetry, _) => (glyphs.queued, look.style(Token::RunRetrying)),
        (RunState::Starting | RunState::Running | RunState::Stopping, _) => {
            (glyphs.running, look.style(Token::RunRunning))
        }
        (RunState::Finished, Some(Outcome::Succeeded)) => (glyphs.ok, look.style(Token::RunOk)),
        (RunState::Finished, Some(Outcome::Cancelled)) => (glyphs.cancelled, look.style(Token::RunCancelled)),
        (RunState::Finished, Some(Outcome::Skipped)) => (glyphs.never, look.style(Token::RunSkipped)),
        (RunState::Finished, Some(Outcome::TimedOut | Outcome::OverMemory)) => {
            (glyphs.failed, look.style(Token::RunTimeout))
        }
        (RunState::Finished, _) => (glyphs.failed, look.style(Token::RunFailed)),
    }
}

/// The one thing about a task that matters most now; brief in at most nine columns.
fn status(model: &Model, look: Look, row: &TaskRow, brief: bool, wide: bool) -> (String, Style) {
    if let (Kind::Todo, Some(status)) = (row.kind, row.status) {
        return due::status(model, look, row, status, brief, wide);
    }
    let (text, style) = of_machine(model, look, row, brief);
    let rests = row.paused || row.building.is_some();
    match due::of_machine(model, row, brief) {
        // That it never ran is said by that.
        Some((due, true)) if row.last.is_none() && !rests => (due, look.style(Token::SchedOverdue)),
        Some((due, true)) if wide => (format!("{text} {due}"), look.style(Token::SchedOverdue)),
        Some((due, false)) if wide => (format!("{text} {due}"), style),
        Some(_) | None => (text, style),
    }
}

/// The same of what the machine does, apart from its due time.
fn of_machine(model: &Model, look: Look, row: &TaskRow, brief: bool) -> (String, Style) {
    match &row.last {
        Some(last) if last.state.is_live() => unfinished(model, look, last, brief),
        _ if row.building.is_some() => (building(row, brief), look.style(Token::RunRunning)),
        Some(last) if last.state != RunState::Finished => unfinished(model, look, last, brief),
        _ if row.paused => (paused(row, brief), look.style(Token::SchedPaused)),
        _ if row.lacks_environment => ("env failed".to_owned(), look.style(Token::RunFailed)),
        _ if row.late_since.is_some() => (late(model, row, brief), look.style(Token::SchedOverdue)),
        _ if row.missed > 0 => (format!("missed {}", row.missed), look.style(Token::RunMissed)),
        None if row.startup && row.next_at.is_none() => ("startup".to_owned(), look.style(Token::FgMuted)),
        None if row.after.is_some() && row.next_at.is_none() => (after(row, brief), look.style(Token::FgMuted)),
        None => (if brief { "never" } else { "never ran" }.to_owned(), look.style(Token::FgMuted)),
        Some(last) => match last.outcome {
            Some(Outcome::Succeeded) => {
                let at = last.finished_at.map(|at| short_clock(at, model)).unwrap_or_default();
                (if brief { at } else { format!("{at} ok") }, Style::new())
            }
            Some(outcome) => (ended(outcome, brief), of_run(look, last.state, last.outcome, false).1),
            None => (String::new(), Style::new()),
        },
    }
}

/// The run that builds the environment of its script, for which its other runs wait.
fn building(row: &TaskRow, brief: bool) -> String {
    match row.building {
        Some(run) if !brief => format!("env #{run} is built"),
        _ => "env …".to_owned(),
    }
}

/// After what it runs (R11).
fn after(row: &TaskRow, brief: bool) -> String {
    match &row.after {
        Some(after) if !brief => format!("after {}", clean(after)),
        _ => "after".to_owned(),
    }
}

/// Why it rests, when Tempo did it (R12).
fn paused(row: &TaskRow, brief: bool) -> String {
    match &row.pause_reason {
        Some(reason) if !brief => format!("paused: {}", clean(reason)),
        _ => "paused".to_owned(),
    }
}

/// Since when it has not succeeded in time (R12).
fn late(model: &Model, row: &TaskRow, brief: bool) -> String {
    match row.late_since {
        Some(since) if !brief => format!("late {}", short_clock(since, model)),
        _ => "late".to_owned(),
    }
}

fn ended(outcome: Outcome, brief: bool) -> String {
    match outcome {
        Outcome::Signaled(signal) if brief => signal_name(signal),
        Outcome::CouldNotStart if brief => "no start".to_owned(),
        Outcome::TimedOut if brief => "timeout".to_owned(),
        Outcome::OverMemory if brief => "memory".to_owned(),
        outcome => outcome.to_string(),
    }
}

fn unfinished(model: &Model, look: Look, last: &LastRun, brief: bool) -> (String, Style) {
    let style = of_run(look, last.state, None, last.is_paused()).1;
    if model.is_stopping(last.id, last.state) {
        return (stopping(model, last.kill_at, brief), style);
    }
    let text = match (last.state, last.started_at) {
        (RunState::Queued, _) => "queued".to_owned(),
        _ if last.is_paused() => "paused".to_owned(),
        (RunState::WaitingRetry, _) if brief => "retries".to_owned(),
        (RunState::WaitingRetry, _) => retry(model, last.attempt, last.attempts, last.retry_at),
        (RunState::Running, Some(start)) => running(model, look, last, start, brief),
        _ => "starting".to_owned(),
    };
    (text, style)
}

/// How long it has been running, whether it printed something that was not on the screen yet, and that it has been silent for long.
fn running(model: &Model, look: Look, last: &LastRun, start: jiff::Timestamp, brief: bool) -> String {
    let unseen = if model.prints.is_unseen(last.id) { look.glyphs.unseen } else { "" };
    let quiet = model.prints.quiet(last.id, model.at()).map(|silence| format!("quiet {}", short(silence)));
    let elapsed = format!("{} {}", look.glyphs.running, elapsed(model, start));
    let parts = match quiet {
        Some(quiet) if brief => [quiet, String::new(), unseen.to_owned()],
        quiet => [elapsed, quiet.unwrap_or_default(), unseen.to_owned()],
    };
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// In its largest unit: `7m`, `2h`, `3d`.
fn short(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match minutes {
        0..60 => format!("{minutes}m"),
        60..1440 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}

/// How long a run that was asked to stop has until KILL: `stopping, KILL in 8 s`.
pub(super) fn stopping(model: &Model, kill_at: Option<jiff::Timestamp>, brief: bool) -> String {
    let Some(at) = kill_at else { return "stopping".to_owned() };
    let left = at.duration_since(model.at());
    if left <= jiff::SignedDuration::ZERO {
        return "killing".to_owned();
    }
    // A second that has begun counts: it never says 0.
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    match (model.reduced_motion, brief) {
        (true, true) => "stopping".to_owned(),
        (true, false) => format!("stopping, KILL {}", clock_seconds(at, model)),
        (false, true) => format!("KILL {seconds}s"),
        (false, false) => format!("stopping, KILL in {seconds} s"),
    }
}

/// Which attempt is to come, and when (R6): `retry 2/4 02:00:30`.
pub(super) fn retry(model: &Model, attempt: u32, attempts: u32, at: Option<jiff::Timestamp>) -> String {
    let at = at.map(|at| format!(" {}", clock_seconds(at, model))).unwrap_or_default();
    format!("retry {}/{}{at}", attempt + 1, attempts.max(attempt + 1))
}

/// How long something has been running.
pub(super) fn elapsed(model: &Model, start: jiff::Timestamp) -> String {
    format_elapsed(model.at().duration_since(start).try_into().unwrap_or_default())
}
