//! The one sanitiser (O4): what a program printed becomes text that can only be shown, in the colours that it asked for.

use unicode_width::UnicodeWidthChar;
use vte::{Params, Parser, Perform};

use super::sgr::{Sgr, Style};

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// Text in one style. It holds no control character and nothing that reorders or hides its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Not empty.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// What one line of output (without its `\n`) shows, in the style that `sgr` carries from line to line.
///
/// - SGR is obeyed; all other CSI and escape sequences, and the bodies of OSC, DCS, APC, PM and SOS, are left out. A
///   sequence that does not end in the line takes the rest of it.
/// - What follows a `\r` replaces what was before it, unless nothing follows.
/// - A tab fills up to the next of every 8 columns.
/// - Shown and not sent: C0 and DEL as `^X`, C1, bidi overrides and tag characters as `\u{202e}`, bytes that are not UTF-8
///   as `\xff`. Zero-width and combining characters stay.
pub fn sanitise(line: &[u8], sgr: &mut Sgr) -> Vec<Span> {
    let mut display = Display { sgr, spans: Vec::new(), column: 0, replace: false };
    let mut parser = Parser::new();
    for chunk in line.utf8_chunks() {
        parser.advance(&mut display, chunk.valid().as_bytes());
        // As text, so that in the body of a sequence it is left out with it; a raw byte would be one to the parser, too.
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
        parser.advance(&mut display, invalid.as_bytes());
    }
    display.spans
}

/// One line as text without styles.
pub fn to_plain(line: &[u8]) -> String {
    sanitise(line, &mut Sgr::default()).into_iter().map(|span| span.text).collect()
}

/// One line for a terminal: text, and no sequences but SGR. It ends in the terminal's own style.
pub fn to_ansi(line: &[u8], sgr: &mut Sgr) -> String {
    let mut out = String::with_capacity(line.len());
    let mut current = Style::default();
    for span in sanitise(line, sgr) {
        if span.style != current {
            span.style.write_ansi(&mut out);
            current = span.style;
        }
        out.push_str(&span.text);
    }
    if current != Style::default() {
        Style::default().write_ansi(&mut out);
    }
    out
}

/// The line as far as it was read.
struct Display<'a> {
    sgr: &'a mut Sgr,
    spans: Vec<Span>,
    column: usize,
    /// A `\r` came: the next text replaces all before it.
    replace: bool,
}

impl Display<'_> {
    fn push(&mut self, c: char) {
        if self.replace {
            self.spans.clear();
            self.column = 0;
            self.replace = false;
        }
        let style = self.sgr.style();
        self.column += c.width().unwrap_or(0);
        match self.spans.last_mut() {
            Some(span) if span.style == style => span.text.push(c),
            _ => self.spans.push(Span { text: c.into(), style }),
        }
    }

    fn push_all(&mut self, text: impl Iterator<Item = char>) {
        text.for_each(|c| self.push(c));
    }
}

