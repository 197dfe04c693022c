//! What is to come, below the fields of the schedule builder.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Look;
use super::super::text::{clean, fit, print, width, wrap};
use super::fits_beside;
use crate::domain::preview::{ClockChange, MANY, Next, PARTS};
use crate::domain::when::{DstEffect, Mark};
use crate::domain::why::about;
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::builder::Builder;
use crate::tui::model::outlook::{Jitter, Seen};
use crate::tui::theme::{Glyphs, Token};

/// From this width on a slot has its whole date.
const WHOLE_DATE: u16 = 66;

/// A line of the preview; of those with a greater number there is less need when there is little room.
pub(super) struct Line {
    text: String,
    token: Option<Token>,
    need: u8,
}

/// All lines. There are none before the first answer.
pub(super) fn lines(model: &Model, look: Look, builder: &Builder, inner: u16) -> Vec<Line> {
    let Some(outlook) = &builder.outlook else { return Vec::new() };
    let Some(seen) = &outlook.seen else {
        let none = match builder.count() {
            0 | 1 => "no schedule: the task runs only when it is started".to_owned(),
            _ => {
                let key = model.key_in(Scope::Builder, Action::ScheduleRemove);
                format!("nothing is said yet: {key} takes this one away")
            }
        };
        let text = if outlook.errors.is_empty() { &none } else { "what comes is shown when the text is right" };
        return said(text, Some(Token::FgMuted), 0, inner).collect();
    };
    let Seen { preview, warnings, notes, .. } = seen;
    let warn = Some(Token::RunMissed);
    let mut lines = Vec::new();
    for warning in warnings {
        lines.extend(said(&format!("{} {warning}", look.glyphs.missed), warn, 1, inner));
    }
    lines.extend(notes.iter().flat_map(|note| said(note, None, 1, inner)));
    if !preview.slots.is_empty() {
        let text = heading(inner, &outlook.zone_name);
        lines.push(Line { text, token: Some(Token::TitleFocus), need: 3 });
    }
    for (at, next) in preview.slots.iter().enumerate() {
        let need = match at {
            0 => 0,
            1 | 2 => 2,
            _ => 6,
        };
        lines.push(Line { text: slot(next, seen, outlook.now, inner), token: None, need });
    }
    if let Jitter::UpTo(width) = seen.jitter {
        let text = format!("each starts up to {} later, always the same once it is saved", about(width));
        lines.extend(said(&text, None, 4, inner));
    }
    if let Some(collisions) = &seen.collisions {
        lines.extend(said(collisions, warn, 3, inner));
    }
    for text in &seen.simulated {
        lines.extend(said(text, None, 3, inner));
    }
    if !preview.missing.is_empty() {
        lines.extend(said(&preview.missing.join("; "), warn, 3, inner));
    }
    if let Some(excluded) = excluded(seen) {
        lines.extend(said(&excluded, None, 4, inner));
    }
    if let Some(change) = change(builder).filter(|text| !fits_beside(text, inner)) {
        lines.extend(said(&change, Some(Token::FgMuted), 5, inner));
    }
    if !preview.slots.is_empty() {
        lines.push(Line { text: week(look.glyphs, seen, inner), token: None, need: 5 });
    }
    if !seen.parts.is_empty() {
        let parts: Vec<String> = seen.parts.iter().map(|(name, text)| format!("{name} {text}")).collect();
        lines.extend(said(&parts.join(", "), Some(Token::FgMuted), 7, inner));
    }
    lines
}

/// A sentence, in a few lines at most.
fn said(text: &str, token: Option<Token>, need: u8, inner: u16) -> impl Iterator<Item = Line> {
    const FEW: usize = 3;
    wrap(&clean(text), usize::from(inner)).into_iter().take(FEW).map(move |text| Line { text, token, need })
}

/// Draws as many as fit: those that are needed most, or those from `scroll` on.
pub(super) fn draw(look: Look, lines: &[Line], scroll: usize, area: Rect, buf: &mut Buffer) {
    let high = usize::from(area.height);
    let shown: Vec<&Line> = if scroll == 0 && lines.len() > high {
        let mut needed: Vec<(u8, usize)> = lines.iter().enumerate().map(|(at, line)| (line.need, at)).collect();
        needed.sort_unstable();
        needed.truncate(high);
        lines.iter().enumerate().filter(|(at, line)| needed.contains(&(line.need, *at))).map(|(_, line)| line).collect()
    } else {
        lines.iter().skip(scroll.min(lines.len().saturating_sub(high))).take(high).collect()
    };
    for (y, line) in (area.y..area.bottom()).zip(shown) {
        let style = line.token.map(|token| look.style(token)).unwrap_or_default();
        print(buf, area.x, y, fit(&line.text, usize::from(area.width), look), style);
    }
}

fn heading(inner: u16, zone: &str) -> String {
    let (at, coming) = columns(inner);
    let title = format!("Next runs  {zone}");
    let title = if width(&title) < at { title } else { "Next runs".to_owned() };
    let distance = if inner >= WHOLE_DATE { "since the one before" } else { "apart" };
    format!("{title:at$}{:coming$}{distance}", "in")
}

