//! How serious a line is, as far as it says so: a field of JSON or logfmt, a word such as `ERROR` or `warn:`, the mark of a crash.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

/// How serious a line is. A later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// Bytes of a line in which its level is looked for: programs say it before they say anything else.
pub const LOOKED_AT: usize = 512;
/// Bytes from the beginning in which a word by itself is the level, and not a part of what is said.
const HEAD: usize = 96;

/// The level of a line without its `\n`; `None` when it says none. Escape sequences do not belong in it.
pub fn of(line: &[u8]) -> Option<Level> {
    let line = &line[..line.len().min(LOOKED_AT)];
    if let Some(level) = of_priority(line) {
        return Some(level);
    }
    if let Some(level) = of_field(line) {
        return Some(level);
    }
    of_words(line).or_else(|| of_crash(line))
}

/// What each line of this level or of a worse one matches, and some others: to leave out fast what cannot be one. `None` when
/// nearly every line would match it.
pub fn sieve(level: Level) -> Option<&'static Regex> {
    static SIEVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = [
            "warn", "wrn", "err", "eror", "sever", "failure", "fatal", "ftl", "crit", "alert", "emerg", "panic",
            "level", "lvl",
        ];
        // Written out: few enough words in few enough ways are looked for all at once, by far the fastest way.
        let ways = |word: &str| [word.to_owned(), word.to_uppercase(), word[..1].to_uppercase() + &word[1..]].join("|");
        let words = words.map(ways).join("|");
        let all = format!("{words}|Traceback|Exception|exception|^<[0-4]>");
        RegexBuilder::new(&all).unicode(false).multi_line(true).build().ok()
    });
    if level >= Level::Warn { SIEVE.as_ref() } else { None }
}

impl Level {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level that a word stands for, small, in capitals or with one.
    fn of_word(word: &[u8]) -> Option<Self> {
        if !is_one_way(word) {
            return None;
        }
        let mut lower = [0; 12];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"trc" | b"verbose" | b"finest" | b"finer" => Self::Trace,
            b"debug" | b"dbg" | b"dbug" | b"fine" => Self::Debug,
            b"info" | b"inf" | b"information" | b"notice" | b"note" => Self::Info,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" | b"eror" | b"severe" | b"failure" => Self::Error,
            b"fatal" | b"ftl" | b"critical" | b"crit" | b"alert" | b"emerg" | b"emergency" | b"panic" => Self::Fatal,
            _ => return None,
        })
    }

    /// The level of a number in a JSON field, as pino and bunyan write it.
    fn of_number(number: &[u8]) -> Option<Self> {
        Some(match number {
            b"10" => Self::Trace,
            b"20" => Self::Debug,
            b"30" => Self::Info,
            b"40" => Self::Warn,
            b"50" => Self::Error,
            b"60" => Self::Fatal,
            _ => return None,
        })
    }
}

/// `<3>` of syslog and of systemd (sd-daemon(3)).
const fn of_priority(line: &[u8]) -> Option<Level> {
    let [b'<', digit @ b'0'..=b'7', b'>', ..] = line else { return None };
    Some(match digit {
        b'0'..=b'2' => Level::Fatal,
        b'3' => Level::Error,
        b'4' => Level::Warn,
        b'5' | b'6' => Level::Info,
        _ => Level::Debug,
    })
}

/// Whether a word is written as people write it: not `eRRor`.
fn is_one_way(word: &[u8]) -> bool {
    let rest = word.get(1..).unwrap_or_default();
    rest.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase)
}

/// The field of JSON (`"level":"warn"`) or of logfmt (`level=warn`).
fn of_field(line: &[u8]) -> Option<Level> {
    const NAMES: [&[u8]; 5] = [b"level", b"lvl", b"severity", b"loglevel", b"log.level"];
    const ENDS: [&[u8]; 9] =
        [b"level", b"Level", b"LEVEL", b"lvl", b"Lvl", b"LVL", b"severity", b"Severity", b"SEVERITY"];
    let starts = memchr::memchr2_iter(b':', b'=', line);
    for at in starts {
        let name = line[..at].trim_ascii_end();
        let name = name.strip_suffix(b"\"").unwrap_or(name);
        let start = name.iter().rposition(|byte| !is_of_name(*byte)).map_or(0, |before| before + 1);
        let name = &name[start..];
        if !NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) || !ENDS.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let value = line[at + 1..].trim_ascii_start();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let end = value.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(value.len());
        if let Some(level) = Level::of_word(&value[..end]).or_else(|| Level::of_number(&value[..end])) {
            return Some(level);
        }
    }
    None
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@')
}

