//! The grammar: words side by side, `or`, `not`, parentheses, and what stands behind a key.

use super::lexer::{Letter, Piece, pieces};
use super::time::When;
use super::{Compare, Filter, FilterError, Key, Term, Values};
use crate::domain::spelling::nearest;

type Result<T> = std::result::Result<T, FilterError>;

/// Parentheses go no deeper.
const DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Filter> {
    let mut reader = Reader { pieces: pieces(text)?, at: 0, end: text.chars().count(), depth: 0 };
    let filter = reader.any()?;
    match reader.pieces.get(reader.at) {
        None => Ok(filter),
        Some(Piece::Close(at)) => Err(FilterError::new(*at, 1, "there is no ( for this )")),
        Some(Piece::Open(at) | Piece::Word(at, ..)) => Err(FilterError::new(*at, 1, "nothing can follow here")),
    }
}

struct Reader {
    pieces: Vec<Piece>,
    at: usize,
    /// Where the text ends.
    end: usize,
    depth: usize,
}

impl Reader {
    /// Whether the next piece is this word, and not in quotes.
    fn is(&self, word: &str) -> bool {
        matches!(self.pieces.get(self.at), Some(Piece::Word(_, letters, _)) if is_bare(letters, word))
    }

    /// The place of the next piece and how long it is.
    fn here(&self) -> (usize, usize) {
        match self.pieces.get(self.at) {
            None => (self.end, 0),
            Some(Piece::Open(at) | Piece::Close(at)) => (*at, 1),
            Some(Piece::Word(at, _, end)) => (*at, end - at),
        }
    }

    fn any(&mut self) -> Result<Filter> {
        let mut any = vec![self.all()?];
        while self.is("or") {
            let (at, length) = self.here();
            self.at += 1;
            let next = self.all()?;
            if any.last().is_some_and(Filter::is_everything) || next.is_everything() {
                return Err(FilterError::new(
                    at,
                    length,
                    "`or` stands between two things; write \"or\" to search for it",
                ));
            }
            any.push(next);
        }
        Ok(one_or(any, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter> {
        let mut all = Vec::new();
        loop {
            match self.pieces.get(self.at) {
                None | Some(Piece::Close(_)) => break,
                Some(_) if self.is("or") => break,
                Some(_) if self.is("and") => {
                    let (at, length) = self.here();
                    self.at += 1;
                    let nothing = matches!(self.pieces.get(self.at), None | Some(Piece::Close(_)));
                    if all.is_empty() || nothing || self.is("or") || self.is("and") {
                        let problem = "`and` stands between two things; write \"and\" to search for it";
                        return Err(FilterError::new(at, length, problem));
                    }
                }
                Some(_) => all.push(self.one()?),
            }
        }
        Ok(one_or(all, Filter::All))
    }

    fn one(&mut self) -> Result<Filter> {
        let here = self.here();
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(FilterError::new(here.0, here.1, "this goes too deep"));
        }
        let one = match self.pieces.get(self.at).cloned() {
            Some(Piece::Open(at)) => {
                self.at += 1;
                let inner = self.any()?;
                if !matches!(self.pieces.get(self.at), Some(Piece::Close(_))) {
                    return Err(FilterError::new(at, 1, "this ( has no )"));
                }
                if inner.is_everything() {
                    return Err(FilterError::new(at, 2, "there is nothing between the parentheses"));
                }
                self.at += 1;
                inner
            }
            Some(Piece::Word(..)) if self.is("not") || self.is("-") || self.is("!") => {
                self.at += 1;
                if matches!(self.pieces.get(self.at), None | Some(Piece::Close(_))) || self.is("or") || self.is("and") {
                    return Err(FilterError::new(here.0, here.1, "nothing follows that could be left out"));
                }
                Filter::Not(Box::new(self.one()?))
            }
            Some(Piece::Word(at, letters, end)) => {
                self.at += 1;
                word(at, &letters, end)?
            }
            Some(Piece::Close(_)) | None => return Err(FilterError::new(here.0, here.1, "something is missing here")),
        };
        self.depth -= 1;
        Ok(one)
    }
}

/// The only one, or all of them together.
fn one_or(mut several: Vec<Filter>, together: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match several.pop() {
        None => Filter::default(),
        Some(last) if several.is_empty() => last,
        Some(last) => {
            several.push(last);
            together(several)
        }
    }
}

fn is_bare(letters: &[Letter], word: &str) -> bool {
    letters.iter().all(|letter| !letter.quoted)
        && letters.len() == word.len()
        && letters.iter().zip(word.chars()).all(|(letter, c)| letter.c.eq_ignore_ascii_case(&c))
}

fn text(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.c).collect()
}

/// A word with what is in front of it.
fn word(at: usize, letters: &[Letter], end: usize) -> Result<Filter> {
    match letters.first() {
        Some(Letter { c: '-', quoted: false, .. }) if letters.len() > 1 => {
            Ok(Filter::Not(Box::new(word(at + 1, &letters[1..], end)?)))
        }
        Some(Letter { c: '+', quoted: false, .. }) if letters.len() > 1 => {
            Ok(Filter::Term(Term::Names(Key::Tag, vec![text(&letters[1..])], false)))
        }
        Some(Letter { c: '@', quoted: false, .. }) if letters.len() > 1 => {
            Ok(Filter::Term(Term::Names(Key::Assignee, vec![text(&letters[1..])], false)))
        }
        Some(Letter { c: '-' | '+', quoted: false, .. }) => {
            Err(FilterError::new(at, end - at, "a tag or a word is missing behind the sign"))
        }
        None => Err(FilterError::new(at, end - at, "there is no text in these quotes")),
        Some(_) => match split(letters) {
            Some((key, sign, value)) => Ok(Filter::Term(term(at, &key, sign, value, end)?)),
            None => Ok(Filter::Term(Term::Word(text(letters)))),
        },
    }
}

/// What stands between key and value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Compare(Compare),
    /// `=`
    Exactly,
}

