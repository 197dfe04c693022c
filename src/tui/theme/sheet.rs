//! A theme as it is written: TOML with a style per token, and a palette that gives colours names.
//!
//! ```toml
//! inherits = "dark"                  # what is not said here is as there; without this line as in `ansi`
//! "run.ok" = { fg = "leaf" }
//! "cursor.row" = { bg = 24, attrs = ["bold"], mono = ["reverse"] }
//!
//! [palette]
//! leaf = "#5faf5f"
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::colour::{numbered, parse};
use super::token::Token;
use crate::config::lenient::line_of;
use crate::config::{Problem, themes};

/// The attributes that a style can have, by name.
const ATTRIBUTES: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// What would be right where a colour is not.
const COLOURS: &str = "\"default\", one of the 16 names such as \"red\" or \"bright-black\", a number from 0 to 255, \"#rrggbb\" or a name of the [palette]";

/// The style of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Entry {
    pub(super) fg: Option<Color>,
    pub(super) bg: Option<Color>,
    pub(super) attributes: Modifier,
    /// Where there are no colours.
    pub(super) mono: Option<Modifier>,
}

/// The styles of a theme and of all that it inherits from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sheet {
    pub(super) entries: BTreeMap<Token, Entry>,
}

impl Sheet {
    /// Reads a theme of the `folder` or a built-in one, and what cannot be used of it.
    ///
    /// # Errors
    /// When there is no theme of this name, or its file cannot be read.
    pub(super) fn read(folder: &Path, name: &str) -> Result<(Self, Vec<Problem>), Problem> {
        let mut problems = Vec::new();
        let mut layers: Vec<Layer> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next.take() {
            // A file may inherit from the built-in theme whose name it has.
            let source = match themes::own(folder, &name) {
                Ok(Some(source)) if !layers.iter().any(|layer| layer.place == source.place) => Some(source),
                Ok(_) => themes::built_in(&name).filter(|s| !layers.iter().any(|layer| layer.place == s.place)),
                Err(problem) => return Err(problem),
            };
            let Some(source) = source else {
                let Some(Layer { inherits: Some((_, at)), .. }) = layers.last() else {
                    return Err(Problem { place: name.clone(), text: themes::unknown(folder, &name) });
                };
                let known = themes::names(folder).contains(&name);
                let text = if known {
                    format!("inherits from `{name}`, which inherits from it")
                } else {
                    themes::unknown(folder, &name)
                };
                problems.push(Problem { place: at.clone(), text });
                break;
            };
            let layer = Layer::parse(&source, &mut problems);
            let base = (name != "ansi").then(|| "ansi".to_owned());
            next = layer.inherits.as_ref().map(|(name, _)| name.clone()).or(base);
            layers.push(layer);
        }
        let mut palette = BTreeMap::new();
        let mut styles = BTreeMap::new();
        for layer in layers.into_iter().rev() {
            palette.extend(layer.palette);
            styles.extend(layer.styles);
        }
        let entries = styles.into_iter().map(|(token, style)| (token, style.resolve(token, &palette, &mut problems)));
        Ok((Self { entries: entries.collect() }, problems))
    }
}

/// One file of a theme.
#[derive(Debug, Default)]
struct Layer {
    place: String,
    /// The theme that it inherits from, and where it says so.
    inherits: Option<(String, String)>,
    palette: BTreeMap<String, Color>,
    styles: BTreeMap<Token, Written>,
}

/// A style whose colours may be names of the palette.
#[derive(Debug, Clone, Default)]
struct Written {
    fg: Option<Paint>,
    bg: Option<Paint>,
    attributes: Modifier,
    mono: Option<Modifier>,
}

/// A colour, and where it is written.
#[derive(Debug, Clone)]
struct Paint {
    colour: Named,
    place: String,
}

/// A colour, or what stands for one: a name of the palette goes before one of the 16.
#[derive(Debug, Clone)]
enum Named {
    Colour(Color),
    Text(String),
}

impl Written {
    fn resolve(self, token: Token, palette: &BTreeMap<String, Color>, problems: &mut Vec<Problem>) -> Entry {
        let mut colour = |paint: Option<Paint>| {
            let Paint { colour, place } = paint?;
            match colour {
                Named::Colour(colour) => Some(colour),
                Named::Text(name) => palette.get(&name).copied().or_else(|| parse(&name)).or_else(|| {
                    let text = format!("{}: `{name}` is no colour; right is {COLOURS}", token.name());
                    problems.push(Problem { place, text });
                    None
                }),
            }
        };
        Entry { fg: colour(self.fg), bg: colour(self.bg), attributes: self.attributes, mono: self.mono }
    }
}

