//! The reports: which there are, a chart over the period, and a table of the groups.

mod chart;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::chart::Chart;
use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, clock, fit, print, width};
use super::{Look, heat};
use crate::domain::heat::{DAYS, HOURS};
use crate::domain::quantity::format_took;
use crate::domain::report::{Grain, Kind, Period, Report, Took};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::reports::{Counted, Reports};
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 140;
/// Rows above the chart: the names of the reports, what is shown, and what its bars mean.
const HEAD: u16 = 3;
/// Rows of a chart.
const CHART: (u16, u16) = (4, 12);
/// Rows of the hours of a week, with their names.
const WEEK: u16 = 8;

/// Rows inside the popup on a screen of this size.
fn height(size: Size) -> u16 {
    // The border and the hint line.
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    size.height.saturating_sub(3 + header)
}

/// Rows of the chart, which a very low screen does not have.
fn chart_rows(inside: u16, kind: Kind) -> u16 {
    // A blank line and the names of the columns are below it, and a few rows.
    let room = inside.saturating_sub(HEAD + 2);
    match kind {
        Kind::Hours if room > WEEK => WEEK,
        Kind::Hours | Kind::Waiting => 0,
        _ if room <= CHART.0 => 0,
        _ => (room * 3 / 5).clamp(CHART.0, CHART.1),
    }
}

/// Rows of the table on a screen of this size.
pub fn rows(size: Size, kind: Kind) -> usize {
    let inside = height(size);
    usize::from(inside.saturating_sub(HEAD + 2 + chart_rows(inside, kind))).max(1)
}

/// The whole layer.
pub(super) fn draw(model: &Model, look: Look, reports: &Reports, room: Rect, buf: &mut Buffer) {
    let bottom = match reports.rows() {
        0 => String::new(),
        rows => format!("{}/{rows}", reports.cursor + 1),
    };
    let title = format!("Reports: {}", reports.kind.title());
    let inside = popup(look, centred(room, WIDEST, room.height), &title, &bottom, buf);
    if inside.height < HEAD + 3 {
        return;
    }
    names(look, reports, inside, buf);
    let columns = usize::from(inside.width);
    let muted = look.style(Token::FgMuted);
    let asked = reports.asked();
    let Some(counted) = reports.shown() else {
        let text = format!("counting the last {} days{}", asked.days, look.glyphs.ellipsis);
        print(buf, inside.x, inside.y + 1, fit(&text, columns, look), muted);
        return;
    };
    print(buf, inside.x, inside.y + 1, fit(&status(model, reports, counted), columns, look), muted);
    let (rows, heads) = table::of(reports.kind, counted);
    let chart = chart_rows(inside.height, reports.kind);
    let area = Rect { y: inside.y + HEAD, height: chart, ..inside };
    match (&counted.report, reports.kind) {
        (Report::Runs(runs), Kind::Hours) if chart > 0 => week(look, &runs.week, area, buf),
        (report, kind) => {
            if let Some(shown) = Chart::of(kind, report).filter(|_| chart > 0) {
                shown.draw(look, &counted.period, Rect { y: area.y - 1, height: 1, ..area }, area, buf);
            }
        }
    }
    let first = inside.y + HEAD + chart + 1;
    if first >= inside.bottom() {
        return;
    }
    let list = Rect { y: first, height: inside.bottom() - first, ..inside };
    table::draw(look, reports, &rows, &heads, list, buf);
}

/// The reports by their words; the one that is shown stands out, also without colours.
fn names(look: Look, reports: &Reports, area: Rect, buf: &mut Buffer) {
    let all: usize = Kind::ALL.iter().map(|kind| kind.word().len() + 2).sum();
    let gap = if all <= usize::from(area.width) { 2 } else { 1 };
    let mut x = area.x;
    for kind in Kind::ALL {
        let shown = *kind == reports.kind;
        let token = if shown { Token::TabActive } else { Token::Tab };
        let text = if shown { format!("[{}]", kind.word()) } else { kind.word().to_owned() };
        if x + width(&text) as u16 > area.right() {
            break;
        }
        x = print(buf, x, area.y, text, look.style(token)) + gap;
    }
}

/// What is shown: over how long, in which groups, as of when, and the figures of all.
fn status(model: &Model, reports: &Reports, counted: &Counted) -> String {
    let asked = reports.asked();
    let at = clock(counted.at, model);
    if reports.kind == Kind::Waiting {
        return format!("as of {at}");
    }
    format!("{}; last {} days, by {}, as of {at}", total(reports.kind, counted), asked.days, asked.by)
}

fn total(kind: Kind, counted: &Counted) -> String {
    let two = |took: Option<Took>| {
        took.map_or_else(
            || "none".to_owned(),
            |took| format!("p50 {} p95 {}", format_took(took.p50), format_took(took.p95)),
        )
    };
    match (&counted.report, kind) {
        (Report::Todos(todos), Kind::Cycle) => {
            format!("begun to done {}; lead time {}", two(todos.total.cycle), two(todos.total.lead))
        }
        (Report::Todos(todos), _) => format!("{} done, {} given up", todos.total.done, todos.total.given_up),
        (Report::Overdue(overdue), _) => {
            let (now, most) = (overdue.units.last().copied().unwrap_or(0), overdue.units.iter().max());
            format!("{now} overdue now, at most {}", most.copied().unwrap_or(0))
        }
        (Report::Runs(runs), Kind::Success) => {
            let of = &runs.total;
            // Cut, not rounded: all is said of no period in which something failed.
            let rate = of.rate().map_or_else(|| "no runs".to_owned(), table::percent);
            format!("{rate}: {} ok, {} failed", of.ok, of.bad)
        }
        (Report::Runs(runs), Kind::Durations) => {
            format!("{} runs {}", runs.total.took.map_or(0, |took| took.count), two(runs.total.took))
        }
        (Report::Runs(runs), _) => match runs.total.busiest {
            Some((day, hour, most)) => {
                format!("{} runs, {most} of them {} {hour:02}:00", runs.total.ended(), DAYS[day])
            }
            None => "no runs".to_owned(),
        },
        (Report::Waiting(_), _) => String::new(),
    }
}

/// How many runs began in each hour of the week.
fn week(look: Look, week: &crate::domain::heat::Week, area: Rect, buf: &mut Buffer) {
    let most = week.iter().flatten().copied().max().unwrap_or(0);
    heat::draw_hours(look, (area.x + 5, area.y), area.right(), buf);
    for (day, counts) in DAYS.iter().zip(week) {
        let y = area.y + 1 + DAYS.iter().position(|name| name == day).unwrap_or(0) as u16;
        print(buf, area.x, y, day, look.style(Token::FgMuted));
        heat::draw(look, &heat::hours(counts, most), (area.x + 5, y), area.right(), buf);
        let x = area.x + 5 + 2 * HOURS as u16 + 2;
        let sum = counts.iter().map(|count| u64::from(*count)).sum::<u64>().to_string();
        if x + width(&sum) as u16 <= area.right() {
            print(buf, x, y, sum, look.style(Token::FgMuted));
        }
    }
}

/// A day below a chart: `22 Nov`, or of months in which years there are `Nov 26`.
fn day(day: jiff::civil::Date, period: &Period) -> String {
    day.strftime(if period.grain == Grain::Month { "%b %y" } else { "%-d %b" }).to_string()
}
