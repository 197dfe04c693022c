//! The bytes of a file as lines to edit, and back: what was not edited comes back byte for byte (UX 49).

/// The most bytes that are edited here: a key costs time with every line.
pub const MOST: usize = 2 << 20;

const BOM: &str = "\u{feff}";

/// What of a file is not in its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of the bytes, independent of the others")]
pub struct Form {
    /// It begins with a byte order mark.
    pub bom: bool,
    /// All its lines end in CR LF. Where only some do, the CR is text.
    pub crlf: bool,
    /// Nothing ends its last line.
    pub open: bool,
    /// There was nothing in it at all: a last line is then ended only once there is something.
    pub blank: bool,
}

impl Form {
    /// In words, for the status line; empty for what nobody has to know.
    pub fn words(self) -> String {
        let all = [(self.bom, "BOM"), (self.crlf, "CRLF"), (self.open, "no final newline")];
        all.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
    }
}

/// Bytes as lines, at least one.
///
/// # Errors
/// Why they cannot be edited here, in one line.
pub fn decode(bytes: &[u8]) -> Result<(Form, Vec<String>), String> {
    if bytes.len() > MOST {
        return Err(format!("read-only: {} MiB, and {} can be edited here", bytes.len() >> 20, MOST >> 20));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(format!("read-only: it is not text, byte {at} is zero"));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = memchr::memchr_iter(b'\n', &bytes[..e.valid_up_to()]).count() + 1;
        format!("read-only: it is not UTF-8 in line {line}")
    })?;
    let (bom, text) = text.strip_prefix(BOM).map_or((false, text), |rest| (true, rest));
    let ends = text.matches('\n').count();
    let crlf = ends > 0 && text.matches("\r\n").count() == ends;
    let end = if crlf { "\r\n" } else { "\n" };
    let (open, body) = text.strip_suffix(end).map_or((true, text), |body| (false, body));
    let lines = body.split(end).map(str::to_owned).collect();
    let blank = text.is_empty();
    Ok((Form { bom, crlf, open: open && !blank, blank }, lines))
}

/// Bytes that cannot be edited, as lines to look at.
pub fn lossy(bytes: &[u8]) -> Vec<String> {
    let part = &bytes[..bytes.len().min(MOST)];
    let text = String::from_utf8_lossy(part);
    text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned).collect()
}

/// The lines as bytes of that form.
pub fn encode(form: Form, lines: &[String]) -> Vec<u8> {
    let end = if form.crlf { "\r\n" } else { "\n" };
    let mut text = String::with_capacity(lines.iter().map(|line| line.len() + end.len()).sum::<usize>() + BOM.len());
    if form.bom {
        text.push_str(BOM);
    }
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push_str(end);
        }
        text.push_str(line);
    }
    let nothing = form.blank && lines.iter().all(String::is_empty) && lines.len() < 2;
    if !form.open && !nothing {
        text.push_str(end);
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ux_49_what_is_not_edited_comes_back_byte_for_byte() {
        for text in [
            "",
            "\n",
            "\r\n",
            "\n\n",
            "a",
            "a\n",
            "a\r\nb\r\n",
            "a\r\nb",
            "a\r\nb\n",
            "a\rb\n",
            "\ta\n  b\t\n",
            "\u{feff}a\r\n",
            "\u{feff}",
            "\u{1f980} \u{10348}\n",
            "e\u{301}\u{200d}\n\n\n",
            "a\n\r",
        ] {
            let (form, lines) = decode(text.as_bytes()).unwrap();
            assert!(!lines.is_empty());
            assert_eq!(String::from_utf8(encode(form, &lines)).unwrap(), text, "{form:?} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn ux_49_any_text_comes_back_byte_for_byte(text in "[a\t \r\n\u{1f980}\u{feff}]{0,24}") {
            let (form, lines) = decode(text.as_bytes()).unwrap();
            prop_assert_eq!(encode(form, &lines), text.into_bytes());
        }
    }

    #[test]
    fn ux_49_what_is_no_text_is_refused_with_the_place() {
        assert_eq!(decode(b"ok\nbad \xff\n").unwrap_err(), "read-only: it is not UTF-8 in line 2");
        assert_eq!(decode(b"a\0b").unwrap_err(), "read-only: it is not text, byte 1 is zero");
        assert!(decode(&vec![b'a'; MOST + 1]).unwrap_err().contains("2 can be edited"));
        assert_eq!(lossy(b"ok\nbad \xff\n"), ["ok", "bad \u{fffd}"]);
    }

    #[test]
    fn text_that_is_typed_into_an_empty_file_ends_with_a_line_end() {
        let (form, _) = decode(b"").unwrap();
        assert_eq!(encode(form, &["a".to_owned()]), b"a\n");
        let (form, mut lines) = decode(b"a").unwrap();
        lines.push(String::new());
        assert_eq!(encode(form, &lines), b"a\n", "Enter at the end of a file without a line end adds it");
    }
}
