//! Draws the log pane: a gutter that says when and on which stream, and the text of the program in its own colours.

use std::ops::Range;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::geometry::Item;
use super::message::Row;
use super::pane::{Ansi, LogPane, Place, Wrap};
use super::shown::SystemLine;
use super::stamp::{Stamps, duration};
use super::text::{Look, Slice, Text};
use crate::domain::run::Outcome;
use crate::output::{self, Colour, Level, Stream};
use crate::tui::theme::{Glyphs, Theme, Token};
use crate::tui::view::text::print_within;

/// How everything looks.
#[derive(Clone, Copy)]
struct Looks<'a> {
    theme: Theme,
    glyphs: &'a Glyphs,
}

impl LogPane {
    /// Draws the pane into the `area` whose size [`LogPane::resize`] was told.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: Theme, glyphs: &Glyphs) {
        let looks = Looks { theme, glyphs };
        let area = area.intersection(buf.area);
        if let Some(reason) = &self.failure {
            let text = output::sanitise::to_plain(reason.as_bytes());
            print_within(buf, area.x, area.y, text, usize::from(area.width), theme.style(Token::FieldError));
            return;
        }
        if self.draw_whole(area, buf, theme) {
            return;
        }
        let (cursor, selected) = (self.cursor(), self.selection());
        let (mut position, mut row) = (self.top.position, self.top.row);
        let mut lines = area.rows();
        while let Some(item) = self.item(position) {
            let mut seen: Vec<Rect> = Vec::new();
            match item {
                Item::System(line) => {
                    let style = theme.style(self.system_token(position));
                    for (n, text) in self.system_rows(&line).iter().enumerate().skip(row) {
                        let Some(area) = lines.next() else { break };
                        let x =
                            self.gutter_of(area, buf, looks, line.at.filter(|_| n == 0).map(At::start), Gutter::System);
                        set(area, buf, x, text, usize::from(area.width), style);
                        seen.push(area);
                    }
                }
                Item::Line(line) => {
                    let searching = self.searching.as_ref().filter(|_| !line.is_gap);
                    let matches = searching.map(|searching| searching.matcher.ranges(line.text.as_str()));
                    let above = self.rows_above(line);
                    for (n, system) in self.system_above(line, glyphs).into_iter().enumerate().skip(row) {
                        let Some(area) = lines.next() else { break };
                        let gap = system.at.is_none();
                        let x = self.gutter_of(area, buf, looks, system.at.map(At::start), Gutter::System);
                        let style = theme.style(if gap { Token::LogGap } else { Token::LogSystem });
                        set(area, buf, x, &system.text, usize::from(area.width), style);
                        debug_assert!(n < above, "what is above a line takes the rows that are counted for it");
                    }
                    for (n, slice) in self.slices(&line.text).iter().enumerate().skip(row.saturating_sub(above)) {
                        let Some(area) = lines.next() else { break };
                        self.draw_line(area, buf, looks, line, slice, n == 0);
                        for range in matches.iter().flatten() {
                            self.mark(area, buf, looks, position, slice.indent, line.text.columns_of(slice, range));
                        }
                        seen.push(area);
                    }
                    if self.bookmarks.contains(&line.number) {
                        let style = theme.style(Token::LogBookmark);
                        self.in_gutter(seen.first(), buf, glyphs.bookmark, style);
                    }
                }
            }
            if selected.is_some_and(|(first, last)| (first..=last).contains(&position)) {
                for area in &seen {
                    buf.set_style(*area, theme.style(Token::TextSelection));
                }
            }
            if position == cursor {
                self.draw_cursor(&seen, buf, looks, self.bookmarks.contains(&position.wrapping_sub(1)));
            }
            let full = seen.last().or(Some(&area)).is_some_and(|last| last.bottom() >= area.bottom());
            if full && !seen.is_empty() {
                return;
            }
            (position, row) = (self.below(position), 0);
        }
    }

    /// The line under the cursor: a glyph in the gutter, or where there is none, an attribute that nobody copies.
    fn draw_cursor(&self, seen: &[Rect], buf: &mut Buffer, looks: Looks<'_>, bookmark: bool) {
        let style = looks.theme.style(Token::LogCursor);
        let glyph = if bookmark { looks.glyphs.bookmark } else { looks.glyphs.log_cursor };
        self.in_gutter(seen.first(), buf, glyph, style);
        if self.zoomed && self.place != Place::End {
            for area in seen {
                buf.set_style(*area, Style::new().add_modifier(Modifier::UNDERLINED));
            }
        }
    }

    /// A glyph in the first column of the gutter.
    fn in_gutter(&self, area: Option<&Rect>, buf: &mut Buffer, glyph: &str, style: Style) {
        if let (Some(area), false) = (area, self.zoomed) {
            set(*area, buf, area.x, glyph, 1, style);
        }
    }

    /// What Tempo says above a line: how long nothing was printed, and that another attempt begins.
    fn system_above(&self, line: &Row, glyphs: &Glyphs) -> Vec<SystemLine> {
        if self.zoomed {
            return Vec::new();
        }
        let silence = self.silence(line).map(|silence| {
            let rule = glyphs.gap.repeat(3);
            let seconds = silence.as_secs().unsigned_abs();
            SystemLine { at: None, text: format!("{rule} {} {rule}", duration(seconds)) }
        });
        let begins = self.shown.as_ref().and_then(|shown| shown.attempt(line));
        silence.into_iter().chain(begins).collect()
    }

    /// The rows of a line. Of one that goes on beyond the edge the last column is for the sign that says so; a zoomed pane has
    /// nothing but the text in it (UX 37).
    fn slices(&self, text: &Text) -> Vec<Slice> {
        let width = self.text_width();
        let rows = match self.wrap {
            Wrap::Chop => {
                let slice = text.slice(self.left, width);
                let goes_on = slice.range.end < text.as_str().len() && !self.zoomed;
                return vec![if goes_on { text.slice(self.left, width.saturating_sub(1)) } else { slice }];
            }
            Wrap::Columns => text.rows(width),
            Wrap::Words => text.word_rows(width),
        };
        rows.into_iter().map(|range| Slice { indent: 0, range }).collect()
    }

    fn draw_line(&self, area: Rect, buf: &mut Buffer, looks: Looks<'_>, line: &Row, slice: &Slice, first: bool) {
        let (gutter, base) = match line.stream {
            _ if line.is_gap => (Gutter::System, Style::new()),
            Stream::Out => (Gutter::Out, looks.theme.style(Token::LogText)),
            Stream::Err => (Gutter::Err, looks.theme.style(Token::LogStderr)),
        };
        let start = self.shown.as_ref().and_then(|shown| shown.started_at);
        let at = At { at: line.at, since: if self.stamps == Stamps::Delta { line.before.or(start) } else { start } };
        let tag = line.source.filter(|_| first && !self.zoomed);
        let mut x = self.gutter_of(area, buf, looks, first.then_some(at), gutter) + slice.indent as u16;
        if let (Some(source), Some(shown)) = (tag, &self.shown)
            && let Some(part) = shown.merged.get(source)
        {
            let width = self.tag_width();
            let start = (area.x + self.gutter() as u16).saturating_sub(width as u16 + 2);
            let style = looks.theme.style(TAGS[source % TAGS.len()]);
            set(area, buf, start, &output::to_plain(part.slug.as_bytes()), width - 1, style);
        }
        let text = line.text.as_str();
        let base = line.level.map_or(base, |level| base.patch(looks.theme.style(level_token(level))));
        for (part, look) in line.text.parts(slice.range.clone()) {
            let style = match look {
                Look::Program(_) if line.context => looks.theme.style(Token::FgMuted),
                Look::Program(_) if self.ansi == Ansi::Plain => base,
                Look::Program(style) => base.patch(program_style(style, looks.theme)),
                Look::Note => looks.theme.style(Token::LogTruncated),
                Look::Escape => looks.theme.style(Token::LogEscape),
            };
            x = set(area, buf, x, &text[part], usize::from(area.width), style);
        }
        if self.wrap == Wrap::Chop && !self.zoomed && slice.range.end < text.len() {
            let style = looks.theme.style(Token::LogTruncated);
            set(area, buf, area.right().saturating_sub(1), looks.glyphs.chopped, 1, style);
        }
    }

    /// Marks columns of a row that the search matches.
    fn mark(&self, area: Rect, buf: &mut Buffer, looks: Looks<'_>, position: u64, indent: usize, columns: Range<u16>) {
        let token = if self.is_current(position) { Token::LogMatchCurrent } else { Token::LogMatch };
        let style = looks.theme.style(token);
        let x = area.x + (self.gutter() + indent) as u16;
        let marked = Rect { x: x + columns.start, width: columns.end - columns.start, ..area };
        buf.set_style(marked.intersection(area), style);
    }

    /// Whether the person is at a match in the line at this position.
    fn is_current(&self, position: u64) -> bool {
        self.searching.as_ref().and_then(|searching| searching.current).is_some_and(|line| line + 1 == position)
    }

    /// Draws the gutter, and returns where the text begins. A row without a time is a line's second or later one.
    fn gutter_of(&self, area: Rect, buf: &mut Buffer, looks: Looks<'_>, at: Option<At>, kind: Gutter) -> u16 {
        let Looks { theme, glyphs } = looks;
        if self.zoomed {
            return area.x;
        }
        let mut x = area.x + 1;
        let short = self.short_stamps();
        let stamp_width = self.stamps.width(short);
        if stamp_width > 0 {
            if let Some(at) = at {
                let start = self.shown.as_ref().and_then(|shown| shown.started_at);
                let since = at.since.or(start).unwrap_or(at.at);
                let stamp = self.stamps.text(at.at, since, &self.zone, short);
                set(area, buf, x, &stamp, stamp_width, theme.style(Token::LogTime));
            }
            x += stamp_width as u16 + 1;
        }
        x += self.tag_width() as u16;
        let (glyph, token) = match kind {
            Gutter::Out => (glyphs.stdout, Token::LogStdoutGutter),
            Gutter::Err => (glyphs.stderr, Token::LogStderrGutter),
            Gutter::System => (glyphs.system, Token::LogSystem),
        };
        set(area, buf, x, glyph, 1, theme.style(token));
        x + 2
    }

    fn system_token(&self, position: u64) -> Token {
        if position == 0 {
            return Token::LogSystem;
        }
        match self.shown.as_ref().and_then(|shown| shown.outcome) {
            Some(Outcome::Succeeded) => Token::RunOk,
            Some(Outcome::TimedOut | Outcome::OverMemory) => Token::RunTimeout,
            Some(Outcome::Cancelled) => Token::RunCancelled,
            Some(Outcome::Skipped) => Token::RunSkipped,
            Some(Outcome::Failed(_) | Outcome::Signaled(_) | Outcome::CouldNotStart | Outcome::Lost) => {
                Token::RunFailed
            }
            None => Token::LogSystem,
        }
    }
}

