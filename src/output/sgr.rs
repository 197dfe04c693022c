//! Colours and attributes of text, and the one kind of escape sequence that says them: SGR (ECMA-48, 8.3.117).

use std::fmt::Write;

use vte::Params;

/// A colour, as the program named it: the palette is the terminal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// Of the palette of 256. 0 to 7 are the eight colours of SGR 30-37, 8 to 15 the bright ones of 90-97.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How a piece of text looks. The default is what the terminal does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each attribute is on or off by itself, in any combination")]
pub struct Style {
    /// Colour of the text.
    pub fg: Option<Colour>,
    /// Colour behind it.
    pub bg: Option<Colour>,
    /// SGR 1.
    pub bold: bool,
    /// SGR 2.
    pub dim: bool,
    /// SGR 3.
    pub italic: bool,
    /// SGR 4, and every kind of underline.
    pub underline: bool,
    /// SGR 7.
    pub reverse: bool,
    /// SGR 9.
    pub strike: bool,
}

/// The style that is in force between two lines: what one line switched on and did not switch off goes on in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sgr(Style);

impl Sgr {
    /// The style of text that follows now.
    pub fn style(self) -> Style {
        self.0
    }

    /// Obeys the parameters of one `CSI ... m`. What is not known is left out; blinking and hidden text are not obeyed.
    pub(super) fn apply(&mut self, params: &Params) {
        let style = &mut self.0;
        let mut params = params.iter();
        while let Some(param) = params.next() {
            match *param {
                [0] => *style = Style::default(),
                [1] => style.bold = true,
                [2] => style.dim = true,
                [3] => style.italic = true,
                [4, 0] | [24] => style.underline = false,
                [4, ..] | [21] => style.underline = true,
                [7] => style.reverse = true,
                [9] => style.strike = true,
                [22] => (style.bold, style.dim) = (false, false),
                [23] => style.italic = false,
                [27] => style.reverse = false,
                [29] => style.strike = false,
                [n @ 30..=37] => style.fg = Some(Colour::Indexed(n as u8 - 30)),
                [n @ 40..=47] => style.bg = Some(Colour::Indexed(n as u8 - 40)),
                [n @ 90..=97] => style.fg = Some(Colour::Indexed(n as u8 - 90 + 8)),
                [n @ 100..=107] => style.bg = Some(Colour::Indexed(n as u8 - 100 + 8)),
                [39] => style.fg = None,
                [49] => style.bg = None,
                // 58 is the colour of the underline: its numbers must not be taken for attributes.
                [n @ (38 | 48 | 58), ref colour @ ..] => {
                    let colour =
                        if colour.is_empty() { separate_colour(&mut params) } else { colour_of_subparameters(colour) };
                    match n {
                        38 => style.fg = colour.or(style.fg),
                        48 => style.bg = colour.or(style.bg),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// `5;n` or `2;r;g;b`, as nearly every program writes it.
fn separate_colour<'a>(params: &mut impl Iterator<Item = &'a [u16]>) -> Option<Colour> {
    let mut next = || params.next().and_then(|param| param.first().copied());
    match next()? {
        5 => indexed(next()?),
        2 => rgb([next()?, next()?, next()?]),
        _ => None,
    }
}

/// `:5:n`, `:2:r:g:b` or `:2:space:r:g:b`, as the standard has it (ISO 8613-6).
fn colour_of_subparameters(colour: &[u16]) -> Option<Colour> {
    match *colour {
        [5, n] => indexed(n),
        [2, r, g, b] | [2, _, r, g, b, ..] => rgb([r, g, b]),
        _ => None,
    }
}

fn indexed(n: u16) -> Option<Colour> {
    u8::try_from(n).ok().map(Colour::Indexed)
}

fn rgb([r, g, b]: [u16; 3]) -> Option<Colour> {
    Some(Colour::Rgb(u8::try_from(r).ok()?, u8::try_from(g).ok()?, u8::try_from(b).ok()?))
}

impl Style {
    /// Adds the one sequence that brings a terminal from any style to this one.
    pub(super) fn write_ansi(self, out: &mut String) {
        out.push_str("\x1b[0");
        let attributes = [
            (self.bold, ";1"),
            (self.dim, ";2"),
            (self.italic, ";3"),
            (self.underline, ";4"),
            (self.reverse, ";7"),
            (self.strike, ";9"),
        ];
        for (_, parameter) in attributes.iter().filter(|(on, _)| *on) {
            out.push_str(parameter);
        }
        for (colour, plain, bright, extended) in [(self.fg, 30, 90, 38), (self.bg, 40, 100, 48)] {
            // Writing to a String cannot fail.
            let _ = match colour {
                None => Ok(()),
                Some(Colour::Indexed(n @ 0..=7)) => write!(out, ";{}", plain + n),
                Some(Colour::Indexed(n @ 8..=15)) => write!(out, ";{}", bright + n - 8),
                Some(Colour::Indexed(n)) => write!(out, ";{extended};5;{n}"),
                Some(Colour::Rgb(r, g, b)) => write!(out, ";{extended};2;{r};{g};{b}"),
            };
        }
        out.push('m');
    }
}
