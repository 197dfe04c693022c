//! When to-dos are due, as people read it, and how far they are.

use jiff::{SignedDuration, Timestamp};
use ratatui::style::Style;

use super::Look;
use super::row::Part;
use super::text::{short_clock, show};
use crate::domain::due::{self, days_until, is_overdue, is_whole_day};
use crate::domain::run::Outcome;
use crate::domain::task::{Priority, Status};
use crate::store::tasks::TaskRow;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Columns of a bar of progress, without its number.
const BAR: usize = 5;

/// The sign of a to-do, which differs from the others without colour too (UX 27).
pub(super) fn sign(model: &Model, look: Look, status: Status, due: Option<Timestamp>) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    let late = due.is_some_and(|due| is_overdue(due, &model.zone, model.at()));
    match status {
        Status::Completed => (glyphs.ok, look.style(Token::FgMuted)),
        Status::Cancelled => (glyphs.cancelled, look.style(Token::FgMuted)),
        Status::InProgress if late => (glyphs.begun, look.style(Token::SchedOverdue)),
        Status::InProgress => (glyphs.begun, look.style(Token::RunRunning)),
        Status::Open if late => (glyphs.missed, look.style(Token::SchedOverdue)),
        Status::Open => (glyphs.open, Style::new()),
    }
}

/// `3 d overdue`, `today 18:00`, `tomorrow`, `Fri`, `24 Dec`, and whether that is late. Brief in few columns.
pub(super) fn when(model: &Model, due: Timestamp, brief: bool) -> (String, bool) {
    let (zone, now) = (&model.zone, model.at());
    if is_overdue(due, zone, now) {
        let late = now.duration_since(due);
        let late = match (late.as_hours(), -days_until(due, zone, now)) {
            (_, days @ 1..) => (days, "d"),
            (0, _) => (late.as_mins(), "min"),
            (hours, _) => (hours, "h"),
        };
        let text = match (late, brief) {
            ((n, "min"), true) => format!("{n}m late"),
            ((n, unit), true) => format!("{n}{unit} late"),
            ((n, unit), false) => format!("{n} {unit} overdue"),
        };
        return (text, true);
    }
    let text = match (days_until(due, zone, now), is_whole_day(due, zone)) {
        (0, true) => "today".to_owned(),
        (0, false) if brief => short_clock(due, model),
        (0, false) => format!("today {}", short_clock(due, model)),
        (1, _) => "tomorrow".to_owned(),
        _ => short_clock(due, model),
    };
    (text, false)
}

/// In full, with the distance: `Tue 2026-11-24 18:00, in 3 days`.
pub fn in_full(model: &Model, due: Timestamp) -> String {
    let (zone, now) = (&model.zone, model.at());
    let far = match (is_overdue(due, zone, now), days_until(due, zone, now)) {
        (true, _) => when(model, due, false).0,
        (false, 0) => "today".to_owned(),
        (false, 1) => "tomorrow".to_owned(),
        (false, days) => format!("in {days} days"),
    };
    format!("{}, {far}", day(model, due))
}

/// The day, and the time when there is one: `Tue 2026-11-24 18:00`.
pub fn day(model: &Model, due: Timestamp) -> String {
    show(due, if is_whole_day(due, &model.zone) { "%a %Y-%m-%d" } else { "%a %Y-%m-%d %H:%M" }, model)
}

/// When a command or a script is to have succeeded, and whether that is late; nothing when it has.
pub(super) fn of_machine(model: &Model, row: &TaskRow, brief: bool) -> Option<(String, bool)> {
    let due = row.due_at?;
    let (text, late) = when(model, due, brief);
    let is_met = row.last.as_ref().is_some_and(|last| last.outcome == Some(Outcome::Succeeded));
    match (late, is_met) {
        (true, true) => None,
        (true, false) => Some((text, true)),
        (false, _) => Some((format!("due {text}"), false)),
    }
}

/// The one thing about a to-do that matters most now. With `wide` room its progress has a place of its own.
pub(super) fn status(
    model: &Model,
    look: Look,
    row: &TaskRow,
    status: Status,
    brief: bool,
    wide: bool,
) -> (String, Style) {
    let muted = look.style(Token::FgMuted);
    let (text, style) = match (status, row.due_at) {
        (Status::Completed, _) => return ("done".to_owned(), muted),
        (Status::Cancelled, _) => return ("cancelled".to_owned(), muted),
        (_, Some(due)) => {
            let (text, late) = when(model, due, brief);
            (text, if late { look.style(Token::SchedOverdue) } else { Style::new() })
        }
        // How far it is says that it was begun.
        (Status::InProgress, None) if row.progress > 0 && !wide => (String::new(), Style::new()),
        (Status::InProgress, None) => ("begun".to_owned(), Style::new()),
        (Status::Open, None) if row.blocked > 0 => ("blocked".to_owned(), muted),
        (Status::Open, None) => (if brief { "" } else { "to do" }.to_owned(), muted),
    };
    let mut parts = vec![text];
    if row.progress > 0 && !wide && (!brief || parts[0].is_empty()) {
        parts.push(format!("{}%", row.progress));
    }
    if row.blocked > 0 && row.due_at.is_some() && wide {
        parts.push("blocked".to_owned());
    }
    if wide && row.priority != Priority::default() {
        parts.push(format!("p{}", row.priority));
    }
    parts.retain(|part| !part.is_empty());
    (parts.join(" "), style)
}

