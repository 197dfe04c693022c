//! Markdown as lines for a screen: what each begins with, and its words with how they look.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::tui::view::text::{clean, width};

/// A text that is longer than this is shown up to here: 64 KiB.
const MOST: usize = 64 << 10;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set")]
pub struct Face {
    /// A heading.
    pub heading: bool,
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Struck through.
    pub struck: bool,
    /// Code, as it stands.
    pub code: bool,
    /// Quoted from elsewhere.
    pub quote: bool,
    /// The text of a link.
    pub link: bool,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Without line ends, and safe to be drawn (O4).
    pub text: String,
    /// How it looks.
    pub face: Face,
}

/// A line, which becomes several where there is no room for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// What it begins with: blanks, the sign of an item or of a quotation.
    pub prefix: String,
    /// What follows.
    pub pieces: Vec<Piece>,
    /// Whether it may not be broken at blanks.
    pub whole: bool,
}

/// What is being read.
#[derive(Default)]
struct Reader {
    lines: Vec<Line>,
    line: Line,
    face: Face,
    /// The lists that are open, with the number of their next item.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// The sign of the item that begins with the next line.
    sign: Option<String>,
    /// Columns by which what belongs to an item is indented, for each that is open.
    indents: Vec<usize>,
    /// Where the links lead that are open, and their texts so far.
    links: Vec<(String, String)>,
    in_code: bool,
    /// A cell of a table is to follow another one in its row.
    in_row: bool,
}

