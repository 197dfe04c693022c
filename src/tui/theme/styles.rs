//! The style of every token, ready to be drawn.

use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use ratatui::style::{Color, Modifier, Style};

use super::colour::Depth;
use super::sheet::{Entry, Sheet};
use super::token::Token;

/// What is there when no file is.
const NOWHERE: &str = "";

pub(super) static ANSI: LazyLock<Styles> = LazyLock::new(|| Styles::built_in("ansi", Depth::True));
pub(super) static MONO: LazyLock<Styles> = LazyLock::new(|| Styles::built_in("mono", Depth::Mono));

/// What every token has where there are no colours, unless its theme says better.
static WITHOUT_COLOURS: LazyLock<Sheet> = LazyLock::new(|| sheet_of("mono"));

fn sheet_of(built_in: &str) -> Sheet {
    Sheet::read(Path::new(NOWHERE), built_in).map(|(sheet, _)| sheet).unwrap_or_default()
}

/// Keeps styles for as long as the process lives, so that a look is two words. Equal ones are kept once: a session sees few.
pub(super) fn kept(styles: Styles) -> &'static Styles {
    static KEPT: Mutex<Vec<&'static Styles>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().find(|other| ***other == styles).copied().unwrap_or_else(|| {
        let styles = Box::leak(Box::new(styles));
        kept.push(styles);
        styles
    })
}

/// A style per token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Styles {
    depth: Depth,
    table: [Style; Token::ALL.len()],
}

impl Styles {
    fn built_in(name: &str, depth: Depth) -> Self {
        Self::of(&sheet_of(name), depth)
    }

    /// The styles of a sheet in so many colours; a sheet without any is mono on each terminal.
    pub(super) fn of(sheet: &Sheet, depth: Depth) -> Self {
        let has_colours = sheet.entries.values().any(|entry| entry.fg.is_some() || entry.bg.is_some());
        let depth = if has_colours { depth } else { Depth::Mono };
        let entry = |token: &Token| sheet.entries.get(token).copied().unwrap_or_default();
        let ground = entry(&Token::Bg).bg.and_then(|colour| depth.nearest(colour));
        let mut table = [Style::new(); Token::ALL.len()];
        for token in Token::ALL {
            let entry = entry(token);
            table[*token as usize] = if depth == Depth::Mono {
                // Of the mono theme itself this is what it says anyway.
                let mono = || if has_colours { without_colours(*token) } else { entry.attributes };
                style(*token, Entry { attributes: entry.mono.unwrap_or_else(mono), ..Entry::default() })
            } else {
                let nearest = |colour: Option<Color>| colour.and_then(|colour| depth.nearest(colour));
                let mut entry = Entry { fg: nearest(entry.fg), bg: nearest(entry.bg), ..entry };
                // With few colours two may have become one: what marks by its background then is reversed.
                if token.covers() && entry.bg.is_some() && (entry.bg == ground || entry.bg == entry.fg) {
                    entry = Entry { fg: None, bg: None, attributes: entry.attributes | Modifier::REVERSED, ..entry };
                }
                style(*token, entry)
            };
        }
        Self { depth, table }
    }

    /// The style of a part of the screen.
    pub(super) fn style(&self, token: Token) -> Style {
        self.table[token as usize]
    }

    /// The colours that it uses at most.
    pub(super) fn depth(&self) -> Depth {
        self.depth
    }
}

fn without_colours(token: Token) -> Modifier {
    WITHOUT_COLOURS.entries.get(&token).map_or(Modifier::empty(), |entry| entry.attributes)
}

/// What is laid over a text and is reversed, or has a colour for it, takes the colours and the weight that the text had: else what is
/// dim or coloured could not be read on it.
fn style(token: Token, entry: Entry) -> Style {
    let Entry { mut fg, mut bg, attributes, .. } = entry;
    let mut lost = Modifier::empty();
    if token.covers() {
        let reversed = attributes.contains(Modifier::REVERSED);
        if reversed {
            (fg, bg) = (fg.or(Some(Color::Reset)), bg.or(Some(Color::Reset)));
        }
        if reversed || fg.is_some() {
            lost = (Modifier::DIM | Modifier::BOLD | Modifier::UNDERLINED) - attributes;
        }
    }
    Style { fg, bg, add_modifier: attributes, sub_modifier: lost, ..Style::new() }
}
