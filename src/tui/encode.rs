//! Turns changed cells into the bytes that a terminal needs to show them.
//!
//! Why not ratatui's own backend: it writes the 16 colours as `38;5;n` (which a plain console does not know), sends every
//! attribute as a sequence of its own, and under `NO_COLOR` its `CSI m` takes the reverse video of the selection with it.

use std::io::Write as _;

use ratatui::buffer::{Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// The attributes that are sent, each with the SGR number that switches it on.
const ON: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// The SGR numbers that switch attributes off; some end two at once.
const OFF: [(Modifier, u8); 7] = [
    (Modifier::BOLD.union(Modifier::DIM), 22),
    (Modifier::ITALIC, 23),
    (Modifier::UNDERLINED, 24),
    (Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK), 25),
    (Modifier::REVERSED, 27),
    (Modifier::HIDDEN, 28),
    (Modifier::CROSSED_OUT, 29),
];

/// What the terminal is set to between two cells. Underline colours are not sent: half of the terminals read them as blinking.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

/// Appends the bytes that draw `cells` (column, row, cell; in row order) to `out`; returns how many cells that were.
///
/// Assumes plain attributes at the start and leaves plain ones, so that every frame stands alone. Places the cursor before
/// each run of cells, and again after each cell that is not one plain character wide, so that a terminal that counts
/// its width differently cannot shift the rest of the row.
pub(super) fn cells<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = (u16, u16, &'a Cell)>) -> usize {
    let mut pen = Pen::PLAIN;
    let mut next = None;
    let mut count = 0;
    for (x, y, cell) in cells {
        match next {
            Some((column, row)) if row == y && column == x => {}
            // Known to be in this row, further left.
            Some((column, row)) if row == y && column < x => append(out, format_args!("\x1b[{}C", x - column)),
            _ => cursor_to(out, x, y),
        }
        let wanted = Pen::of(cell);
        if wanted != pen {
            switch(out, pen, wanted);
            pen = wanted;
        }
        symbol(out, cell.symbol());
        next = is_one_plain_cell(cell).then_some((x + 1, y));
        count += 1;
    }
    if pen != Pen::PLAIN {
        out.extend_from_slice(b"\x1b[0m");
    }
    count
}

/// Whether every terminal agrees that this character is one column wide.
pub(super) fn is_one_plain_cell(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() == 1 || (symbol.cell_width() == 1 && symbol.chars().nth(1).is_none())
}

/// Appends a move of the cursor to a column and a row, both from 0.
pub(super) fn cursor_to(out: &mut Vec<u8>, x: u16, y: u16) {
    append(out, format_args!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1));
}

/// A control character in a cell could act on the terminal; whatever let it through, it ends here.
fn symbol(out: &mut Vec<u8>, symbol: &str) {
    if symbol.chars().any(char::is_control) {
        out.push(b'?');
    } else {
        out.extend_from_slice(symbol.as_bytes());
    }
}

/// Appends one SGR sequence that takes the terminal from one pen to the other.
fn switch(out: &mut Vec<u8>, from: Pen, to: Pen) {
    out.extend_from_slice(b"\x1b[");
    if to == Pen::PLAIN {
        out.extend_from_slice(b"0m");
        return;
    }
    let mut on = to.modifier - from.modifier;
    let off = from.modifier - to.modifier;
    for (ended, code) in OFF {
        if off.intersects(ended) {
            append(out, format_args!("{code};"));
            // What shares the number and stays is switched on again.
            on |= to.modifier & ended;
        }
    }
    for (attribute, code) in ON {
        if on.contains(attribute) {
            append(out, format_args!("{code};"));
        }
    }
    if from.fg != to.fg {
        color(out, to.fg, 30);
    }
    if from.bg != to.bg {
        color(out, to.bg, 40);
    }
    // The last parameter's semicolon becomes the end of the sequence.
    if let Some(last) = out.last_mut() {
        *last = b'm';
    }
}

/// Appends a colour and a semicolon; `base` is 30 for the foreground, 40 for the background.
fn color(out: &mut Vec<u8>, color: Color, base: u8) {
    let named = |n: u8| base + n;
    let bright = |n: u8| base + 60 + n;
    let code = match color {
        Color::Reset => base + 9,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => return append(out, format_args!("{};5;{n};", base + 8)),
        Color::Rgb(r, g, b) => return append(out, format_args!("{};2;{r};{g};{b};", base + 8)),
    };
    append(out, format_args!("{code};"));
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // A Vec takes every byte: this cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn encoded(styles: &[(&str, Style)]) -> String {
        let row: Vec<Cell> = styles
            .iter()
            .map(|(symbol, style)| {
                let mut cell = Cell::default();
                cell.set_symbol(symbol).set_style(*style);
                cell
            })
            .collect();
        let mut out = Vec::new();
        cells(&mut out, row.iter().enumerate().map(|(x, cell)| (x as u16, 0, cell)));
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn colours_of_the_sixteen_are_sent_by_their_own_numbers_and_each_change_is_one_sequence() {
        let red = Style::new().fg(Color::Red);
        let loud = Style::new().fg(Color::LightCyan).bg(Color::Black).add_modifier(Modifier::BOLD);
        assert_eq!(
            encoded(&[("a", red), ("b", red), ("c", loud), ("d", Style::new())]),
            "^[1;1H^[31mab^[1;96;40mc^[0md"
        );
        assert_eq!(encoded(&[("a", Style::new().fg(Color::Indexed(9)).bg(Color::Rgb(1, 2, 3)))]), {
            "^[1;1H^[38;5;9;48;2;1;2;3ma^[0m"
        });
    }

    #[test]
    fn what_bold_and_dim_share_is_switched_on_again_when_one_of_them_ends() {
        let both = Style::new().add_modifier(Modifier::BOLD | Modifier::DIM);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(encoded(&[("a", both), ("b", bold)]), "^[1;1H^[1;2ma^[22;1mb^[0m");
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        assert_eq!(encoded(&[("a", both), ("b", reversed)]), "^[1;1H^[1;2ma^[22;7mb^[0m");
    }

    #[test]
    fn the_cursor_is_placed_again_behind_every_character_that_is_not_one_plain_cell() {
        let plain = Style::new();
        assert_eq!(
            encoded(&[("a", plain), ("é", plain), ("e\u{301}", plain), ("b", plain)]),
            "^[1;1Haée\u{301}^[1;4Hb"
        );
    }

    #[test]
    fn ux_23_a_control_character_in_a_cell_never_reaches_the_terminal() {
        assert_eq!(encoded(&[("\x1b[2J", Style::new()), ("\u{9b}x", Style::new())]), "^[1;1H?^[1;2H?");
    }
}
