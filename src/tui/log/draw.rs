//! Draws the log pane: a gutter that says when and on which stream, and the text of the program in its own colours.

use std::ops::Range;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::geometry::Item;
use super::message::Row;
use super::pane::LogPane;
use super::text::{Look, Slice, Text};
use crate::domain::run::Outcome;
use crate::output::{self, Colour, Stream};
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
        let (mut position, mut row) = (self.top.position, self.top.row);
        let mut lines = area.rows();
        while let Some(item) = self.item(position) {
            match item {
                Item::System(line) => {
                    let style = theme.style(self.system_token(position));
                    for (n, text) in self.system_rows(&line).iter().enumerate().skip(row) {
                        let Some(area) = lines.next() else { return };
                        let x = self.gutter_of(area, buf, looks, line.at.filter(|_| n == 0), Gutter::System);
                        set(area, buf, x, text, usize::from(area.width), style);
                    }
                }
                Item::Line(line) => {
                    let searching = self.searching.as_ref().filter(|_| !line.is_gap);
                    let matches = searching.map(|searching| searching.matcher.ranges(line.text.as_str()));
                    let above = self.rows_above(line);
                    let begins = self.shown.as_ref().and_then(|shown| shown.attempt(line));
                    if let Some(begins) = begins.filter(|_| row < above) {
                        let Some(area) = lines.next() else { return };
                        let x = self.gutter_of(area, buf, looks, begins.at, Gutter::System);
                        let style = theme.style(Token::LogSystem);
                        set(area, buf, x, &begins.text, usize::from(area.width), style);
                    }
                    for (n, slice) in self.slices(&line.text).iter().enumerate().skip(row.saturating_sub(above)) {
                        let Some(area) = lines.next() else { return };
                        self.draw_line(area, buf, looks, line, slice, n == 0);
                        for range in matches.iter().flatten() {
                            self.mark(area, buf, looks, position, slice.indent, line.text.columns_of(slice, range));
                        }
                        if self.is_current(position) && !self.zoomed {
                            set(area, buf, area.x, glyphs.log_cursor, 1, theme.style(Token::LogCursor));
                        }
                    }
                }
            }
            (position, row) = (self.below(position), 0);
        }
    }

    /// The rows of a line.
    fn slices(&self, text: &Text) -> Vec<Slice> {
        let width = self.text_width();
        if self.wrap {
            text.rows(width).into_iter().map(|range| Slice { indent: 0, range }).collect()
        } else {
            vec![text.slice(self.left, width)]
        }
    }

    fn draw_line(&self, area: Rect, buf: &mut Buffer, looks: Looks<'_>, line: &Row, slice: &Slice, first: bool) {
        let (gutter, base) = match line.stream {
            _ if line.is_gap => (Gutter::System, Style::new()),
            Stream::Out => (Gutter::Out, Style::new()),
            Stream::Err => (Gutter::Err, looks.theme.style(Token::LogStderr)),
        };
        let mut x = self.gutter_of(area, buf, looks, first.then_some(line.at), gutter) + slice.indent as u16;
        let text = line.text.as_str();
        for (part, look) in line.text.parts(slice.range.clone()) {
            let style = match look {
                Look::Program(style) => base.patch(program_style(style, looks.theme)),
                Look::Note => looks.theme.style(Token::FgMuted),
            };
            x = set(area, buf, x, &text[part], usize::from(area.width), style);
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
    fn gutter_of(&self, area: Rect, buf: &mut Buffer, looks: Looks<'_>, at: Option<Timestamp>, kind: Gutter) -> u16 {
        let Looks { theme, glyphs } = looks;
        if self.zoomed {
            return area.x;
        }
        let mut x = area.x + 1;
        let short = self.short_stamps();
        let stamp_width = self.stamps.width(short);
        if stamp_width > 0 {
            if let Some(at) = at {
                let start = self.shown.as_ref().and_then(|shown| shown.started_at).unwrap_or(at);
                let stamp = self.stamps.text(at, start, &self.zone, short);
                set(area, buf, x, &stamp, stamp_width, theme.style(Token::LogTime));
            }
            x += stamp_width as u16 + 1;
        }
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
