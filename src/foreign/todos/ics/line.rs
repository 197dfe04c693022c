//! Content lines (RFC 5545 3.1): folded at 75 octets, with parameters, and texts with what has a meaning escaped.

/// Octets of a line, without its end.
const LONGEST: usize = 75;

/// A content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// In capitals.
    pub(super) name: String,
    /// The names in capitals.
    pub(super) parameters: Vec<(String, String)>,
    /// As it is written.
    pub(super) value: String,
}

impl Property {
    /// The first value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Its value as a text.
    pub(super) fn text(&self) -> String {
        self.texts().join(",")
    }

    /// Its value as texts, which commas part.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            let c = match c {
                ',' => {
                    all.push(String::new());
                    continue;
                }
                '\\' => match chars.next() {
                    Some('n' | 'N') => '\n',
                    Some(escaped) => escaped,
                    None => break,
                },
                c => c,
            };
            if let Some(last) = all.last_mut() {
                last.push(c);
            }
        }
        all
    }

    /// Reads one, unfolded.
    fn read(line: usize, text: &str) -> Result<Self, (usize, String)> {
        let wrong = || {
            let text: String = text.chars().take(40).collect();
            (line, format!("`{text}` is no line of a calendar, which has a name, a colon and a value"))
        };
        let mut quoted = false;
        let mut ends = Vec::new();
        let mut colon = None;
        for (at, c) in text.char_indices() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => ends.push(at),
                ':' if !quoted => {
                    colon = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let colon = colon.ok_or_else(wrong)?;
        ends.push(colon);
        let name = text[..ends[0]].trim().to_ascii_uppercase();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') {
            return Err(wrong());
        }
        let parameters = ends.windows(2).filter_map(|pair| text[pair[0] + 1..pair[1]].split_once('='));
        let parameters =
            parameters.map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"').to_owned())).collect();
        Ok(Self { line, name, parameters, value: text[colon + 1..].to_owned() })
    }
}

/// The properties of a text, in its order.
///
/// # Errors
/// The first line that is none.
pub(super) fn properties(text: &str) -> Result<Vec<Property>, (usize, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), &mut open) {
            (Some(rest), Some((_, whole))) => whole.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => {
                if let Some((first, whole)) = open.replace((number, line.to_owned())) {
                    all.push(Property::read(first, &whole)?);
                }
            }
        }
    }
    if let Some((first, whole)) = open {
        all.push(Property::read(first, &whole)?);
    }
    Ok(all)
}

/// A text with what has a meaning escaped; a control character has no place in it.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded between characters.
pub(super) fn push(out: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > LONGEST {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