/// Where a machine task has its last runs: how far a to-do is, `██░░░  40%` in so many columns.
pub(super) fn progress(look: Look, percent: u8, columns: usize) -> Vec<Part> {
    if percent == 0 {
        return vec![Part::column("", columns, Style::new())];
    }
    let (full, rest) = bar(percent, BAR);
    let number = format!("{percent}%");
    let room = columns.saturating_sub(BAR);
    vec![
        Part::new(look.glyphs.heat[4].repeat(full), look.style(Token::Spark)),
        Part::new(look.glyphs.heat[1].repeat(rest), look.style(Token::FgSubtle)),
        Part::column(format!("{number:>room$}"), room, Style::new()),
    ]
}

/// Cells of a bar that are full, and those that are not: some as soon as anything is done, all only when all is.
pub(super) fn bar(percent: u8, columns: usize) -> (usize, usize) {
    let exact = usize::from(percent.min(100)) * columns;
    let full = if percent == 0 { 0 } else { (exact / 100).max(1) };
    (full, columns - full)
}

/// How long until what is said of something due changes by itself, beside the day at midnight.
pub fn until_change(model: &Model, due: Timestamp) -> Option<SignedDuration> {
    let now = model.at();
    let late_from = due::late_from(due, &model.zone);
    if late_from > now {
        return Some(late_from.duration_since(now));
    }
    if days_until(due, &model.zone, now) != 0 {
        return None;
    }
    // Minutes in the first hour, then hours.
    let late = now.duration_since(due);
    let step = if late.as_hours() == 0 { 60 } else { 3600 };
    Some(SignedDuration::from_secs((late.as_secs() / step + 1) * step) - late)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use ratatui::layout::Size;

    use super::*;
    use crate::tui::msg::Moment;

    #[test]
    fn due_times_read_as_people_say_them() {
        let at: Timestamp = "2026-11-21T14:12:43Z".parse().unwrap();
        let moment = Moment { at, since: std::time::Duration::ZERO };
        let model = Model::new(moment, TimeZone::UTC, Size::new(120, 40));
        for (due, long, brief, late) in [
            ("2026-11-18T09:00:00Z", "3 d overdue", "3d late", true),
            ("2026-11-21T09:00:00Z", "5 h overdue", "5h late", true),
            ("2026-11-21T14:10:00Z", "2 min overdue", "2m late", true),
            ("2026-11-20T23:00:00Z", "1 d overdue", "1d late", true),
            ("2026-11-21T00:00:00Z", "today", "today", false),
            ("2026-11-21T18:00:00Z", "today 18:00", "18:00", false),
            ("2026-11-22T18:00:00Z", "tomorrow", "tomorrow", false),
            ("2026-11-27T00:00:00Z", "Fri", "Fri", false),
            ("2026-12-24T00:00:00Z", "24 Dec", "24 Dec", false),
            ("2028-12-24T00:00:00Z", "2028", "2028", false),
        ] {
            let due = due.parse().unwrap();
            assert_eq!(when(&model, due, false), (long.to_owned(), late));
            assert_eq!(when(&model, due, true), (brief.to_owned(), late));
            assert!(brief.len() <= 8);
        }
        let full = |due: &str| in_full(&model, due.parse().unwrap());
        assert_eq!(full("2026-11-24T18:00:00Z"), "Tue 2026-11-24 18:00, in 3 days");
        assert_eq!(full("2026-11-22T00:00:00Z"), "Sun 2026-11-22, tomorrow");
    }

    #[test]
    fn what_is_said_of_a_due_time_is_drawn_anew_when_it_changes_and_not_before() {
        let at: Timestamp = "2026-11-21T14:12:30Z".parse().unwrap();
        let moment = Moment { at, since: std::time::Duration::ZERO };
        let model = Model::new(moment, TimeZone::UTC, Size::new(120, 40));
        for (due, seconds) in [
            ("2026-11-21T14:13:00Z", Some(30)),
            ("2026-11-21T14:10:00Z", Some(30)),
            ("2026-11-21T12:12:00Z", Some(3570)),
            ("2026-11-21T00:00:00Z", Some(9 * 3600 + 47 * 60 + 30)),
            // Midnight is waited for anyway.
            ("2026-11-20T12:12:00Z", None),
        ] {
            let until = until_change(&model, due.parse().unwrap());
            assert_eq!(until, seconds.map(SignedDuration::from_secs), "{due}");
        }
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_done_and_empty_only_when_nothing_is() {
        let full = |percent| bar(percent, 5).0;
        assert_eq!([0, 1, 39, 40, 99, 100].map(full), [0, 1, 1, 2, 4, 5]);
    }
}
