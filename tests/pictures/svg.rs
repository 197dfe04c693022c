//! A screen as SVG: text is text, set to the width of its columns; lines and blocks are drawn, so that they join.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// A cell, in pixels.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
/// The text stands on this line of its cell.
const BASELINE: f32 = 13.5;
const MARGIN: f32 = 14.0;
const THIN: f32 = 1.3;
const THICK: f32 = 2.8;

/// Colours of a terminal with an ordinary palette.
const GROUND: &str = "#14171c";
const TEXT: &str = "#d8dde6";
const SIXTEEN: [&str; 16] = [
    "#1c2129", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dde6", "#5c6370", "#ff8b94",
    "#b5e890", "#ffd75f", "#8cc8ff", "#e79cf2", "#7fdbe6", "#ffffff",
];

/// One screen.
pub(crate) fn picture(screen: &Screen) -> String {
    let (width, height) = size(screen);
    let (width, height) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
    let mut out = begin(width, height);
    let ground = cell(screen, 0, 0).map_or_else(|| GROUND.to_owned(), |cell| Look::of(cell).bg);
    let _ = writeln!(out, r#"<rect width="{width}" height="{height}" rx="8" fill="{ground}"/>"#);
    draw(&mut out, screen, MARGIN, MARGIN);
    out + "</svg>\n"
}

/// Several, each with its name, in so many columns.
pub(crate) fn side_by_side(names: &[&str], screens: &[Screen], columns: usize) -> String {
    let name_height = 22.0;
    let (width, height) = size(&screens[0]);
    let (step_x, step_y) = (width + 3.0 * MARGIN, height + 3.0 * MARGIN + name_height);
    let rows = screens.len().div_ceil(columns);
    let mut out = begin(step_x * columns as f32 + MARGIN, step_y * rows as f32);
    for (at, (name, screen)) in names.iter().zip(screens).enumerate() {
        let (x, y) = (MARGIN + step_x * (at % columns) as f32, step_y * (at / columns) as f32);
        let _ =
            writeln!(out, r##"<text x="{}" y="{}" fill="#8a94a3">{name}</text>"##, x + MARGIN, y + name_height - 6.0);
        let y = y + name_height;
        let ground = cell(screen, 0, 0).map_or_else(|| GROUND.to_owned(), |cell| Look::of(cell).bg);
        let (w, h) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
        let _ = writeln!(out, r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{ground}"/>"#);
        draw(&mut out, screen, x + MARGIN, y + MARGIN);
    }
    out + "</svg>\n"
}

fn begin(width: f32, height: f32) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n"
    )
}

fn size(screen: &Screen) -> (f32, f32) {
    let (rows, columns) = screen.size();
    (f32::from(columns.get()) * WIDTH, f32::from(rows.get()) * HEIGHT)
}

fn cell(screen: &Screen, row: u16, column: u16) -> Option<&Cell> {
    screen.cell(row, column)
}

/// How a cell looks.
#[derive(Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "a set")]
struct Look {
    fg: String,
    bg: String,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut fg, mut bg) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), GROUND));
        if cell.inverse() {
            std::mem::swap(&mut fg, &mut bg);
        }
        let (bold, dim) = (cell.bold(), cell.dim());
        Self { fg, bg, bold, dim, italic: cell.italic(), underline: cell.underline() }
    }

    /// The attributes of what is drawn in it.
    fn ink(&self) -> String {
        let dim = if self.dim { " opacity=\".62\"" } else { "" };
        format!("fill=\"{}\"{dim}", self.fg)
    }
}

fn colour(colour: Color, own: &str) -> String {
    match colour {
        Color::Default => own.to_owned(),
        Color::Idx(n @ 0..16) => SIXTEEN[usize::from(n)].to_owned(),
        Color::Idx(n @ 16..232) => {
            let part = |by: u8| [0, 95, 135, 175, 215, 255][usize::from((n - 16) / by % 6)];
            format!("#{:02x}{:02x}{:02x}", part(36), part(6), part(1))
        }
        Color::Idx(n) => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (n - 232)),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

fn draw(out: &mut String, screen: &Screen, left: f32, top: f32) {
    let (rows, columns) = screen.size();
    let ground = cell(screen, 0, 0).map_or_else(String::new, |cell| Look::of(cell).bg);
    for row in 0..rows.get() {
        let y = top + f32::from(row) * HEIGHT;
        let cells: Vec<(u16, &Cell, Look)> = (0..columns.get())
            .filter_map(|column| cell(screen, row, column).map(|cell| (column, cell, Look::of(cell))))
            .collect();
        for same in cells.chunk_by(|(_, _, a), (_, _, b)| a.bg == b.bg).filter(|same| same[0].2.bg != ground) {
            let (x, width) = (left + f32::from(same[0].0) * WIDTH, same.len() as f32 * WIDTH);
            let _ = writeln!(
                out,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{HEIGHT}" fill="{}"/>"#,
                same[0].2.bg
            );
        }
        for same in cells.chunk_by(|(_, a, of_a), (_, b, of_b)| of_a == of_b && kind(a) == kind(b)) {
            let (column, first, look) = &same[0];
            let x = left + f32::from(*column) * WIDTH;
            match kind(first) {
                Kind::Blank => {}
                Kind::Drawn(glyph) => {
                    if glyph == '─' {
                        let width = same.len() as f32 * WIDTH;
                        rect(out, x, y + (HEIGHT - THIN) / 2.0, width, THIN, look);
                    } else {
                        for n in 0..same.len() {
                            glyph_at(out, glyph, x + n as f32 * WIDTH, y, look);
                        }
                    }
                }
                Kind::Text => text(out, same, x, y, look),
            }
        }
    }
}

/// What a cell holds.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Blank,
    /// A line or a block.
    Drawn(char),
    Text,
}

