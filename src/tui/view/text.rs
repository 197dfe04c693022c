//! Text on the screen: made safe, measured in columns, cut; and times and durations in few of them.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Look;
use crate::domain::due::days_until;
use crate::output::to_plain;
use crate::tui::model::Model;

/// Writes a text into a row, as far as that goes; returns the column behind it.
pub fn print(buf: &mut Buffer, x: u16, y: u16, text: impl AsRef<str>, style: Style) -> u16 {
    print_within(buf, x, y, text, usize::MAX, style)
}

/// As [`print()`], in so many columns at most.
///
/// Nearly all text is ASCII, where a byte is a character of one column: only the rest is looked up. The last ASCII character
/// before it may be a part of what follows.
pub fn print_within(buf: &mut Buffer, mut x: u16, y: u16, text: impl AsRef<str>, columns: usize, style: Style) -> u16 {
    let text = text.as_ref();
    let end = usize::from(buf.area.right()).min(usize::from(x).saturating_add(columns)) as u16;
    let ascii = text.bytes().position(|byte| !byte.is_ascii()).map_or(text.len(), |other| other.saturating_sub(1));
    let (plain, rest) = text.split_at(ascii);
    for letter in plain.chars().filter(|letter| !letter.is_control()) {
        if x >= end {
            return x;
        }
        buf[(x, y)].set_char(letter).set_style(style);
        x += 1;
    }
    if rest.is_empty() { x } else { buf.set_stringn(x, y, rest, usize::from(end.saturating_sub(x)), style).0 }
}

/// Text from outside as one line that can only be shown (O4).
pub fn clean(text: &str) -> String {
    text.lines().map(|line| to_plain(line.as_bytes())).collect::<Vec<_>>().join(" ")
}

/// The text with every character that terminals draw in different widths replaced by the one that it is made from: an emoji with a
/// variation selector, one joined from several, one with a colour of skin, a digit in a keycap. What stays is one or two columns wide
/// everywhere; marks on letters stay too.
pub fn steady(text: &str) -> Cow<'_, str> {
    let is_shaky = |c: char| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}');
    if !text.chars().any(is_shaky) {
        return Cow::Borrowed(text);
    }
    let base = |grapheme: &'_ str| match grapheme.chars().next() {
        // A selector or a joiner alone has no width and nothing to change.
        Some(first) if grapheme.chars().any(is_shaky) && !matches!(first, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') => {
            first.to_string()
        }
        Some(_) if grapheme.chars().any(is_shaky) => String::new(),
        _ => grapheme.to_owned(),
    };
    Cow::Owned(text.graphemes(true).map(base).collect())
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, cut to so many columns with a mark where it was.
pub fn fit(text: &str, columns: usize, look: Look) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used + 1 > columns {
            break;
        }
        cut.push_str(grapheme);
    }
    if columns > 0 {
        cut.push_str(look.glyphs.ellipsis);
    }
    cut
}

/// What an action does and why not now, in so many columns: shortened by whole clauses before it is cut.
pub fn fit_reason(title: &str, reason: &str, columns: usize, look: Look) -> String {
    let (title, reason) = (clean(title), clean(reason));
    let head = title.split([',', ':', ';']).next().unwrap_or_default();
    let verb = title.split([' ', ',', ':', ';']).next().unwrap_or_default();
    let brief = reason.split([':', ';']).next().unwrap_or_default();
    let texts = [(title.as_str(), reason.as_str()), (head, &reason), (head, brief), (verb, brief)];
    let mut texts = texts.map(|(title, reason)| format!("{title}: {reason}")).into_iter();
    // A title that does not begin with what it does says nothing by its first word.
    let says = !["A", "An", "The", "To"].contains(&verb);
    let fitting =
        texts.find(|text| text.width() <= columns).filter(|text| says || !text.starts_with(&format!("{verb}: ")));
    fitting.unwrap_or_else(|| fit_words(&format!("{title}: {reason}"), columns, look))
}