impl Layer {
    fn parse(source: &themes::Source, problems: &mut Vec<Problem>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let mut reader = Reader { text: &source.text, place: &source.place, problems };
        for error in errors {
            reader.problem(error.span().unwrap_or_default(), error.message().to_owned());
        }
        let mut layer = Self { place: source.place.clone(), ..Self::default() };
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("inherits", DeValue::String(name)) => {
                    layer.inherits = Some((name.to_string(), reader.place_of(value.span())));
                }
                ("inherits", _) => reader.problem(value.span(), "inherits takes the name of a theme".to_owned()),
                ("palette", DeValue::Table(colours)) => {
                    for (name, value) in colours {
                        layer.palette.extend(reader.palette(name.get_ref(), value));
                    }
                }
                ("palette", _) => reader.problem(value.span(), "palette takes names with colours".to_owned()),
                (name, _) => reader.token(name, key.span(), value, &mut layer.styles),
            }
        }
        layer
    }
}

fn colour(value: &DeValue<'_>) -> Option<Named> {
    match value {
        DeValue::String(text) => Some(Named::Text(text.to_string())),
        DeValue::Integer(number) => {
            let number = u8::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(Named::Colour(numbered(number)))
        }
        _ => None,
    }
}

/// Reads one file.
struct Reader<'a> {
    text: &'a str,
    place: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn place_of(&self, span: Range<usize>) -> String {
        format!("{}:{}", self.place, line_of(self.text, span.start))
    }

    fn problem(&mut self, span: Range<usize>, text: String) {
        let place = self.place_of(span);
        self.problems.push(Problem { place, text });
    }

    /// A name and its colour.
    fn palette(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<(String, Color)> {
        let direct = match colour(value.get_ref()) {
            Some(Named::Colour(colour)) => Some(colour),
            Some(Named::Text(text)) => parse(&text),
            None => None,
        };
        if direct.is_none() {
            let colours = COLOURS.rsplit_once(" or ").map_or(COLOURS, |(direct, _)| direct);
            self.problem(value.span(), format!("{name} takes {colours}"));
        }
        Some((name.to_owned(), direct?))
    }

    /// A token and its style, or the beginning of a name: `run.ok = {...}` without quotes is a table in a table.
    fn token(
        &mut self,
        name: &str,
        at: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        styles: &mut BTreeMap<Token, Written>,
    ) {
        let token = Token::named(name);
        let DeValue::Table(table) = value.get_ref() else {
            let text = match token {
                Some(_) => format!("{name} takes a style, as in {{ fg = \"red\", attrs = [\"bold\"] }}"),
                None => unknown(name),
            };
            return self.problem(at, text);
        };
        let mut style = Written::default();
        let mut known = token.is_some();
        for (key, value) in table {
            let key_name = key.get_ref().as_ref();
            match (token, key_name) {
                (Some(_), "fg") => style.fg = self.paint(name, value),
                (Some(_), "bg") => style.bg = self.paint(name, value),
                (Some(_), "attrs") => style.attributes = self.attributes(name, "attrs", value),
                (Some(_), "mono") => style.mono = Some(self.attributes(name, "mono", value)),
                (_, part) => {
                    let longer = format!("{name}.{part}");
                    let begins = Token::ALL.iter().any(|token| {
                        token.name().strip_prefix(&longer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    });
                    if begins {
                        known = true;
                        self.token(&longer, key.span(), value, styles);
                    } else if token.is_some() {
                        let text = format!("{name} takes fg, bg, attrs and mono, not `{part}`");
                        self.problem(key.span(), text);
                    }
                }
            }
        }
        match token {
            Some(token) => {
                styles.insert(token, style);
            }
            None if !known => self.problem(at, unknown(name)),
            None => {}
        }
    }

    fn paint(&mut self, token: &str, value: &Spanned<DeValue<'_>>) -> Option<Paint> {
        let colour = colour(value.get_ref());
        if colour.is_none() {
            self.problem(value.span(), format!("{token}: a colour is {COLOURS}"));
        }
        Some(Paint { colour: colour?, place: self.place_of(value.span()) })
    }

    /// One attribute or a list of them; what is none is left out.
    fn attributes(&mut self, token: &str, key: &str, value: &Spanned<DeValue<'_>>) -> Modifier {
        let one = std::slice::from_ref(value);
        let words = match value.get_ref() {
            DeValue::Array(words) => words.iter().collect::<Vec<_>>(),
            _ => one.iter().collect(),
        };
        let mut modifier = Modifier::empty();
        for word in words {
            let found = match word.get_ref() {
                DeValue::String(text) => ATTRIBUTES.iter().find(|(name, _)| name == text),
                _ => None,
            };
            if let Some((_, attribute)) = found {
                modifier |= *attribute;
            } else {
                let names: Vec<String> = ATTRIBUTES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                let text = format!("{token}: {key} takes a list of {}", names.join(", "));
                self.problem(word.span(), text);
            }
        }
        modifier
    }
}

/// What would be right where a token is named that there is not.
fn unknown(name: &str) -> String {
    let group = name.split('.').next().unwrap_or_default();
    let near: Vec<&str> =
        Token::ALL.iter().map(|token| token.name()).filter(|name| name.split('.').next() == Some(group)).collect();
    if near.is_empty() {
        format!("there is no token `{name}`; the built-in theme mono names all of them")
    } else {
        format!("there is no token `{name}`; there are {}", near.join(", "))
    }
}