fn kind(cell: &Cell) -> Kind {
    let mut chars = cell.contents().chars();
    match chars.next() {
        None | Some(' ') => Kind::Blank,
        Some(c @ ('\u{2500}'..='\u{259f}')) => Kind::Drawn(c),
        Some(_) => Kind::Text,
    }
}

/// Words of one style, each of which is set to its columns. A wide character takes two of them.
fn text(out: &mut String, same: &[(u16, &Cell, Look)], x: f32, y: f32, look: &Look) {
    let mut attributes = look.ink();
    for (on, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
    ] {
        attributes.push_str(if on { attribute } else { "" });
    }
    let word: String = same.iter().map(|(_, cell, _)| cell.contents()).collect();
    let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let columns = same.len() + usize::from(same.last().is_some_and(|(_, cell, _)| cell.is_wide()));
    let _ = writeln!(
        out,
        r#"<text x="{x:.1}" y="{:.1}" textLength="{:.1}" lengthAdjust="spacingAndGlyphs" {attributes}>{word}</text>"#,
        y + BASELINE,
        columns as f32 * WIDTH
    );
}

fn rect(out: &mut String, x: f32, y: f32, width: f32, height: f32, look: &Look) {
    let _ = writeln!(out, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" {}/>"#, look.ink());
}

/// A line or a block in its cell.
fn glyph_at(out: &mut String, glyph: char, x: f32, y: f32, look: &Look) {
    let (middle, line) = (x + WIDTH / 2.0, y + HEIGHT / 2.0);
    let down = |out: &mut String, from: f32, to: f32, thick: f32| {
        rect(out, middle - thick / 2.0, from, thick, to - from, look);
    };
    let across = |out: &mut String, from: f32, to: f32| rect(out, from, line - THIN / 2.0, to - from, THIN, look);
    let (right, bottom) = (x + WIDTH, y + HEIGHT);
    match glyph {
        '─' => across(out, x, right),
        '╶' => across(out, middle, right),
        '╴' => across(out, x, middle),
        '│' => down(out, y, bottom, THIN),
        '┃' => down(out, y, bottom, THICK),
        '┊' => (0..3_u8).for_each(|n| {
            let from = y + 1.5 + f32::from(n) * 6.0;
            down(out, from, from + 3.0, THIN);
        }),
        '╭' | '╮' | '╰' | '╯' => {
            let (end_x, end_y) = (
                if matches!(glyph, '╭' | '╰') { right } else { x },
                if matches!(glyph, '╭' | '╮') { bottom } else { y },
            );
            let dim = if look.dim { " opacity=\".62\"" } else { "" };
            let _ = writeln!(
                out,
                r#"<path d="M{middle:.1} {end_y:.1}Q{middle:.1} {line:.1} {end_x:.1} {line:.1}" fill="none" stroke="{}" stroke-width="{THIN}"{dim}/>"#,
                look.fg
            );
        }
        '▁'..='█' => {
            let height = HEIGHT * (glyph as u32 - '▁' as u32 + 1) as f32 / 8.0;
            rect(out, x, bottom - height, WIDTH, height, look);
        }
        '▉'..='▏' => rect(out, x, y, WIDTH * (8 - (glyph as u32 - '█' as u32)) as f32 / 8.0, HEIGHT, look),
        '░' | '▒' | '▓' => {
            let share = [0.25, 0.5, 0.75][(glyph as u32 - '░' as u32) as usize];
            let _ = writeln!(
                out,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{WIDTH}" height="{HEIGHT}" fill="{}" opacity="{share}"/>"#,
                look.fg
            );
        }
        other => {
            let _ = writeln!(
                out,
                r#"<text x="{x:.1}" y="{:.1}" textLength="{WIDTH}" {}>{other}</text>"#,
                y + BASELINE,
                look.ink()
            );
        }
    }
}