/// As [`fit`], but cut in the middle: the end stays.
pub fn fit_middle(text: &str, columns: usize, look: Look) -> String {
    let mark = look.glyphs.ellipsis.width();
    if text.width() <= columns || columns <= mark {
        return fit(text, columns, look);
    }
    let room = columns - mark;
    let upto = |graphemes: &mut dyn Iterator<Item = &str>, room: usize| {
        let mut used = 0;
        graphemes
            .take_while(|grapheme| {
                used += grapheme.width();
                used <= room
            })
            .map(str::len)
            .sum::<usize>()
    };
    let end = upto(&mut text.graphemes(true).rev(), room / 2);
    let begin = upto(&mut text.graphemes(true), room - room / 2);
    format!("{}{}{}", &text[..begin], look.glyphs.ellipsis, &text[text.len() - end..])
}

/// Names of a list in so many columns: those that would look alike when they are cut at their ends are cut in the middle, for what
/// tells a copy from its original is at the end.
pub fn fit_apart<'a>(names: impl Iterator<Item = &'a str>, columns: usize, look: Look) -> Vec<String> {
    let cut: Vec<(&str, String)> = names.map(|name| (name, fit(name, columns, look))).collect();
    let mut seen: HashMap<&str, (&str, bool)> = HashMap::new();
    for (name, shown) in &cut {
        seen.entry(shown.as_str()).and_modify(|(first, alike)| *alike |= first != name).or_insert((name, false));
    }
    let alike = |shown: &str| seen.get(shown).is_some_and(|(_, alike)| *alike);
    cut.iter().map(|(name, shown)| if alike(shown) { fit_middle(name, columns, look) } else { shown.clone() }).collect()
}

/// As [`fit`], but cut between words.
pub fn fit_words(text: &str, columns: usize, look: Look) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(look.glyphs.ellipsis.width());
    let ends = text.match_indices(' ').map(|(at, _)| text[..at].trim_end_matches([',', ';', ':']));
    match ends.take_while(|start| start.width() <= room).last() {
        Some(start) => format!("{start}{}", look.glyphs.ellipsis),
        None => fit(text, columns, look),
    }
}

/// The text in exactly so many columns.
pub fn column(text: &str, columns: usize, look: Look) -> String {
    let mut text = fit(text, columns, look);
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(text.width())));
    text
}