/// Columns of the time and of how far it is.
fn columns(inner: u16) -> (usize, usize) {
    if inner >= WHOLE_DATE { (33, 10) } else { (24, 8) }
}

/// A slot: when, in how long, how long after the one before, and what is special.
fn slot(next: &Next, seen: &Seen, now: Timestamp, inner: u16) -> String {
    let (at, coming) = columns(inner);
    let when = time(next.due.at, &seen.zone, inner);
    let start = match seen.jitter {
        Jitter::Is(late) => next.due.at.saturating_add(late).unwrap_or(next.due.at),
        Jitter::UpTo(_) => next.due.at,
    };
    let after = about(distance(start.duration_since(now)));
    let since = next.since.map_or_else(|| "-".to_owned(), |since| about(distance(since)));
    let mut marks = Vec::new();
    if next.is_gap {
        marks.push("(gap)".to_owned());
    }
    match next.mark {
        Some(Mark::Dst(DstEffect::Shifted)) => {
            marks.push(format!("shifted from {}", next.due.civil.strftime("%R")));
        }
        Some(Mark::Dst(DstEffect::Repeated)) => marks.push("repeated".to_owned()),
        Some(Mark::Moved(day)) => marks.push(format!("moved from {}", day.strftime("%a %-d %b"))),
        None => {}
    }
    if let Jitter::Is(late) = seen.jitter
        && !late.is_zero()
    {
        marks.push(if inner >= WHOLE_DATE {
            format!("starts {}", start.to_zoned(seen.zone.clone()).strftime("%T"))
        } else {
            format!("+{}", about(distance(late)))
        });
    }
    let marks = marks.join(", ");
    let text = format!("  {when:at$}{after:coming$}{since:coming$}{marks}", at = at - 2);
    text.trim_end().to_owned()
}

fn distance(distance: SignedDuration) -> Duration {
    // To the second: what follows the point only says when the key was pressed.
    let seconds = distance.as_millis().max(0).unsigned_abs().div_ceil(1000) as u64;
    Duration::from_secs(seconds)
}

fn time(at: Timestamp, zone: &TimeZone, inner: u16) -> String {
    let at = at.to_zoned(zone.clone());
    let minutes = at.offset().seconds() % 3600 != 0;
    let offset = at.strftime(if minutes { "%:z" } else { "%z" }).to_string();
    let offset = if minutes { offset.as_str() } else { offset.get(..3).unwrap_or_default() };
    let format = match (inner >= WHOLE_DATE, at.second()) {
        (true, _) => "%a %Y-%m-%d %H:%M:%S",
        (false, 0) => "%a %-d %b %H:%M",
        (false, _) => "%a %-d %b %H:%M:%S",
    };
    format!("{} {offset}", at.strftime(format))
}

/// `DST: next change 25 Oct, 02:00-03:00 twice; 02:30 comes once`
pub(super) fn change(builder: &Builder) -> Option<String> {
    let outlook = builder.outlook.as_deref()?;
    let seen = outlook.seen.as_ref()?;
    let Some(ClockChange { from, until, twice, effect }) = &seen.preview.change else {
        return Some("DST: the clock does not change".to_owned());
    };
    let this_year = outlook.now.to_zoned(seen.zone.clone()).year() == from.year();
    let day = from.strftime(if this_year { "%-d %b" } else { "%-d %b %Y" });
    let what = if *twice { "twice" } else { "does not exist" };
    let effect = effect.as_ref().map(|effect| format!("; {effect}")).unwrap_or_default();
    Some(format!("DST: {day}, {}-{} {what}{effect}", from.strftime("%R"), until.strftime("%R")))
}

fn excluded(seen: &Seen) -> Option<String> {
    let days = seen.preview.excluded.iter().map(|(day, why)| {
        let own = [day.to_string(), day.strftime("%a").to_string().to_lowercase()].contains(why);
        let why = if own { String::new() } else { format!(" ({why})") };
        format!("{}{why}", day.strftime("%a %-d %b"))
    });
    let mut days: Vec<String> = days.collect();
    match seen.preview.more_excluded {
        0 => {}
        1 => days.push("1 more day".to_owned()),
        more => days.push(format!("{more} more days")),
    }
    (!days.is_empty()).then(|| format!("not on {}", days.join(", ")))
}

/// The coming week: a mark for each part of a day, the higher the more is due.
fn week(glyphs: &Glyphs, seen: &Seen, inner: u16) -> String {
    let levels = glyphs.levels;
    let level = |count: &u8| match *count {
        0 => levels[0],
        1 => levels[1],
        2..MANY => levels[2],
        _ => levels[3],
    };
    let day = |(date, counts): &(jiff::civil::Date, [u8; PARTS])| {
        format!(
            "{} {}",
            date.strftime("%a").to_string().get(..2).unwrap_or_default(),
            counts.iter().map(level).collect::<String>()
        )
    };
    let days: Vec<String> = seen.preview.week.iter().map(day).collect();
    let (title, between) = if inner >= WHOLE_DATE { ("Week  ", "  ") } else { ("", " ") };
    let text = format!("{title}{}", days.join(between));
    if width(&text) <= usize::from(inner) { text } else { text.replace(' ', "") }
}
