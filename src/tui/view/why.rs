//! The Why layer: what holds for the task now, and below it each slot and rest of its past.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::tasks::of_run;
use super::text::{clean, clock_seconds, fit_words, print, width, wrap};
use crate::domain::run::Run;
use crate::domain::schedule::{Decision, Slot};
use crate::domain::why::{Entry, Pause, about};
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::model::why::Why;
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 110;

/// Later than this is worth a word.
const LATE_SECONDS: u64 = 1;

/// Rows of the list on a screen of this size, under these sentences.
pub fn rows(size: Size, now: &[String]) -> usize {
    // The border, the blank line, and the hint line.
    let columns = usize::from(size.width.min(WIDEST).saturating_sub(4));
    let taken = sentences(now, columns, size.height).len() + 1 + footer(size);
    usize::from(size.height.saturating_sub(3)).saturating_sub(taken).max(1)
}

/// Lines below the list, for what does not fit into the selected row.
fn footer(size: Size) -> usize {
    match (size.width < WIDEST, size.height < 16) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    }
}

/// A remark is not begun in fewer columns: the line below the list has it.
const REMARK: usize = 8;

/// The sentences in lines: a third of the height at most, for the list matters too.
fn sentences(now: &[String], columns: usize, height: u16) -> Vec<String> {
    let most = usize::from(height / 3).max(1);
    now.iter().flat_map(|sentence| wrap(&clean(sentence), columns)).take(most).collect()
}

/// The whole layer.
pub(super) fn draw(model: &Model, look: Look, why: &Why, room: Rect, buf: &mut Buffer) {
    let title = format!("Why {}", clean(&why.slug));
    let bottom = match (why.entries.place(), why.entries.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        (Some(place), None) => place.to_string(),
        (None, _) => String::new(),
    };
    let inside = popup(look, centred(room, WIDEST, room.height), &title, &bottom, buf);
    let mut y = inside.y;
    for line in sentences(&why.now, usize::from(inside.width), model.size.height) {
        if y < inside.bottom() {
            print(buf, inside.x, y, line, Style::new());
        }
        y += 1;
    }
    y += 1;
    let height = usize::from(inside.bottom().saturating_sub(y)).min(rows(model.size, &why.now)) as u16;
    let list = Rect { y: y.min(inside.bottom()), height, ..inside };
    let (entries, cursor) = why.entries.visible();
    if entries.is_empty() && why.entries.is_loaded() && list.height > 0 {
        let (schedule, run) = (model.key_of(Action::Schedule), model.key_of(Action::Run));
        let text = format!("No slot has come due yet; {schedule} builds a schedule, {run} runs it now.");
        for (line, area) in wrap(&text, usize::from(list.width)).into_iter().zip(list.rows()) {
            print(buf, area.x, area.y, line, look.style(Token::FgMuted));
        }
    }
    let cells: Vec<Cells> = entries.iter().map(|entry| Cells::of(model, look, entry)).collect();
    let widest = |text: fn(&Cells) -> &str| cells.iter().map(|cells| width(text(cells))).max().unwrap_or(0);
    let [when, what, late] = [widest(|c| &c.when), widest(|c| &c.what), widest(|c| &c.late)];
    let room = usize::from(list.width).saturating_sub(3 + when + 2 + what + 2 + if late > 0 { late + 2 } else { 0 });
    for (at, cells) in cells.iter().enumerate().take(usize::from(list.height)) {
        let remark = if room < REMARK { String::new() } else { fit_words(&cells.remark, room, look) };
        let parts = [
            Part::new(cells.glyph, cells.style),
            Part::new(" ", Style::new()),
            Part::column(cells.when.as_str(), when + 2, Style::new()),
            Part::column(cells.what.as_str(), what + 2, cells.style),
            Part::column(cells.late.as_str(), if late > 0 { late + 2 } else { 0 }, look.style(Token::FgMuted)),
            Part::new(remark, Style::new()),
        ];
        row::draw(look, row::line(list, at), Cursor::of(at, cursor, true), &parts, buf);
    }
    let cut = cells.get(cursor).map(|cells| cells.remark.as_str()).filter(|remark| width(remark) > room);
    let below = cut.into_iter().flat_map(|remark| wrap(remark, usize::from(inside.width))).take(footer(model.size));
    for (y, line) in (list.bottom()..inside.bottom()).zip(below) {
        print(buf, inside.x, y, line, look.style(Token::FgMuted));
    }
}

/// The texts of a row.
struct Cells {
    glyph: &'static str,
    style: Style,
    when: String,
    what: String,
    late: String,
    remark: String,
}

impl Cells {
    fn of(model: &Model, look: Look, entry: &Entry) -> Self {
        let when = clock_seconds(entry.key().0, model);
        match entry {
            Entry::Slot(slot, run) => Self { when, ..Self::of_slot(look, entry, slot, run.as_deref()) },
            Entry::Pause(pause) => Self {
                glyph: look.glyphs.paused,
                style: look.style(Token::SchedPaused),
                when,
                what: "paused".to_owned(),
                late: String::new(),
                remark: rest(model, pause),
            },
        }
    }

    fn of_slot(look: Look, entry: &Entry, slot: &Slot, run: Option<&Run>) -> Self {
        let ((glyph, style), what) = match (slot.decision, run) {
            (Decision::Run, Some(run)) => {
                let became = run.outcome.map_or_else(
                    || if run.is_paused() { "paused".to_owned() } else { run.state.to_string() },
                    |outcome| outcome.to_string(),
                );
                (of_run(look, run.state, run.outcome, run.is_paused()), format!("#{} {became}", run.id))
            }
            (Decision::Run, None) => ((look.glyphs.never, look.style(Token::RunNever)), "ran".to_owned()),
            (Decision::Skipped, _) => ((look.glyphs.never, look.style(Token::RunSkipped)), "skipped".to_owned()),
            (Decision::Missed, _) => ((look.glyphs.missed, look.style(Token::RunMissed)), "missed".to_owned()),
        };
        let late = entry.late().filter(|late| late.as_secs() >= LATE_SECONDS && slot.decision == Decision::Run);
        Self {
            glyph,
            style,
            when: String::new(),
            what,
            late: late.map(|late| format!("{} late", about(late))).unwrap_or_default(),
            remark: clean(&entry.remark()),
        }
    }
}

/// Until when it rested, and why.
fn rest(model: &Model, pause: &Pause) -> String {
    let until = pause.until.map_or_else(|| "since then".to_owned(), |at| format!("until {}", clock_seconds(at, model)));
    let reason = pause.reason.as_ref().map(|reason| format!(": {}", clean(reason))).unwrap_or_default();
    format!("{until}{reason}")
}