/// A text in lines of at most so many columns, broken at spaces where there are any.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let used = lines.last().map_or(0, |line| line.width());
        if used > 0 && used + word.trim_end().width() > columns {
            lines.push(String::new());
        }
        for grapheme in word.graphemes(true) {
            let full = lines.last().is_some_and(|line| line.width() + grapheme.width() > columns);
            if full && grapheme != " " {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(grapheme);
            }
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// How far a day is from today, in the person's zone.
fn days_from_today(at: Timestamp, model: &Model) -> i64 {
    days_until(at, &model.zone, model.at())
}

/// As this format says, in the person's zone.
pub(super) fn show(at: Timestamp, format: &str, model: &Model) -> String {
    at.to_zoned(model.zone.clone()).strftime(format).to_string()
}

/// `14:30` today, `Sun 14:30` in the days around, `3 Dec 14:30`, `2031-12-03`.
pub fn clock(at: Timestamp, model: &Model) -> String {
    let format = match days_from_today(at, model).abs() {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        7..=300 => "%-d %b %H:%M",
        _ => "%Y-%m-%d",
    };
    show(at, format, model)
}

/// `14:30` today, `14:30:10` when it is no whole minute, `Sun 14:30` in the days around, then the day alone: `3 Dec`, `2031`.
pub fn day_clock(at: Timestamp, model: &Model) -> String {
    if days_from_today(at, model).abs() <= 6 { slot_clock(at, model) } else { short_clock(at, model) }
}

/// As [`clock`], with seconds today.
pub fn clock_seconds(at: Timestamp, model: &Model) -> String {
    if days_from_today(at, model) == 0 { show(at, "%H:%M:%S", model) } else { clock(at, model) }
}

/// As [`clock`] on a whole minute, else with the seconds too.
pub fn slot_clock(at: Timestamp, model: &Model) -> String {
    if at.as_second() % 60 == 0 { clock(at, model) } else { format!("{}{}", clock(at, model), show(at, ":%S", model)) }
}

/// In the fewest columns: `14:30` today, then `Sun`, `3 Dec`, `2031`.
pub fn short_clock(at: Timestamp, model: &Model) -> String {
    let format = match days_from_today(at, model).abs() {
        0 => "%H:%M",
        1..=6 => "%a",
        7..=300 => "%-d %b",
        _ => "%Y",
    };
    show(at, format, model)
}

/// Everything: `Sat 2026-01-05 14:30:00 +01:00`.
pub fn full_clock(at: Timestamp, model: &Model) -> String {
    show(at, "%a %Y-%m-%d %H:%M:%S %:z", model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Glyphs, Theme};

    const LOOK: Look = Look { theme: Theme::Mono, glyphs: &Glyphs::UNICODE };

    #[test]
    fn names_that_would_look_alike_are_cut_in_the_middle_and_keep_their_end() {
        let cut = |names: &[&str], columns| fit_apart(names.iter().copied(), columns, LOOK);
        assert_eq!(
            cut(&["backup-database", "backup-database-2", "mirror-photographs"], 10),
            ["backu…base", "backu…se-2", "mirror-ph…"]
        );
        // A name that is there twice is one name.
        assert_eq!(cut(&["backup-database", "backup-database"], 10), ["backup-da…", "backup-da…"]);
        assert_eq!(cut(&["aaaa1", "aaaa2"], 1), ["…", "…"]);
        assert_eq!(fit_middle("漢字漢字漢字", 7, LOOK), "漢…字");
        assert_eq!(fit_middle("short", 5, LOOK), "short");
    }

    #[test]
    fn why_an_action_is_not_possible_is_shortened_by_clauses() {
        let (title, reason) = ("Stop the run, with time to end", "#12 has ended; it is the newest of backup");
        let fitted = |columns| fit_reason(title, reason, columns, LOOK);
        assert_eq!(fitted(80), "Stop the run, with time to end: #12 has ended; it is the newest of backup");
        assert_eq!(fitted(60), "Stop the run: #12 has ended; it is the newest of backup");
        assert_eq!(fitted(30), "Stop the run: #12 has ended");
        assert_eq!(fitted(20), "Stop: #12 has ended");
        assert_eq!(fitted(12), "Stop the…");
        assert_eq!(fit_reason("The next match", "nothing is searched", 24, LOOK), "The next match: nothing…");
    }

    #[test]
    fn text_is_cut_at_columns_not_at_letters() {
        assert_eq!(fit("backup-db", 9, LOOK), "backup-db");
        assert_eq!(fit("backup-db", 6, LOOK), "backu…");
        assert_eq!(fit("漢字漢字", 5, LOOK), "漢字…");
        assert_eq!(column("漢字漢字", 6, LOOK), "漢字… ");
        assert_eq!(fit("abc", 0, LOOK), "");
    }

    #[test]
    fn text_from_outside_is_one_line_without_control_characters() {
        let cleaned = clean("a\n\x1b]52;c;aGk=\x07b\x1b[2J\u{202e}c");
        assert!(!cleaned.chars().any(char::is_control), "{cleaned:?}");
        assert!(cleaned.starts_with("a b"), "{cleaned:?}");
    }

    #[test]
    fn characters_of_doubtful_width_are_their_base_in_lists_and_letters_keep_their_marks() {
        for (text, shown) in [
            ("backup-db", "backup-db"),
            ("\u{2764}\u{fe0f} heart", "\u{2764} heart"),
            ("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} family", "\u{1f468} family"),
            ("\u{1f44d}\u{1f3fd} thumb", "\u{1f44d} thumb"),
            ("1\u{fe0f}\u{20e3} one", "1 one"),
            ("e\u{301}cole, \u{6f22}\u{5b57}", "e\u{301}cole, \u{6f22}\u{5b57}"),
            ("\u{fe0f}x", "x"),
        ] {
            assert_eq!(steady(text), shown, "{text:?}");
            let each: usize =
                steady(text).chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)).sum();
            assert_eq!(width(&steady(text)), each, "no cluster has a width of its own: {text:?}");
        }
    }

    #[test]
    fn long_text_is_wrapped_at_spaces_and_long_words_inside() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