/// Key, sign and value, when the word has these. `a=b` and `a<b` are words like others when `a` is no key nor near to one.
fn split(letters: &[Letter]) -> Option<(String, Sign, &[Letter])> {
    let place = letters.iter().position(|letter| !letter.quoted && matches!(letter.c, ':' | '<' | '>' | '='))?;
    let key = &letters[..place];
    let name = text(key);
    if key.is_empty() || key.iter().any(|letter| letter.quoted) {
        return None;
    }
    let field = name.strip_prefix("field.").is_some();
    if letters[place].c != ':' && !field && Key::from_word(&name).is_none() && Key::nearest(&name).is_none() {
        return None;
    }
    let mut rest = &letters[place + usize::from(letters[place].c == ':')..];
    let mut next = |wanted: char| {
        let is = rest.first().is_some_and(|letter| !letter.quoted && letter.c == wanted);
        if is {
            rest = &rest[1..];
        }
        is
    };
    let sign = if next('<') {
        Sign::Compare(if next('=') { Compare::AtMost } else { Compare::Less })
    } else if next('>') {
        Sign::Compare(if next('=') { Compare::AtLeast } else { Compare::More })
    } else if next('=') {
        Sign::Exactly
    } else {
        Sign::Compare(Compare::Is)
    };
    Some((name, sign, rest))
}