/// Reads a text.
pub fn read(text: &str) -> Vec<Line> {
    let end = (0..=MOST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let mut reader = Reader::default();
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    for event in Parser::new_ext(&text[..end], options) {
        reader.event(event);
    }
    reader.end_line();
    if end < text.len() {
        reader.line("(it goes on: the rest is in the editor)");
    }
    while reader.lines.last().is_some_and(|line| line.pieces.is_empty()) {
        reader.lines.pop();
    }
    reader.lines
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                for line in text.lines() {
                    self.put(line);
                    self.line.whole = true;
                    self.end_line();
                }
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.put(&text),
            Event::Code(text) => self.with(|face| face.code = true, &text),
            Event::SoftBreak => self.put(" "),
            Event::HardBreak => self.end_line(),
            Event::Rule => {
                self.between();
                self.line("──────────");
            }
            Event::TaskListMarker(done) => {
                let sign = if done { "[x] " } else { "[ ] " };
                if let Some(indent) = self.indents.last_mut() {
                    *indent = sign.len();
                }
                self.sign = Some(sign.to_owned());
            }
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock if self.sign.is_none() => self.between(),
            Tag::Heading { level, .. } => {
                self.between();
                self.face.heading = true;
                // Which level it is of is seen without colour, too.
                if level > HeadingLevel::H2 {
                    self.put(&format!("{} ", "#".repeat(level as usize)));
                }
            }
            Tag::BlockQuote(_) => {
                self.between();
                self.quotes += 1;
                self.face.quote = true;
            }
            Tag::CodeBlock(_) => {
                self.between();
                self.in_code = true;
                self.face.code = true;
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.between();
                } else {
                    self.end_line();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_line();
                let sign = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.indents.push(width(&sign));
                self.sign = Some(sign);
            }
            Tag::Table(_) => self.between(),
            Tag::TableCell if self.in_row => self.put(" | "),
            Tag::TableCell => self.in_row = true,
            Tag::Emphasis => self.face.emphasis = true,
            Tag::Strong | Tag::TableHead => self.face.strong = true,
            Tag::Strikethrough => self.face.struck = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.face.link = true;
                self.links.push((dest_url.to_string(), String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_line(),
            TagEnd::Heading(_) => {
                self.end_line();
                self.face.heading = false;
            }
            TagEnd::BlockQuote(_) => {
                self.end_line();
                self.quotes -= 1;
                self.face.quote = self.quotes > 0;
            }
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.face.code = false;
            }
            TagEnd::List(_) => {
                self.end_line();
                self.lists.pop();
            }
            TagEnd::Item => {
                // One without a text has its sign all the same.
                if self.sign.is_some() {
                    self.put("");
                }
                self.end_line();
                self.indents.pop();
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.face.strong = false;
                self.in_row = false;
                self.end_line();
            }
            TagEnd::Emphasis => self.face.emphasis = false,
            TagEnd::Strong => self.face.strong = false,
            TagEnd::Strikethrough => self.face.struck = false,
            TagEnd::Link | TagEnd::Image => {
                self.face.link = false;
                // Where it leads is said behind it, unless it says so itself.
                if let Some((to, text)) = self.links.pop()
                    && to != text
                    && to.strip_prefix("mailto:") != Some(&text)
                {
                    self.put(&format!("{}<{to}>", if text.is_empty() { "" } else { " " }));
                }
            }
            _ => {}
        }
    }

    /// Adds a text to the line, which begins with it.
    fn put(&mut self, text: &str) {
        if self.line.pieces.is_empty() && self.line.prefix.is_empty() {
            let depth: usize = self.indents.iter().sum();
            let sign = self.sign.take().unwrap_or_default();
            let before = depth.saturating_sub(width(&sign));
            self.line.prefix = format!("{}{}{sign}", "> ".repeat(self.quotes), " ".repeat(before));
        }
        if let Some((_, of_link)) = self.links.last_mut() {
            of_link.push_str(text);
        }
        let text = if self.in_code { text.replace('\t', "    ") } else { text.to_owned() };
        self.line.pieces.push(Piece { text: clean(&text), face: self.face });
    }

    fn with(&mut self, change: impl FnOnce(&mut Face), text: &str) {
        let before = self.face;
        change(&mut self.face);
        self.put(text);
        self.face = before;
    }

    /// A line of its own.
    fn line(&mut self, text: &str) {
        self.end_line();
        self.put(text);
        self.end_line();
    }

    fn end_line(&mut self) {
        if !self.line.pieces.is_empty() || !self.line.prefix.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    /// A blank line between two blocks.
    fn between(&mut self) {
        self.end_line();
        if self.lines.last().is_some_and(|line| !line.pieces.is_empty()) {
            self.lines.push(Line::default());
        }
    }
}

/// The line in as many as it needs in so many columns; what goes on begins below its text.
pub fn wrap(line: &Line, columns: usize) -> Vec<Line> {
    let indent = width(&line.prefix);
    let room = columns.saturating_sub(indent).max(8);
    let mut lines = vec![Line { pieces: Vec::new(), ..line.clone() }];
    let mut used = 0;
    for piece in &line.pieces {
        for word in piece.text.split_inclusive(' ') {
            let mut word = word;
            let breaks = !line.whole && used > 0 && used + width(word.trim_end()) > room;
            loop {
                let full = used + width(word.trim_end()) > room;
                if (breaks && used > 0 && lines.last().is_some_and(|line| !line.pieces.is_empty()) && full)
                    || (full && used >= room)
                {
                    // Of a quotation the sign goes on.
                    let quoted: usize = line.prefix.matches("> ").count() * 2;
                    let prefix = format!("{}{}", &line.prefix[..quoted], " ".repeat(indent - quoted));
                    lines.push(Line { prefix, pieces: Vec::new(), whole: line.whole });
                    used = 0;
                    continue;
                }
                let fits = fitting(word, room - used);
                let (now, rest) = word.split_at(if full { fits } else { word.len() });
                if let Some(last) = lines.last_mut() {
                    match last.pieces.last_mut() {
                        Some(before) if before.face == piece.face => before.text.push_str(now),
                        _ => last.pieces.push(Piece { text: now.to_owned(), face: piece.face }),
                    }
                }
                used += width(now);
                word = rest;
                if word.is_empty() {
                    break;
                }
            }
        }
    }
    lines
}

/// Bytes of a text that fit into so many columns: one character at least.
fn fitting(text: &str, columns: usize) -> usize {
    let ends = text.char_indices().skip(1).map(|(at, _)| at).chain([text.len()]);
    let first = text.chars().next().map_or(0, char::len_utf8);
    ends.take_while(|end| width(&text[..*end]) <= columns).last().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prefix and text; `*bold*`, `/italic/`, `` `code` ``, `_link_`, `#heading#`, `-struck-`.
    fn shown(lines: &[Line]) -> Vec<String> {
        let piece = |piece: &Piece| {
            let Face { heading, strong, emphasis, struck, code, link, .. } = piece.face;
            let signs = [(heading, '#'), (strong, '*'), (emphasis, '/'), (struck, '-'), (code, '`'), (link, '_')];
            let signs: String = signs.iter().filter(|(on, _)| *on).map(|(_, sign)| *sign).collect();
            let back: String = signs.chars().rev().collect();
            format!("{signs}{}{back}", piece.text)
        };
        lines.iter().map(|line| line.prefix.clone() + &line.pieces.iter().map(piece).collect::<String>()).collect()
    }

    #[test]
    fn markdown_becomes_lines_with_their_signs_and_faces() {
        let text = "# Rack\nBuy **two** *big* disks, ~~not~~ `sda`\nand [a bay](http://x.y/z).\n\n\
            - [ ] order\n- [x] measure\n  1. height\n  2. depth\n\n> said\n> Ana\n\n```sh\nls -l\n  df\n```\n\n---\n### Deep\n<http://a.b>\n";
        assert_eq!(
            shown(&read(text)),
            [
                "#Rack#",
                "",
                "Buy *two* /big/ disks, -not- `sda` and _a bay_ <http://x.y/z>.",
                "",
                "[ ] order",
                "[x] measure",
                "    1. height",
                "    2. depth",
                "",
                "> said Ana",
                "",
                "`ls -l`",
                "`  df`",
                "",
                "──────────",
                "",
                "#### ##Deep#",
                "",
                "_http://a.b_",
            ]
        );
    }

    #[test]
    fn a_link_says_where_it_leads_a_task_list_has_its_levels_and_a_table_its_columns() {
        let text = "[bay](http://x.y/bay) ![](a.png) <ana@x.y> [**http://a.b**](http://a.b)\n\n\
            - [ ] order\n  - [x] ask\n    again\n- plain\n  - [ ] below\n\n\
            | disk | size |\n|---|---|\n| sda | *4 TB* |\n| sdb | |\n\nend\n";
        assert_eq!(
            shown(&read(text)),
            [
                "_bay_ <http://x.y/bay> <a.png> _ana@x.y_ *_http://a.b_*",
                "",
                "[ ] order",
                "    [x] ask again",
                "• plain",
                "  [ ] below",
                "",
                "*disk** | **size*",
                "sda | /4 TB/",
                "sdb | ",
                "",
                "end",
            ]
        );
    }

    #[test]
    fn in_40_columns_each_line_fits_and_goes_on_below_its_text() {
        let text = "## Before the move\n\nCall **the shop** about the `WD Red Plus 4 TB` and [its bay](https://example.org/a/rather/long/path).\n\n\
            1. Ask for the price of both, and of the rails\n   - [ ] the quiet ones, which are a little dearer\n\n\
            > It was said that they come on Friday\n\n```sh\nrsync -a --delete /srv/photos/ nas:/backup/photos/\n```\n";
        let lines: Vec<String> = read(text)
            .iter()
            .flat_map(|line| wrap(line, 38))
            .map(|line| line.prefix.clone() + &line.pieces.iter().map(|p| p.text.as_str()).collect::<String>())
            .collect();
        assert!(lines.iter().all(|line| width(line.trim_end()) <= 38), "{lines:#?}");
        let expected = [
            "Before the move",
            "",
            "Call the shop about the WD Red Plus 4",
            "TB and its bay",
            "<https://example.org/a/rather/long/pat",
            "h>.",
            "",
            "1. Ask for the price of both, and of",
            "   the rails",
            "   [ ] the quiet ones, which are a",
            "       little dearer",
            "",
            "> It was said that they come on Friday",
            "",
            "rsync -a --delete /srv/photos/ nas:/ba",
            "ckup/photos/",
        ];
        assert_eq!(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn o4_nothing_of_a_description_acts_on_a_terminal_and_a_long_one_is_cut() {
        let lines = read("a\x1b[2Jb `c\x07d`\n\n    e\x1b]52;c;aGk=\x07f\n");
        let text: String = shown(&lines).join("");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        let long = read(&"word ".repeat(100_000));
        assert!(shown(&long).last().unwrap().contains("it goes on"));
    }

    #[test]
    fn lines_are_broken_at_blanks_and_go_on_below_their_text() {
        let wrapped = |text: &str, columns| -> Vec<String> {
            let lines = read(text).iter().flat_map(|line| wrap(line, columns)).collect::<Vec<_>>();
            lines
                .iter()
                .map(|line| line.prefix.clone() + &line.pieces.iter().map(|p| p.text.as_str()).collect::<String>())
                .collect()
        };
        assert_eq!(wrapped("one **two** three four", 12), ["one two ", "three four"]);
        assert_eq!(wrapped("- one two three", 12), ["• one two ", "  three"]);
        assert_eq!(wrapped("> one two three", 12), ["> one two ", "> three"]);
        assert_eq!(wrapped("abcdefghijklmnop", 10), ["abcdefghij", "klmnop"]);
        assert_eq!(wrapped("    x 漢字漢字漢字", 10), ["x 漢字漢字", "漢字"]);
    }
}