/// The first word that is a level by the way in which it is written: in capitals, in brackets, or before a colon; or it is the
/// first of the line.
fn of_words(line: &[u8]) -> Option<Level> {
    for word in words(&line[..line.len().min(HEAD)]) {
        let Some(level) = Level::of_word(&line[word.clone()]) else { continue };
        let (before, after) = (word.start.checked_sub(1).map(|at| line[at]), line.get(word.end));
        let text = &line[word.clone()];
        let capitals = text.len() > 2 && text.iter().all(u8::is_ascii_uppercase);
        let bracketed = matches!(
            (before, after),
            (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')) | (Some(b'('), Some(b')')) | (Some(b'|'), Some(b'|'))
        );
        // `error: x`, `error[E0308]: x`, `WARN(x)`; and not `error/x` or `error.log`.
        let labels = match after {
            Some(b':') => line.get(word.end + 1).is_none_or(|byte| *byte != b':'),
            Some(b'[') => before.is_none(),
            _ => false,
        };
        let leads = before.is_none() && after.is_none_or(|byte| *byte == b' ') && text[0].is_ascii_uppercase();
        let apart = |byte: Option<&u8>| byte.is_none_or(|byte| !matches!(byte, b'/' | b'-' | b'.' | b'_' | b'='));
        let alone = apart(before.as_ref()) && apart(after);
        if alone && (capitals || bracketed || labels || leads) {
            return Some(level);
        }
    }
    None
}

/// The words of letters.
fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].iter().position(u8::is_ascii_alphabetic)?;
        let end = text[start..].iter().position(|byte| !is_of_word(*byte)).map_or(text.len(), |end| start + end);
        at = end;
        Some(start..end)
    })
}

/// A digit makes it another word.
const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// What programs say when they crash, without a word for it.
fn of_crash(line: &[u8]) -> Option<Level> {
    let starts = [b"Traceback (most recent call last)".as_slice(), b"Exception in thread", b"Unhandled exception"];
    if starts.iter().any(|start| line.starts_with(start)) {
        return Some(Level::Error);
    }
    if memmem::find(line, b"panicked at").is_some() {
        return Some(Level::Fatal);
    }
    // `ValueError: x`, `java.io.IOException: x`: a class of errors, and what it says.
    let colon = memchr::memchr(b':', line)?;
    let class = &line[..colon];
    let is_class = class.len() < HEAD && class.iter().all(|byte| is_of_name(*byte)) && class.contains(&b'E');
    (is_class && (class.ends_with(b"Error") || class.ends_with(b"Exception"))).then_some(Level::Error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASES: &[(&str, Option<Level>)] = &[
        ("2026-01-05 14:12:31 ERROR connection reset", Some(Level::Error)),
        ("error: connection reset by peer, retry 1/3", Some(Level::Error)),
        ("warning: table \"events\" is bloated (38%)", Some(Level::Warn)),
        ("[warn] low on room", Some(Level::Warn)),
        ("<error> of old", Some(Level::Error)),
        ("Error opening the file", Some(Level::Error)),
        ("npm ERR! code 1", Some(Level::Error)),
        ("error[E0308]: mismatched types", Some(Level::Error)),
        ("fatal: not a git repository", Some(Level::Fatal)),
        ("panic: runtime error: index out of range", Some(Level::Fatal)),
        ("thread 'main' panicked at src/main.rs:1", Some(Level::Fatal)),
        ("Traceback (most recent call last):", Some(Level::Error)),
        ("ValueError: invalid literal", Some(Level::Error)),
        ("java.io.IOException: gone", Some(Level::Error)),
        ("Exception in thread \"main\" x", Some(Level::Error)),
        (r#"{"time":1,"level":"warn","msg":"an ERROR in it"}"#, Some(Level::Warn)),
        (r#"{"level":50,"msg":"x"}"#, Some(Level::Error)),
        (r#"{"severity" : "CRITICAL"}"#, Some(Level::Fatal)),
        ("ts=1 level=info msg=\"error: no\"", Some(Level::Info)),
        ("lvl=dbug x", Some(Level::Debug)),
        ("<3>disk is going", Some(Level::Error)),
        ("<6>all is well", Some(Level::Info)),
        ("Severity: Warning", Some(Level::Warn)),
        ("eRRor: x", None),
        ("14:12 [main] DEBUG x.y.Z - an error", Some(Level::Debug)),
        ("NOTE: this", Some(Level::Info)),
        ("0 errors, 0 warnings", None),
        ("no error was found", None),
        ("writing /var/log/error.log", None),
        ("copied ERROR_CODES", None),
        ("std::error::Error is a trait", None),
        ("uploading chunk 0017", None),
        ("", None),
        ("<9>x", None),
        ("an information desk", None),
        ("fine, thank you", None),
    ];

    #[test]
    fn a_line_has_the_level_that_it_says() {
        for (line, level) in CASES {
            assert_eq!(of(line.as_bytes()), *level, "{line}");
        }
    }

    #[test]
    fn a_word_far_into_a_line_is_no_level() {
        let line = format!("{} ERROR x", "a".repeat(200));
        assert_eq!(of(line.as_bytes()), None);
    }

    #[test]
    fn levels_are_in_order() {
        assert!(Level::Trace < Level::Debug && Level::Info < Level::Warn && Level::Error < Level::Fatal);
        assert_eq!(Level::Fatal.word(), "fatal");
    }

    proptest! {
        #[test]
        fn the_sieve_holds_back_no_line_of_its_level(
            parts in prop::collection::vec(prop::sample::select(vec![
                "error", "ERROR", "warn", "WARNING", "level", "lvl", "=", ":", "\"", "50", "fatal", "panic", " ", "[", "]", "<3>",
                "Warn", "LEVEL", "crit", "severity", "Traceback (most recent call last)", "panicked at", "ValueError", "x", "info",
                "log.level", "failure", "Exception", "wrn", "eror", "ftl", "severe",
            ]), 0..8),
        ) {
            let line = parts.concat();
            let sieve = sieve(Level::Warn).unwrap();
            if of(line.as_bytes()).is_some_and(|level| level >= Level::Warn) {
                prop_assert!(sieve.is_match(line.as_bytes()), "{}", line);
            }
        }
    }
}