fn term(at: usize, name: &str, sign: Sign, value: &[Letter], end: usize) -> Result<Term> {
    let length = name.chars().count();
    let from = value.first().map_or(end, |letter| letter.at);
    let wrong = |problem: String| FilterError::new(from, end.saturating_sub(from), problem);
    let field = name.get(..6).filter(|start| start.eq_ignore_ascii_case("field.")).map(|_| &name[6..]);
    let key = Key::from_word(name);
    if key.is_none() && field.is_none_or(str::is_empty) {
        let known = match (field, Key::nearest(&name.to_ascii_lowercase())) {
            (Some(_), _) => "the name of a field is missing, as in field.customer:acme".to_owned(),
            (None, Some(key)) => format!("there is no key `{name}`; did you mean {key}?"),
            (None, None) => {
                let keys: Vec<&str> = Key::ALL.iter().map(|key| key.word()).collect();
                format!(
                    "there is no key `{name}`; put \" around it to search for the text, or use {} or field.NAME",
                    keys.join(", ")
                )
            }
        };
        return Err(FilterError::new(at, length, known));
    }
    let parts: Vec<&[Letter]> = value.split(|letter| !letter.quoted && letter.c == ',').collect();
    let bare = |word: &str| parts.len() == 1 && is_bare(value, word);
    let is = matches!(sign, Sign::Compare(Compare::Is) | Sign::Exactly);
    // `""` is a value that was left out on purpose; nothing behind the colon was not typed yet.
    if value.is_empty() && key.is_some() {
        return Err(wrong(format!("a value is missing behind `{name}`, as in {}", example(key))));
    }
    let compare = if let Sign::Compare(compare) = sign { compare } else { Compare::Is };
    let Some(key) = key else {
        let field = field.unwrap_or_default().to_owned();
        return Ok(match () {
            () if is && bare("none") => Term::HasField(field, false),
            () if is && bare("any") => Term::HasField(field, true),
            () => Term::Field(field, compare, text(value)),
        });
    };
    if is && key.may_lack() && (bare("none") || bare("any")) {
        return Ok(Term::Has(key, bare("any")));
    }
    let no_order = || wrong(format!("{} has no order; write {}", key.word(), example(Some(key))));
    match key.values() {
        Values::Words(words) => {
            if !is {
                return Err(no_order());
            }
            let words = parts.iter().map(|part| choose(key, words, part, end)).collect::<Result<Vec<_>>>()?;
            Ok(Term::Words(key, words))
        }
        Values::Number(least, most) => {
            let typed = text(value);
            let number = typed.trim_end_matches('%').parse().ok().filter(|number| (least..=most).contains(number));
            let number = number.ok_or_else(|| {
                wrong(format!("`{typed}` is not a number from {least} to {most}, as in {}", example(Some(key))))
            })?;
            Ok(Term::Number(key, compare, number))
        }
        Values::Past | Values::Coming => {
            if key == Key::Due && is && bare("overdue") {
                return Ok(Term::Overdue);
            }
            let typed = text(value);
            let when = When::parse(&typed)
                .ok_or_else(|| wrong(format!("`{typed}` is not a time, write {}", example(Some(key)))))?;
            let compare = match (compare, when) {
                // `due:3d` is what is due within three days.
                (Compare::Is, When::Distance(_)) => Compare::Less,
                (Compare::Is, When::At(_) | When::Clock(_) | When::Shift(..) | When::Now) => {
                    return Err(wrong(format!("an instant goes with < or >, as in {}:<{typed}", key.word())));
                }
                (compare, _) => compare,
            };
            Ok(Term::Time(key, compare, when))
        }
        Values::Name | Values::Text if !is => Err(no_order()),
        Values::Name => {
            if let Some(empty) = parts.iter().find(|part| part.is_empty()) {
                let at = empty.first().map_or(from, |letter| letter.at);
                return Err(FilterError::new(
                    at,
                    end - at,
                    format!("a value is missing, as in {}", example(Some(key))),
                ));
            }
            let exactly = key == Key::Category && sign == Sign::Exactly;
            let name = |part: &&[Letter]| {
                let name = text(part);
                if key == Key::Category { name.trim_matches('/').to_owned() } else { name }
            };
            Ok(Term::Names(key, parts.iter().map(name).collect(), exactly))
        }
        Values::Text => Ok(Term::Contains(key, text(value), key == Key::Name && sign == Sign::Exactly)),
    }
}

fn choose(
    key: Key,
    words: &'static [(&'static str, &'static str)],
    part: &[Letter],
    end: usize,
) -> Result<&'static str> {
    let typed = text(part).replace('-', "_");
    if let Some((_, word)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&typed)) {
        return Ok(*word);
    }
    let at = part.first().map_or(end, |letter| letter.at);
    let mut all: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
    all.dedup();
    let all: Vec<&str> =
        all.iter().enumerate().filter(|(n, word)| !all[..*n].contains(word)).map(|(_, word)| *word).collect();
    let near = nearest(&typed, words.iter().map(|(word, _)| *word))
        .map_or(String::new(), |near| format!("; did you mean {near}?"));
    let problem = match (key, typed.as_str()) {
        (Key::Status, "overdue") => "what is overdue is due:overdue".to_owned(),
        _ => format!("`{typed}` is no {}{near} There are {}", key.word(), all.join(", ")),
    };
    let problem = if near.is_empty() { problem.replace(" There are", "; there are") } else { problem };
    Err(FilterError::new(at, part.len().max(1), problem))
}

/// How it is written, for messages.
fn example(key: Option<Key>) -> &'static str {
    match key {
        None => "field.customer:acme",
        Some(key) => match key {
            Key::Status => "status:open",
            Key::Kind => "kind:script",
            Key::Type => "type:order",
            Key::State => "state:failed",
            Key::Priority => "priority:<=3",
            Key::Progress => "progress:>=50",
            Key::Due => "due:<3d, due:today, due:overdue, due:>2026-12-24",
            Key::Created => "created:<7d for the last seven days, created:today, created:>2026-12-24",
            Key::Updated => "updated:<7d for the last seven days, updated:today, updated:>2026-12-24",
            Key::Begun => "begun:<7d for the last seven days, begun:today, begun:>2026-12-24",
            Key::Done => "done:<7d for the last seven days, done:today, done:>2026-12-24",
            Key::Next => "next:<2h, next:today, next:>2026-12-24",
            Key::Last => "last:<1d for the last day, last:today, last:>2026-12-24",
            Key::Category => "category:media",
            Key::Tag => "tag:home or +home",
            Key::Assignee => "assignee:ana or assignee:me",
            Key::Name => "name:backup",
            Key::Text => "text:\"two words\"",
            Key::Paused => "paused:yes",
            Key::Late => "late:yes",
            Key::Blocked => "blocked:yes",
        },
    }
}
