//! TOML that a person wrote: a line that is none is said, and does not hide what is in the others.

/// The text with every line that is no TOML made blank, so that all others keep their place; and each such line, from 1, with what is
/// wrong with it.
pub fn readable(text: &str) -> (String, Vec<(usize, String)>) {
    let mut left = text.to_owned();
    let mut wrong = Vec::new();
    while let Err(e) = left.parse::<toml::Table>() {
        let line = e.span().map_or(1, |span| line_of(text, span.start));
        wrong.push((line, e.message().to_owned()));
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let length = text[start..].find('\n').unwrap_or(text.len() - start);
        let blank = " ".repeat(length);
        if left[start..start + length] == blank {
            return (String::new(), wrong);
        }
        left.replace_range(start..start + length, &blank);
    }
    (left, wrong)
}

/// The line, from 1, in which a byte is.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
