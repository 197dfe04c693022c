//! Pane 2: what comes due next, of all tasks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::text::{clean, day_clock, fit, fit_apart, print, slot_clock, width};
use super::{Look, duties};
use crate::domain::quantity::format_duration;
use crate::domain::zone;
use crate::store::schedules::AgendaRow;
use crate::tui::action::Action;
use crate::tui::model::duties::NextTab;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// In a list at least so wide there is room for the names of both tabs.
const BOTH: u16 = 36;

/// The border.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    // Where there is no room for both names, the one that is open says enough.
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Next));
    let both =
        inside.is_some_and(|inside| inside.width >= BOTH) && !(look.theme.is_mono() && model.focus == Pane::Next);
    let title = match (model.next_tab, both) {
        (NextTab::Runs, true) => "2 [Next runs] Agenda",
        (NextTab::Runs, false) => "2 Next runs",
        (NextTab::Agenda, true) => "2 Next runs [Agenda]",
        (NextTab::Agenda, false) => "2 Agenda",
    };
    let title = title.to_owned();
    if model.next_tab == NextTab::Agenda {
        return Panel { title, ..duties::panel(model, look) };
    }
    let next = model.overview.as_ref().and_then(|overview| overview.next.as_ref());
    let count = next.map(|(at, _)| slot_clock(*at, model)).unwrap_or_default();
    Panel { title, count, ..Panel::default() }
}

/// A row for each schedule: time, task, rule.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let agenda = &model.agenda;
    if agenda.rows.is_empty() {
        let next = if model.tasks.selected().is_some() {
            format!("{} builds a schedule", model.key_of(Action::Schedule))
        } else {
            format!("{} adds a task", model.key_of(Action::Add))
        };
        let text = fit(&format!("Nothing is planned; {next}."), usize::from(area.width).saturating_sub(2), look);
        print(buf, area.x + 1, area.y, text, look.style(Token::FgMuted));
        return;
    }
    let end = agenda.rows.len().min(agenda.top + usize::from(area.height));
    let rows = &agenda.rows[agenda.top.min(end)..end];
    let times: Vec<String> = rows.iter().map(|row| day_clock(row.at, model)).collect();
    let time_columns = times.iter().map(|time| width(time)).max().unwrap_or(0);
    let room = usize::from(area.width).saturating_sub(time_columns + 3);
    let widest = rows.iter().map(|row| row.slug.len()).max().unwrap_or(0);
    // The rule is worth a column when the names leave room for it.
    let with_rule = room >= 24;
    let slug_columns = if with_rule { widest.min(room * 3 / 5) } else { room };
    let slugs = fit_apart(rows.iter().map(|row| row.slug.as_str()), slug_columns, look);
    for (at, ((row, time), slug)) in rows.iter().zip(times).zip(slugs).enumerate() {
        // What does not come is dim, and says why.
        let muted = look.style(Token::FgMuted);
        let style = if row.aside.is_some() { muted } else { Style::new() };
        let remark = row.aside.as_deref().map_or_else(|| rule(row, model, look), clean);
        let slug = if with_rule || row.aside.is_none() {
            Part::column(slug, slug_columns, style)
        } else {
            Part::new(format!("{}: {remark}", row.slug), style)
        };
        let first = agenda.top + at == 0 && row.aside.is_none();
        let of_time = if first { look.style(Token::SchedNext) } else { style };
        let mut parts = vec![Part::column(time, time_columns, of_time), Part::new("  ", Style::new()), slug];
        if with_rule {
            parts.extend([Part::new("  ", Style::new()), Part::new(remark, muted)]);
        }
        let cursor = Cursor::of(at, agenda.cursor - agenda.top, model.focus == Pane::Next);
        // While no other pane follows this one there is nothing to point at.
        let followed = model.list == Pane::Next;
        let cursor = if cursor == Cursor::Waiting && !followed { Cursor::Elsewhere } else { cursor };
        row::draw(look, row::line(area, at), cursor, &parts, buf);
    }
}

/// The rule, with how much later it may start and the zone in which it is meant when that is another one.
fn rule(row: &AgendaRow, model: &Model, look: Look) -> String {
    let mut rule = row.schedule.rule.clone();
    let jitter = rule.options.jitter.take();
    let jitter = jitter.map(|width| format!(" {}{}", look.glyphs.jitter, format_duration(width))).unwrap_or_default();
    let zone = &row.schedule.zone;
    let is_other = model.zone.iana_name() != Some(zone)
        && zone::zone(zone).is_ok_and(|zone| zone.to_offset(row.at) != model.zone.to_offset(row.at));
    let zone = if is_other { format!(" {}", clean(zone)) } else { String::new() };
    format!("{}{jitter}{zone}", rule.text_in(&model.zone))
}
