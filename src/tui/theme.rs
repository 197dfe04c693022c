//! How things look: what each part of the screen is called, and the style and glyph that it has.
//!
//! A theme is data: a sheet of styles, eight of which are built in, the others files of the person. From a sheet and what
//! the terminal can show comes a table of styles, which is all that drawing knows.

mod colour;
mod glyphs;
mod sheet;
mod start;
mod styles;
mod token;

use std::path::Path;

use ratatui::style::{Color, Style};

pub use self::colour::Depth;
pub use self::glyphs::Glyphs;
use self::sheet::Sheet;
pub use self::start::{CannotStart, can_start};
use self::styles::Styles;
pub use self::token::Token;
use crate::config::Problem;

/// A set of styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The built-in theme `ansi` on a terminal that has all colours: what there is when none was read.
    Ansi,
    /// The built-in theme `mono`.
    Mono,
    /// One that was read.
    Read(&'static Styles),
}

impl Theme {
    /// Reads a theme of the `folder`, or a built-in one, for a terminal with so many colours; and what could not be used of it.
    ///
    /// # Errors
    /// When there is no theme of this name, or its file cannot be read.
    pub fn read(folder: &Path, name: &str, depth: Depth) -> Result<(Self, Vec<Problem>), Problem> {
        let (sheet, problems) = Sheet::read(folder, name)?;
        Ok((Self::Read(styles::kept(Styles::of(&sheet, depth))), problems))
    }

    /// The style of a part of the screen; it is patched over what is there.
    pub fn style(self, token: Token) -> Style {
        self.styles().style(token)
    }

    /// Whether it has no colours, so that attributes and signs have to do.
    pub fn is_mono(self) -> bool {
        self.styles().depth() == Depth::Mono
    }

    /// What becomes of a colour that a program asked for.
    pub fn colour(self, colour: Color) -> Option<Color> {
        self.styles().depth().nearest(colour)
    }

    /// What it paints where nothing else has a colour: foreground and background.
    pub fn ground(self) -> (Option<Color>, Option<Color>) {
        (self.style(Token::Fg).fg, self.style(Token::Bg).bg)
    }

    fn styles(self) -> &'static Styles {
        match self {
            Self::Ansi => &styles::ANSI,
            Self::Mono => &styles::MONO,
            Self::Read(styles) => styles,
        }
    }
}

#[cfg(test)]
mod tests;
