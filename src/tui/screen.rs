//! What the terminal shows: each frame is drawn into a buffer and only its difference is sent, in one write.

use std::io::{self, Write};
use std::time::Instant;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Rect, Size};

use super::encode;
use super::pace::Pace;

/// Between these two a terminal shows nothing, so that no one ever sees half a frame (UX 5).
const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// One call of [`Screen::draw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Frame {
    /// Bytes sent, all in one write; 0 when nothing had changed.
    pub bytes: usize,
    /// Cells that were drawn anew.
    pub cells: usize,
}

/// What went to the terminal since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Frames with at least one byte.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The screen: the frame that the terminal shows, and the one that is being drawn.
///
/// Knows the size only through [`Screen::resize`], and never asks the terminal anything.
#[derive(Debug)]
pub struct Screen<W> {
    writer: W,
    shown: Buffer,
    drawn: Buffer,
    /// The cursor that the terminal shows; `None` is hidden, as `Terminal::enter` leaves it.
    cursor: Option<Position>,
    /// The terminal's content is not known: the next frame clears it first.
    unknown: bool,
    /// The next frame rings the bell.
    rings: bool,
    bytes: Vec<u8>,
    sent: Sent,
    pace: Pace,
}

impl<W: Write> Screen<W> {
    /// A screen of this size in cells (at least 1x1) whose frames go to `writer`: one `write` each, more only when
    /// the writer takes a part.
    pub fn new(size: Size, writer: W) -> Self {
        let area = area(size);
        Self {
            writer,
            shown: Buffer::empty(area),
            drawn: Buffer::empty(area),
            cursor: None,
            unknown: true,
            rings: false,
            bytes: Vec::with_capacity(16 * 1024),
            sent: Sent::default(),
            pace: Pace::default(),
        }
    }

    /// Takes a new size in cells. The next frame clears and repaints, inside one synchronized update.
    pub fn resize(&mut self, size: Size) {
        self.shown = Buffer::empty(area(size));
        self.drawn = Buffer::empty(area(size));
        self.unknown = true;
    }

    /// Makes the next frame clear and repaint everything (Ctrl-l, or after something else wrote to the terminal).
    pub fn repaint(&mut self) {
        self.unknown = true;
    }

    /// Lets the next frame ring the bell.
    pub fn ring(&mut self) {
        self.rings = true;
    }

    /// The size in cells.
    pub fn size(&self) -> Size {
        self.drawn.area.as_size()
    }

    /// What was sent since the start.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// How fast the frames went.
    pub(super) fn pace(&mut self) -> &mut Pace {
        &mut self.pace
    }