/// The colours of tasks whose outputs are shown as one, one after the other.
const TAGS: [Token; 6] =
    [Token::Accent, Token::RunQueued, Token::RunOk, Token::LogLevelWarn, Token::AccentAlt, Token::LogLevelError];

/// When a line was printed.
#[derive(Clone, Copy)]
struct At {
    at: Timestamp,
    /// From when it is counted; `None` is the start of the run.
    since: Option<Timestamp>,
}

impl At {
    /// Counted from the start.
    const fn start(at: Timestamp) -> Self {
        Self { at, since: None }
    }
}

/// How a line of a level looks.
fn level_token(level: Level) -> Token {
    match level {
        Level::Trace => Token::LogLevelTrace,
        Level::Debug => Token::LogLevelDebug,
        Level::Info => Token::LogLevelInfo,
        Level::Warn => Token::LogLevelWarn,
        Level::Error => Token::LogLevelError,
        Level::Fatal => Token::LogLevelFatal,
    }
}

/// Who a line is from.
#[derive(Clone, Copy)]
enum Gutter {
    Out,
    Err,
    System,
}

/// Draws into the row `area`, and nothing beyond it; returns the column behind.
fn set(area: Rect, buf: &mut Buffer, x: u16, text: &str, width: usize, style: Style) -> u16 {
    if !area.contains(Position { x, y: area.y }) {
        return x;
    }
    let width = width.min(usize::from(area.right() - x));
    print_within(buf, x, area.y, text, width, style)
}

/// What the program asked for, as far as the terminal and the theme have it: a mono one has no colours.
fn program_style(style: output::Style, theme: Theme) -> Style {
    let colour = |colour: Option<Colour>| colour.and_then(|colour| theme.colour(terminal_colour(colour)));
    let attributes = [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.reverse, Modifier::REVERSED),
        (style.strike, Modifier::CROSSED_OUT),
    ];
    let modifier = attributes.iter().filter(|(on, _)| *on).map(|(_, modifier)| *modifier).collect();
    Style { fg: colour(style.fg), bg: colour(style.bg), add_modifier: modifier, ..Style::new() }
}

fn terminal_colour(colour: Colour) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match colour {
        Colour::Indexed(n) => NAMED.get(usize::from(n)).copied().unwrap_or(Color::Indexed(n)),
        Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