impl Perform for Display<'_> {
    fn print(&mut self, c: char) {
        match c {
            '\x7f' => self.push_all("^?".chars()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}' => {
                self.push_all(c.escape_unicode());
            }
            _ => self.push(c),
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.replace = true,
            b'\t' => {
                // The first blank also settles which column this is.
                self.push(' ');
                while !self.column.is_multiple_of(TAB) {
                    self.push(' ');
                }
            }
            0..=0x1f => self.push_all(['^', char::from(byte + b'@')].into_iter()),
            _ => self.push_all(char::from(byte).escape_unicode()),
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        // With an intermediate such as `>` it is a private sequence that is no SGR.
        if action == 'm' && intermediates.is_empty() && !ignore {
            self.sgr.apply(params);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sgr::Colour;
    use super::*;

    #[test]
    fn o4_everything_that_could_act_on_a_terminal_is_left_out_or_shown() {
        let cases: &[(&[u8], &str)] = &[
            (b"plain", "plain"),
            ("é 漢字 e\u{301} \u{200b}👩\u{200d}💻".as_bytes(), "é 漢字 e\u{301} \u{200b}👩\u{200d}💻"),
            (b"a\x1b]0;title\x07b", "ab"),
            (b"a\x1b]52;c;ZXZpbA==\x1b\\b", "ab"),
            (b"a\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
            (b"a\x1b]0;never ends", "a"),
            (b"a\x1b]0;caf\xc3\xa9 \xff\x07b", "ab"),
            (b"a\x1bP1$r0m\x1b\\b", "ab"),
            (b"a\x1bPq#0;2;0;0;0#0~~\xff\x1b\\b", "ab"),
            (b"a\x1b_Gf=100;AAAA\x1b\\b", "ab"),
            (b"a\x1b^private\x1b\\b\x1bXstring\x1b\\c", "abc"),
            (b"\x1b[2J\x1b[Ha\x1b[6n\x1b[?1049lb\x1b[?2004h\x1b[5;10r", "ab"),
            (b"a\x1b[>4;1mb\x1b[?1mc", "abc"),
            (b"a\x1bcb\x1b(B\x1b7\x1b#8c\x1b", "abc"),
            (b"a\x1b[31", "a"),
            (b"\0\x01\x07\x08\x0b\x0c\x1a\x7f", "^@^A^G^H^K^L^Z^?"),
            (b"a\nb", "a^Jb"),
            (b"a\x9b2Jb\x9d0;t\x9c", "a\\x9b2Jb\\x9d0;t\\x9c"),
            (b"a\xc2\x9b2Jb\xc2\x85", "a\\u{9b}2Jb\\u{85}"),
            ("user\u{202e}txt.exe\u{2066}\u{2069}".as_bytes(), "user\\u{202e}txt.exe\\u{2066}\\u{2069}"),
            ("tag\u{e0041}\u{e007f}".as_bytes(), "tag\\u{e0041}\\u{e007f}"),
            (b"\xff\xfe \xe2\x82 \xc0\xaf \xed\xa0\x80", "\\xff\\xfe \\xe2\\x82 \\xc0\\xaf \\xed\\xa0\\x80"),
        ];
        for (line, shown) in cases {
            assert_eq!(to_plain(line), *shown, "{}", line.escape_ascii());
            assert_eq!(to_ansi(line, &mut Sgr::default()), *shown, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn o4_of_a_rewritten_line_the_last_state_is_shown() {
        let cases: &[(&[u8], &str)] = &[
            (b"10%\r50%\r100%", "100%"),
            (b"100%\r", "100%"),
            (b"text\r\r", "text"),
            (b"10%\r\x1b[K", "10%"),
            (b"longer\rab", "ab"),
            (b"\rx", "x"),
            (b"\r", ""),
            (b"abc\r\tx", "        x"),
        ];
        for (line, shown) in cases {
            assert_eq!(to_plain(line), *shown, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_tab_fills_up_to_the_next_eighth_column() {
        assert_eq!(to_plain(b"\ta\tbcdefgh\ti\t1234567\t."), "        a       bcdefgh i       1234567 .");
        assert_eq!(to_plain("漢字\t.".as_bytes()), "漢字    .");
        assert_eq!(to_plain(b"12345678\t."), "12345678        .");
    }

    fn style_after(sequences: &str) -> Style {
        let mut sgr = Sgr::default();
        assert_eq!(sanitise(sequences.as_bytes(), &mut sgr), []);
        sgr.style()
    }

    #[test]
    fn sgr_sets_colours_and_attributes() {
        let fg = |colour| Style { fg: Some(colour), ..Style::default() };
        let bg = |colour| Style { bg: Some(colour), ..Style::default() };
        let on = Style {
            bold: true,
            dim: true,
            italic: true,
            underline: true,
            reverse: true,
            strike: true,
            ..fg(Colour::Indexed(1))
        };
        let cases = [
            ("\x1b[31m", fg(Colour::Indexed(1))),
            ("\x1b[97m", fg(Colour::Indexed(15))),
            ("\x1b[40m", bg(Colour::Indexed(0))),
            ("\x1b[100m", bg(Colour::Indexed(8))),
            ("\x1b[38;5;208m", fg(Colour::Indexed(208))),
            ("\x1b[38:5:208m", fg(Colour::Indexed(208))),
            ("\x1b[48;2;1;2;3m", bg(Colour::Rgb(1, 2, 3))),
            ("\x1b[38:2:1:2:3m", fg(Colour::Rgb(1, 2, 3))),
            ("\x1b[38:2::1:2:3m", fg(Colour::Rgb(1, 2, 3))),
            ("\x1b[1;2;3;4;7;9;31m", on),
            ("\x1b[1;2;3;4;7;9;31m\x1b[22;23;24;27;29;39m", Style::default()),
            ("\x1b[4:3m", Style { underline: true, ..Style::default() }),
            ("\x1b[4m\x1b[4:0m", Style::default()),
            ("\x1b[58;5;1;31m", fg(Colour::Indexed(1))),
            ("\x1b[31m\x1b[m", Style::default()),
            ("\x1b[31;42;0;33m", fg(Colour::Indexed(3))),
            ("\x1b[31m\x1b[38;5;256m", fg(Colour::Indexed(1))),
            ("\x1b[31m\x1b[38;2;1;2m", fg(Colour::Indexed(1))),
            ("\x1b[5;8;31m", fg(Colour::Indexed(1))),
        ];
        for (sequences, style) in cases {
            assert_eq!(style_after(sequences), style, "{sequences:?}");
        }
    }

    #[test]
    fn a_style_goes_on_in_the_next_line_also_from_text_that_was_replaced() {
        let mut sgr = Sgr::default();
        let red = Style { fg: Some(Colour::Indexed(1)), ..Style::default() };
        let bold = Style { bold: true, ..red };
        let span = |text: &str, style| Span { text: text.into(), style };
        assert_eq!(
            sanitise(b"a\x1b[31mb\x1b[1mc", &mut sgr),
            [span("a", Style::default()), span("b", red), span("c", bold)]
        );
        assert_eq!(sanitise(b"d\r\x1b[22me", &mut sgr), [span("e", red)]);
        assert_eq!(sanitise(b"f\x1b[0m", &mut sgr), [span("f", red)]);
        assert_eq!(sanitise(b"g", &mut sgr), [span("g", Style::default())]);
    }

    #[test]
    fn a_line_for_the_terminal_leaves_no_colour_behind() {
        let mut sgr = Sgr::default();
        assert_eq!(to_ansi(b"a\x1b[1;31mb", &mut sgr), "a\x1b[0;1;31mb\x1b[0m");
        assert_eq!(to_ansi(b"c\x1b[0;38;5;200;104md", &mut sgr), "\x1b[0;1;31mc\x1b[0;38;5;200;104md\x1b[0m");
        assert_eq!(to_ansi(b"\x1b[48;2;1;2;3m", &mut sgr), "");
        assert_eq!(to_ansi(b"\x1b[39m.\x1b[0m", &mut sgr), "\x1b[0;48;2;1;2;3m.\x1b[0m");
    }

    /// Bytes that are likely to be, or to break, a sequence.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let sequences = prop::sample::select(vec![
            "\x1b[",
            "\x1b]52;c;",
            "\x1bP",
            "\x1b_",
            "\x1b^",
            "\x1bX",
            "\x1b\\",
            "\x07",
            "\x1b[31m",
            "\x1b[>4;1m",
            "38:2:",
            ";",
            "m",
            "h",
            "\u{9b}",
            "\u{9d}",
            "\u{202e}",
            "\u{e0041}",
            "✜",
            "é",
            "\r",
            "\t",
            "text",
        ]);
        let part = prop_oneof![
            sequences.prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 1..4),
            prop::collection::vec(0x80..0xa0_u8, 1..3),
        ];
        prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
    }

    fn reorders_or_hides(c: char) -> bool {
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    }

    /// `text` without its SGR sequences; `None` when a sequence is anything else.
    fn without_sgr(text: &str) -> Option<String> {
        let mut parts = text.split('\x1b');
        let mut plain = parts.next()?.to_owned();
        for part in parts {
            let rest = part.strip_prefix('[')?.trim_start_matches(|c: char| c.is_ascii_digit() || ";:".contains(c));
            plain.push_str(rest.strip_prefix('m')?);
        }
        Some(plain)
    }

    proptest! {
        #[test]
        fn o4_no_bytes_become_anything_but_text_and_sgr(lines in prop::collection::vec(hostile(), 1..4)) {
            let (mut sgr, mut of_ansi) = (Sgr::default(), Sgr::default());
            for line in lines {
                let spans = sanitise(&line, &mut sgr);
                prop_assert!(spans.iter().all(|span| !span.text.is_empty()));
                let shown: String = spans.into_iter().map(|span| span.text).collect();
                prop_assert!(!shown.chars().any(|c| c.is_control() || reorders_or_hides(c)), "{:?}", shown);
                prop_assert_eq!(&to_plain(&line), &shown);
                prop_assert_eq!(&to_plain(shown.as_bytes()), &shown);

                let ansi = to_ansi(&line, &mut of_ansi);
                prop_assert_eq!(without_sgr(&ansi), Some(shown), "{:?}", ansi);
                prop_assert_eq!(of_ansi, sgr);
            }
        }

        #[test]
        fn a_line_for_the_terminal_means_the_same_when_it_is_read_again(line in hostile()) {
            let ansi = to_ansi(&line, &mut Sgr::default());
            let mut after = Sgr::default();
            prop_assert_eq!(sanitise(ansi.as_bytes(), &mut after), sanitise(&line, &mut Sgr::default()));
            prop_assert_eq!(after, Sgr::default());
        }
    }
}