    /// Draws a frame into an empty buffer and sends what differs from the frame before; nothing at all when nothing does.
    /// `render` returns where the cursor is shown, `None` for hidden; outside the screen counts as hidden.
    ///
    /// # Errors
    /// That of the writer. What the terminal shows is then unknown, and the next frame repaints everything.
    pub fn draw(&mut self, render: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<Frame> {
        self.drawn.reset();
        let area = self.drawn.area;
        let cursor = render(&mut self.drawn).filter(|at| area.contains(*at));
        self.bytes.clear();
        self.bytes.extend_from_slice(FRAME_BEGIN);
        let before = self.bytes.len();
        if self.unknown {
            self.shown.reset();
            self.bytes.extend_from_slice(b"\x1b[0m\x1b[2J");
        }
        let cells = encode::cells(&mut self.bytes, changes(&self.shown, &self.drawn));
        self.place_cursor(cursor, cells > 0);
        if std::mem::take(&mut self.rings) {
            self.bytes.push(b'\x07');
        }
        if self.bytes.len() == before {
            return Ok(Frame::default());
        }
        self.bytes.extend_from_slice(FRAME_END);
        self.unknown = true;
        let begun = Instant::now();
        self.writer.write_all(&self.bytes)?;
        self.writer.flush()?;
        self.pace.sent(self.bytes.len(), begun.elapsed());
        self.unknown = false;
        self.cursor = cursor;
        std::mem::swap(&mut self.shown, &mut self.drawn);
        self.sent.frames += 1;
        self.sent.bytes += self.bytes.len() as u64;
        Ok(Frame { bytes: self.bytes.len(), cells })
    }

    /// Sends a sequence that draws nothing, between two frames, in a write of its own.
    ///
    /// # Errors
    /// That of the writer.
    pub fn pass(&mut self, sequence: &str) -> io::Result<()> {
        self.writer.write_all(sequence.as_bytes())?;
        self.writer.flush()
    }

    /// Shows, moves or hides the cursor when that differs from what the terminal has; drawing cells has moved it.
    fn place_cursor(&mut self, cursor: Option<Position>, moved: bool) {
        match cursor {
            Some(at) => {
                if moved || self.unknown || self.cursor != cursor {
                    encode::cursor_to(&mut self.bytes, at.x, at.y);
                }
                if self.unknown || self.cursor.is_none() {
                    self.bytes.extend_from_slice(b"\x1b[?25h");
                }
            }
            None if self.unknown || self.cursor.is_some() => self.bytes.extend_from_slice(b"\x1b[?25l"),
            None => {}
        }
    }
}

/// The cells that have to be sent.
///
/// A changed row in which a character is not one plain cell wide is sent whole. Terminals do not agree on how wide those
/// are, nor on what stays of one that is half overwritten; nothing of that survives the next change.
fn changes<'a>(shown: &'a Buffer, drawn: &'a Buffer) -> impl Iterator<Item = (u16, u16, &'a Cell)> {
    let width = usize::from(drawn.area.width);
    let rows = shown.content.chunks(width).zip(drawn.content.chunks(width)).zip(0..);
    rows.filter(|((shown, drawn), _)| shown != drawn).flat_map(|((shown, drawn), y)| {
        let whole = !shown.iter().chain(drawn).all(encode::is_one_plain_cell);
        let mut hidden = 0;
        let changed = shown.iter().zip(drawn).zip(0..).filter(move |((shown, drawn), _)| {
            if hidden > 0 {
                hidden -= 1;
                return false;
            }
            hidden = if whole { drawn.symbol().cell_width().saturating_sub(1) } else { 0 };
            whole || shown != drawn
        });
        changed.map(move |((_, cell), x)| (x, y, cell))
    })
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width.max(1), size.height.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::*;

    /// Counts calls as well as bytes, and can be made to fail or to take a part only.
    #[derive(Default)]
    struct Wire {
        bytes: Vec<u8>,
        writes: usize,
        most: Option<usize>,
        broken: bool,
    }

    impl Write for Wire {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            if self.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let n = self.most.unwrap_or(buf.len()).min(buf.len());
            self.writes += 1;
            self.bytes.extend_from_slice(&buf[..n]);
            Ok(n)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen(width: u16, height: u16) -> Screen<Wire> {
        Screen::new(Size::new(width, height), Wire::default())
    }

    fn text(screen: &mut Screen<Wire>, y: u16, text: &str) -> Frame {
        screen
            .draw(|buf| {
                buf.set_string(0, y, text, Style::new());
                None
            })
            .unwrap()
    }

    fn seen(screen: &Screen<Wire>) -> vt100::Parser {
        let size = screen.size();
        let n = |n: u16| std::num::NonZeroU16::new(n).unwrap();
        let mut parser = vt100::Parser::new(n(size.height), n(size.width), 0);
        parser.process(&screen.writer.bytes);
        parser
    }

    /// 44 columns as in UX 2: glyph, name, strip, status; `selected` is the row in reverse video.
    fn task_list(buf: &mut Buffer, selected: u16) {
        for y in 0..12 {
            let style = if y == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            let bar = if y == selected { "▌" } else { " " };
            let state = if y == selected { style } else { Style::new().fg(Color::Green) };
            buf.set_string(0, y, "│", Style::new());
            buf.set_string(1, y, bar, style);
            buf.set_string(2, y, "✓", state);
            buf.set_string(3, y, format!(" backup-database-{y:<2}"), style);
            buf.set_string(22, y, " ▁▂▂▁▃▂▁▂▂", style);
            buf.set_string(32, y, "▅", state);
            buf.set_string(33, y, "  02:00 ok", style);
            buf.set_string(43, y, "│", Style::new());
        }
    }

    #[test]
    fn ux_1_a_frame_without_a_change_writes_nothing() {
        let mut screen = screen(20, 3);
        assert!(text(&mut screen, 1, "hello").bytes > 0);
        let writes = screen.writer.writes;
        assert_eq!(text(&mut screen, 1, "hello"), Frame::default());
        assert_eq!(screen.writer.writes, writes);
        assert_eq!(screen.sent().frames, 1);
    }

    #[test]
    fn ux_3_moving_the_selection_one_row_is_one_write_of_at_most_400_bytes() {
        let mut screen = screen(120, 40);
        let list = |selected| {
            move |buf: &mut Buffer| {
                task_list(buf, selected);
                None
            }
        };
        screen.draw(list(3)).unwrap();
        let writes = screen.writer.writes;
        let frame = screen.draw(list(4)).unwrap();
        assert_eq!(screen.writer.writes, writes + 1);
        assert!(frame.bytes <= 400, "{frame:?}");
    }

    #[test]
    fn ux_4_a_full_repaint_of_120x40_is_at_most_12_kib() {
        let mut screen = screen(120, 40);
        let frame = screen
            .draw(|buf| {
                for y in 0..40 {
                    let style = if y % 2 == 0 { Style::new().fg(Color::Green) } else { Style::new() };
                    buf.set_string(0, y, "│14:12:01.004 ┃ ", style);
                    buf.set_string(16, y, "warning: table events is bloated, ".repeat(3), Style::new());
                    buf.set_string(110, y, "▁▂▃▄▅▆▇█ │", Style::new().fg(Color::Red));
                }
                None
            })
            .unwrap();
        assert!((5_000..=12 * 1024).contains(&frame.bytes), "{frame:?}");
    }

    #[test]
    fn ux_5_every_byte_of_a_frame_lies_inside_its_synchronized_update() {
        let mut screen = screen(10, 2);
        text(&mut screen, 0, "a");
        screen.resize(Size::new(12, 3));
        text(&mut screen, 2, "b");
        let bytes = String::from_utf8(screen.writer.bytes.clone()).unwrap();
        let frames: Vec<&str> = bytes.split_inclusive("\x1b[?2026l").collect();
        assert_eq!(frames.len(), 2);
        for frame in frames {
            assert!(frame.starts_with("\x1b[?2026h\x1b[0m\x1b[2J"), "{frame:?}");
            assert!(frame.ends_with("\x1b[?2026l"), "{frame:?}");
        }
    }

    #[test]
    fn the_cursor_is_hidden_unless_given_and_moving_it_alone_is_a_frame() {
        let mut screen = screen(10, 2);
        let at = |x, y| move |_: &mut Buffer| Some(Position::new(x, y));
        screen.draw(|_| None).unwrap();
        assert!(seen(&screen).screen().hide_cursor());
        assert!(screen.draw(at(3, 1)).unwrap().bytes > 0);
        assert!(!seen(&screen).screen().hide_cursor());
        assert_eq!(seen(&screen).screen().cursor_position(), (1, 3));
        assert_eq!(screen.draw(at(3, 1)).unwrap().bytes, 0);
        assert!(screen.draw(at(4, 1)).unwrap().bytes < 40);
        // A cell that changes leaves the cursor behind it; it comes back.
        screen
            .draw(|buf| {
                buf.set_string(0, 0, "x", Style::new());
                Some(Position::new(4, 1))
            })
            .unwrap();
        assert_eq!(seen(&screen).screen().cursor_position(), (1, 4));
        screen.draw(at(99, 99)).unwrap();
        assert!(seen(&screen).screen().hide_cursor());
    }

    #[test]
    fn ctrl_l_repaints_what_something_else_wrote_over() {
        let mut screen = screen(10, 2);
        text(&mut screen, 0, "ours");
        screen.writer.bytes.extend_from_slice(b"\x1b[1;1Hgarbage");
        screen.repaint();
        text(&mut screen, 0, "ours");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "ours");
    }

    #[test]
    fn a_frame_that_the_terminal_takes_in_parts_arrives_whole() {
        let mut screen = screen(30, 2);
        screen.writer.most = Some(7);
        text(&mut screen, 1, "taken in small parts");
        assert_eq!(seen(&screen).screen().contents().trim(), "taken in small parts");
    }

    #[test]
    fn a_frame_that_failed_is_repainted_whole_by_the_next_one() {
        let mut screen = screen(10, 1);
        text(&mut screen, 0, "one");
        screen.writer.broken = true;
        assert!(screen.draw(|_| None).is_err());
        screen.writer.broken = false;
        text(&mut screen, 0, "one");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "one");
    }

    #[test]
    fn a_wide_character_takes_two_columns_and_leaves_none_behind_when_it_goes() {
        let mut screen = screen(10, 1);
        text(&mut screen, 0, "a漢b");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "a漢b");
        text(&mut screen, 0, "axyb");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "axyb");
        text(&mut screen, 0, "e\u{301}漢漢");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "e\u{301}漢漢");
        text(&mut screen, 0, "");
        assert_eq!(seen(&screen).screen().contents().trim_end(), "");
    }

    #[test]
    fn a_row_with_a_character_of_doubtful_width_is_sent_whole_when_anything_in_it_changes() {
        for odd in ["\u{6f22}", "e\u{301}", "\u{2764}\u{fe0f}", "\u{1f468}\u{200d}\u{1f469}"] {
            let mut screen = screen(20, 2);
            text(&mut screen, 0, &format!("a {odd} end"));
            let columns = odd.cell_width();
            let frame = text(&mut screen, 0, &format!("b {odd} end"));
            assert_eq!(frame.cells, 20 - usize::from(columns) + 1, "{odd:?}");
            assert_eq!(text(&mut screen, 0, &format!("b {odd} end")).bytes, 0, "{odd:?}");
            // When it goes, nothing of it may stay, wherever the terminal has put it.
            assert_eq!(text(&mut screen, 0, "b . end").cells, 20, "{odd:?}");
            assert_eq!(text(&mut screen, 0, "c . end").cells, 1, "{odd:?}");
        }
    }

    #[test]
    fn ux_22_no_size_panics_and_drawing_outside_is_cut() {
        let mut screen = screen(0, 0);
        for (width, height) in [(1, 1), (1, 40), (200, 1), (0, 5), (2, 2)] {
            screen.resize(Size::new(width, height));
            screen
                .draw(|buf| {
                    let whole = buf.area;
                    buf.set_style(Rect::new(0, 0, 500, 500).intersection(whole), Style::new().bg(Color::Red));
                    buf.set_string(0, 0, "漢字 longer than the row", Style::new());
                    Some(Position::new(5, 5))
                })
                .unwrap();
        }
    }

    fn piece() -> impl Strategy<Value = (u16, u16, String, Style)> {
        let words = prop::sample::select(vec!["a", "task", "漢字", "e\u{301}", "✗ x", "日", "▌", "    ", "│─╮"]);
        let styles = prop::sample::select(vec![
            Style::new(),
            Style::new().fg(Color::Red),
            Style::new().bg(Color::Blue).add_modifier(Modifier::BOLD),
            Style::new().add_modifier(Modifier::REVERSED),
            Style::new().add_modifier(Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED),
            Style::new().fg(Color::Indexed(200)).bg(Color::Rgb(9, 8, 7)),
        ]);
        (0..18_u16, 0..4_u16, words, styles).prop_map(|(x, y, word, style)| (x, y, word.to_owned(), style))
    }

    /// What each cell of the terminal looks like; one that was never written is a blank.
    fn cells(screen: &Screen<Wire>) -> Vec<String> {
        let parser = seen(screen);
        let size = screen.size();
        let at = |x, y| {
            let cell = parser.screen().cell(y, x).unwrap().clone();
            let text = if cell.has_contents() || cell.is_wide_continuation() { cell.contents() } else { " " };
            let attributes = (cell.bold(), cell.dim(), cell.underline(), cell.inverse());
            format!("{text} {:?} {:?} {attributes:?}", cell.fgcolor(), cell.bgcolor())
        };
        (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect()
    }

    proptest! {
        #[test]
        fn differences_add_up_to_the_same_screen_as_a_full_repaint(
            frames in prop::collection::vec(prop::collection::vec(piece(), 0..8), 1..6)
        ) {
            let render = |pieces: &[(u16, u16, String, Style)], buf: &mut Buffer| {
                for (x, y, word, style) in pieces {
                    // As widgets do: what is under the text is blanked, so that no half of a wide character stays.
                    for dx in 0..20_u16.saturating_sub(*x) {
                        buf[(x + dx, *y)].reset();
                    }
                    if *x > 0 && buf[(x - 1, *y)].symbol().len() > 2 && unicode_width::UnicodeWidthStr::width(buf[(x - 1, *y)].symbol()) > 1 {
                        buf[(x - 1, *y)].reset();
                    }
                    buf.set_string(*x, *y, word, *style);
                }
                None
            };
            let mut stepwise = screen(20, 4);
            for frame in &frames {
                stepwise.draw(|buf| render(frame, buf)).unwrap();
            }
            let mut whole = screen(20, 4);
            whole.draw(|buf| render(&frames[frames.len() - 1], buf)).unwrap();
            let (stepwise, whole) = (cells(&stepwise), cells(&whole));
            prop_assert_eq!(stepwise.iter().zip(&whole).enumerate().find(|(_, (a, b))| a != b), None);
        }
    }
}
