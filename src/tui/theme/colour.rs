//! Colours: how they are written in a theme, and what becomes of them on a terminal that has fewer.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None.
    Mono,
    /// Its own 16.
    Sixteen,
    /// The 256 of xterm.
    Many,
    /// 24 bits.
    True,
}

impl Depth {
    /// By what the terminal says of itself: `COLORTERM`, then `TERM`.
    pub fn detect(colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        let monochrome =
            term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-m") || term.ends_with("-mono");
        match colorterm {
            _ if monochrome => Self::Mono,
            Some("truecolor" | "24bit") => Self::True,
            _ if term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Many,
            _ => Self::Sixteen,
        }
    }

    /// The nearest colour that there is; `None` when there are none.
    pub fn nearest(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::Mono, _) => None,
            (Self::Many, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_of_256((r, g, b)))),
            (Self::Sixteen, Color::Rgb(r, g, b)) => Some(SIXTEEN[nearest_of_16((r, g, b))].1),
            (Self::Sixteen, Color::Indexed(n)) => {
                let place = if n < 16 { usize::from(n) } else { nearest_of_16(rgb_of_256(n)) };
                Some(SIXTEEN[place].1)
            }
            (Self::Sixteen | Self::Many | Self::True, colour) => Some(colour),
        }
    }
}

/// Red, green and blue.
type Rgb = (u8, u8, u8);

/// The colours that every terminal has: name in a theme, and what xterm makes of it. A person's palette may differ.
const SIXTEEN: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, (0, 0, 0)),
    ("red", Color::Red, (205, 0, 0)),
    ("green", Color::Green, (0, 205, 0)),
    ("yellow", Color::Yellow, (205, 205, 0)),
    ("blue", Color::Blue, (0, 0, 238)),
    ("magenta", Color::Magenta, (205, 0, 205)),
    ("cyan", Color::Cyan, (0, 205, 205)),
    ("white", Color::Gray, (229, 229, 229)),
    ("bright-black", Color::DarkGray, (127, 127, 127)),
    ("bright-red", Color::LightRed, (255, 0, 0)),
    ("bright-green", Color::LightGreen, (0, 255, 0)),
    ("bright-yellow", Color::LightYellow, (255, 255, 0)),
    ("bright-blue", Color::LightBlue, (92, 92, 255)),
    ("bright-magenta", Color::LightMagenta, (255, 0, 255)),
    ("bright-cyan", Color::LightCyan, (0, 255, 255)),
    ("bright-white", Color::White, (255, 255, 255)),
];

/// The colour of the 256 with this number. The first 16 have names, and are sent by them.
pub(super) fn numbered(n: u8) -> Color {
    SIXTEEN.get(usize::from(n)).map_or(Color::Indexed(n), |(_, colour, _)| *colour)
}

/// A colour by its name in a theme: `default`, one of the 16, or `#rrggbb`.
pub(super) fn parse(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some(hex) = text.strip_prefix('#') {
        let is_hex = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let [_, r, g, b] = u32::from_str_radix(hex, 16).ok().filter(|_| is_hex)?.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    SIXTEEN.iter().find(|(name, ..)| *name == text).map(|(_, colour, _)| *colour)
}

/// Red, green and blue of a colour; `None` for the terminal's own.
#[cfg(test)]
pub(super) fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(n) => Some(rgb_of_256(n)),
        named => SIXTEEN.iter().find(|(_, colour, _)| *colour == named).map(|(.., rgb)| *rgb),
    }
}

/// The steps of the cube of 6x6x6 colours behind the first 16.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn rgb_of_256(n: u8) -> Rgb {
    match n {
        0..16 => SIXTEEN[usize::from(n)].2,
        16..232 => {
            let step = |by: u8| STEPS[usize::from((n - 16) / by % 6)];
            (step(36), step(6), step(1))
        }
        232.. => {
            let grey = 8 + 10 * (n - 232);
            (grey, grey, grey)
        }
    }
}

/// Not one of the first 16, because those look different on each terminal.
fn nearest_of_256(wanted: Rgb) -> u8 {
    (16..=255).min_by_key(|n| distance(rgb_of_256(*n), wanted)).unwrap_or(16)
}

fn nearest_of_16(wanted: Rgb) -> usize {
    (0..16).min_by_key(|n| distance(SIXTEEN[*n].2, wanted)).unwrap_or(0)
}

/// How different two colours look, roughly: the eye sees green best (the weights of luma).
fn distance(a: Rgb, b: Rgb) -> u32 {
    let squared = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    3 * squared(a.0, b.0) + 6 * squared(a.1, b.1) + squared(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_a_name_or_six_hexadecimal_digits() {
        assert_eq!(parse("default"), Some(Color::Reset));
        assert_eq!(parse("bright-black"), Some(Color::DarkGray));
        assert_eq!(parse("#0a0B0c"), Some(Color::Rgb(10, 11, 12)));
        for wrong in ["", "grey", "#fff", "#12345g", "#+12345", "rgb(1,2,3)"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!((numbered(1), numbered(208)), (Color::Red, Color::Indexed(208)));
    }

    #[test]
    fn a_colour_becomes_the_nearest_that_the_terminal_has() {
        let orange = Color::Rgb(255, 135, 0);
        assert_eq!(Depth::True.nearest(orange), Some(orange));
        assert_eq!(Depth::Many.nearest(orange), Some(Color::Indexed(208)));
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(250, 250, 250)), Some(Color::White));
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(196)), Some(Color::LightRed));
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(3)), Some(Color::Yellow));
        for depth in [Depth::Sixteen, Depth::Many, Depth::True] {
            assert_eq!(depth.nearest(Color::Green), Some(Color::Green));
            assert_eq!(depth.nearest(Color::Reset), Some(Color::Reset));
        }
        assert_eq!(Depth::Mono.nearest(Color::Green), None);
    }

    #[test]
    fn the_depth_is_what_the_terminal_says_of_itself() {
        for (colorterm, term, expected) in [
            (Some("truecolor"), Some("xterm-256color"), Depth::True),
            (Some("24bit"), Some("xterm"), Depth::True),
            (None, Some("xterm-direct"), Depth::True),
            (Some(""), Some("tmux-256color"), Depth::Many),
            (Some("yes"), Some("screen-256color"), Depth::Many),
            (None, Some("xterm"), Depth::Sixteen),
            (None, Some("linux"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
            (None, Some("vt220"), Depth::Mono),
            (Some("truecolor"), Some("linux-m"), Depth::Mono),
        ] {
            assert_eq!(Depth::detect(colorterm, term), expected, "{colorterm:?} {term:?}");
        }
    }
}
