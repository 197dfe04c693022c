//! Unit files (systemd.syntax(7)): sections of assignments, of one file and its drop-ins in the order in which they count.

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Without the brackets.
    pub section: String,
    /// The name.
    pub key: String,
    /// The value, continued lines joined, as it was written otherwise.
    pub value: String,
    /// `FILE:LINE:COLUMN`, of the value.
    pub place: String,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// With its suffix and instance: `backup@photos.timer`.
    pub name: String,
    /// Its own file, as messages call it.
    pub file: String,
    entries: Vec<Entry>,
}

impl Unit {
    /// A unit of this name with what its own file says.
    pub fn new(name: &str, file: &str, text: &str) -> Self {
        let mut unit = Self { name: name.to_owned(), file: file.to_owned(), entries: Vec::new() };
        unit.add(file, text);
        unit
    }

    /// Adds what a drop-in says. Lines that are no assignment in a section are left out, as systemd does.
    pub fn add(&mut self, file: &str, text: &str) {
        let mut section = String::new();
        let mut lines = (1..).zip(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)));
        while let Some((number, line)) = lines.next() {
            let mut whole = line.to_owned();
            if is_comment(line) {
                continue;
            }
            while whole.ends_with('\\') {
                whole.pop();
                whole.push(' ');
                // Comments between continued lines belong to neither.
                match lines.find(|(_, line)| !is_comment(line)) {
                    Some((_, line)) => whole.push_str(line),
                    None => break,
                }
            }
            let trimmed = whole.trim();
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
            } else if let Some((key, value)) = whole.split_once('=').filter(|_| !section.is_empty()) {
                let spaces = value.len() - value.trim_start().len();
                let column =
                    whole[..=key.len() + spaces].chars().count() + usize::from(spaces < value.len() || spaces == 0);
                self.entries.push(Entry {
                    section: section.clone(),
                    key: key.trim().to_owned(),
                    value: value.trim().to_owned(),
                    place: format!("{file}:{number}:{}", column.max(1)),
                });
            }
        }
    }

    /// All assignments of a section, in order.
    pub fn section<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// Whether it has such a section.
    pub fn has(&self, section: &str) -> bool {
        self.section(section).next().is_some()
    }

    /// The values of a setting that is a list: an empty value takes back those before it.
    pub fn list(&self, section: &str, key: &str) -> Vec<&Entry> {
        let mut found = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.section == section && entry.key == key) {
            if entry.value.is_empty() { found.clear() } else { found.push(entry) }
        }
        found
    }

    /// The value of a setting that has one: the last counts, an empty one is none.
    pub fn last(&self, section: &str, key: &str) -> Option<&Entry> {
        self.list(section, key).pop()
    }

    /// Whether a setting is switched on.
    pub fn is_on(&self, section: &str, key: &str) -> bool {
        self.last(section, key)
            .is_some_and(|entry| matches!(entry.value.as_str(), "1" | "yes" | "y" | "true" | "t" | "on"))
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

/// Words of a value, with systemd's quotes and escapes. An unknown escape stays as it is; the error is a quote without its end.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push_str(&escape(&mut chars)),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(quote) = quote {
        return Err(format!("there is no second {quote}"));
    }
    words.extend(word);
    Ok(words)
}

/// What follows a backslash.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let Some(c) = chars.next() else { return "\\".to_owned() };
    let plain = match c {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        's' => ' ',
        '\\' | '"' | '\'' => c,
        'x' | 'u' | 'U' | '0'..='7' => {
            let (radix, length) = match c {
                'x' => (16, 2),
                'u' => (16, 4),
                'U' => (16, 8),
                _ => (8, 3),
            };
            let mut digits = if radix == 8 { c.to_string() } else { String::new() };
            while digits.len() < length
                && let Some(digit) = chars.next_if(|digit| digit.is_digit(radix))
            {
                digits.push(digit);
            }
            let number = u32::from_str_radix(&digits, radix).ok().filter(|_| digits.len() == length);
            return match number.and_then(char::from_u32) {
                Some(character) if character != '\0' => character.to_string(),
                _ if radix == 8 => format!("\\{digits}"),
                _ => format!("\\{c}{digits}"),
            };
        }
        other => return format!("\\{other}"),
    };
    plain.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "; a comment\n[Unit]\nDescription = Back up \\\n# between\n  the photos\nBroken\n[Timer]\nOnCalendar=daily\n\
                        OnCalendar=\nOnCalendar=weekly\r\n Persistent=yes\n[Service]\nExecStart=/bin/a \\\n  b\n";

    #[test]
    fn assignments_have_their_section_and_place_and_lines_that_are_continued_are_one() {
        let mut unit = Unit::new("a.timer", "/x/a.timer", &format!("Lost=1\n{TEXT}"));
        let description = unit.last("Unit", "Description").unwrap();
        assert_eq!(
            (description.value.as_str(), description.place.as_str()),
            ("Back up    the photos", "/x/a.timer:4:15")
        );
        let calendar = unit.list("Timer", "OnCalendar");
        assert_eq!(calendar.len(), 1);
        assert_eq!((calendar[0].value.as_str(), calendar[0].place.as_str()), ("weekly", "/x/a.timer:11:12"));
        assert!(unit.is_on("Timer", "Persistent") && !unit.is_on("Timer", "WakeSystem"));
        assert_eq!(unit.last("Service", "ExecStart").map(|entry| entry.value.as_str()), Some("/bin/a    b"));
        assert!(!unit.has("Install") && unit.section("Timer").count() == 4);
        unit.add("/x/a.timer.d/b.conf", "[Timer]\nOnCalendar=hourly\nPersistent=no");
        assert_eq!(unit.list("Timer", "OnCalendar").len(), 2);
        assert!(!unit.is_on("Timer", "Persistent"));
    }

    #[test]
    fn words_have_quotes_and_escapes() {
        for (text, expected) in [
            ("", &[][..]),
            (" a  b ", &["a", "b"]),
            (r#""a b" 'c "d' e'f'g"#, &["a b", "c \"d", "efg"]),
            (r#"a\sb \x41\101 "\u00e9\n" \d \x4"#, &["a b", "AA", "é\n", "\\d", "\\x4"]),
            ("'' x", &["", "x"]),
            ("a\\", &["a\\"]),
            (r"\x00", &["\\x00"]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        assert!(words("a 'b").unwrap_err().contains('\''));
    }

    proptest::proptest! {
        #[test]
        fn x1_no_text_makes_it_panic(text in ".*|[a-zA-Z=\\[\\]\\\\ \n#;\"'%$]{0,80}") {
            let unit = Unit::new("a", "a", &text);
            for entry in unit.section("a") {
                let _ = words(&entry.value);
            }
            let _ = words(&text);
        }
    }
}
