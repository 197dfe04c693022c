//! The pieces of a filter: parentheses, and words of which some letters may be in quotes.

use super::FilterError;

/// A letter, and whether it was in quotes: then it is nothing but a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) c: char,
    pub(super) quoted: bool,
    /// Where it stands.
    pub(super) at: usize,
}

/// A piece and where it stands, in characters from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Open(usize),
    Close(usize),
    /// Letters without a space between them; none are left of `""`, which is a text all the same.
    Word(usize, Vec<Letter>, usize),
}

/// Cuts a text into its pieces. Each word knows where it ends.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, FilterError> {
    let mut pieces = Vec::new();
    let mut letters = text.chars().enumerate().peekable();
    let mut word: Option<(usize, Vec<Letter>)> = None;
    while let Some((at, c)) = letters.next() {
        if c.is_whitespace() || c == '(' || c == ')' {
            if let Some((from, letters)) = word.take() {
                pieces.push(Piece::Word(from, letters, at));
            }
            match c {
                '(' => pieces.push(Piece::Open(at)),
                ')' => pieces.push(Piece::Close(at)),
                _ => {}
            }
            continue;
        }
        let (_, into) = word.get_or_insert_with(|| (at, Vec::new()));
        if c != '"' {
            into.push(Letter { c, quoted: false, at });
            continue;
        }
        loop {
            match letters.next() {
                None => {
                    let length = text.chars().count() - at;
                    return Err(FilterError::new(at, length, "this quote has no end; put another \" behind the text"));
                }
                Some((_, '"')) => break,
                Some((at, '\\')) => match letters.next_if(|(_, c)| matches!(c, '"' | '\\')) {
                    Some((at, c)) => into.push(Letter { c, quoted: true, at }),
                    None => into.push(Letter { c: '\\', quoted: true, at }),
                },
                Some((at, c)) => into.push(Letter { c, quoted: true, at }),
            }
        }
    }
    if let Some((from, letters)) = word {
        pieces.push(Piece::Word(from, letters, text.chars().count()));
    }
    Ok(pieces)
}
