//! Versions of Python, and which one a script is to run with: as a person says it, and as `requires-python` does (PEP 440).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A release, as `3.12.1`; what comes before one (`3.13.0rc1`) counts as it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(Vec<u32>);

impl Release {
    /// From its numbers.
    pub fn new(numbers: &[u32]) -> Self {
        Self(numbers.to_vec())
    }

    /// Whether it is this one, or begins with it: `3.12.1` is in `3.12`.
    pub fn is_in(&self, series: &Self) -> bool {
        self.0.starts_with(&series.0)
    }

    /// The numbers, as many as are said.
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }

    /// The first so many numbers, with zeros where none are said.
    fn padded(&self, count: usize) -> Vec<u32> {
        (0..count).map(|n| self.0.get(n).copied().unwrap_or(0)).collect()
    }

    /// Compares as PEP 440 does: `3.12` is `3.12.0`.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let count = self.0.len().max(other.0.len());
        self.padded(count).cmp(&other.padded(count))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.pad(&numbers.join("."))
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // `3.13.0rc1`, `3.14.0a2`, `3.12.1+`: the last number ends where something else begins.
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers: Result<Vec<u32>, _> = text[..end].split('.').map(str::parse).collect();
        numbers.map(Self).map_err(|_| format!("`{text}` is not a version such as 3.12"))
    }
}

/// Which interpreter a task names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The newest one of a series, as `3.12`.
    Version(Release),
    /// This very file.
    Path(PathBuf),
    /// A program that is looked up in `PATH`, as `python3.11` or `pypy3`.
    Name(String),
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => f.pad(&version.to_string()),
            Self::Path(path) => f.pad(&path.display().to_string()),
            Self::Name(name) => f.pad(name),
        }
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const RIGHT: &str = "3.12, /usr/bin/python3.11 or a name such as python3.11";
        if text.starts_with('/') {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
        if digits {
            let version: Release = text.parse().map_err(|e| format!("{e}; it is {RIGHT}"))?;
            return match version.numbers() {
                [3, ..] => Ok(Self::Version(version)),
                _ => Err(format!("only Python 3 has environments: {RIGHT}")),
            };
        }
        let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if is_name { Ok(Self::Name(text.to_owned())) } else { Err(format!("`{text}` is not {RIGHT}")) }
    }
}

/// Which versions will do: the clauses of `requires-python`, which all have to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requires(Vec<Clause>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    operator: Operator,
    version: Release,
    /// `==3.11.*`: any release that begins so.
    any: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    AtLeast,
    AtMost,
    Above,
    Below,
    Is,
    IsNot,
    Compatible,
}

/// The longer ones first, so that `>=` is not taken for `>`.
const OPERATORS: &[(&str, Operator)] = &[
    ("===", Operator::Is),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("~=", Operator::Compatible),
    (">", Operator::Above),
    ("<", Operator::Below),
];

impl Operator {
    fn sign(self) -> &'static str {
        OPERATORS.iter().rev().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }
}

impl Requires {
    /// Whether a version will do.
    pub fn allow(&self, version: &Release) -> bool {
        self.0.iter().all(|clause| clause.holds(version))
    }

    /// Whether any version will do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Clause {
    fn holds(&self, version: &Release) -> bool {
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Is if self.any => version.is_in(&self.version),
            Operator::IsNot if self.any => !version.is_in(&self.version),
            Operator::AtLeast => order.is_ge(),
            Operator::AtMost => order.is_le(),
            Operator::Above => order.is_gt(),
            Operator::Below => order.is_lt(),
            Operator::Is => order.is_eq(),
            Operator::IsNot => order.is_ne(),
            // `~=3.10.2` is `>=3.10.2, ==3.10.*`.
            Operator::Compatible => {
                let series = Release::new(&self.version.0[..self.version.0.len() - 1]);
                order.is_ge() && version.is_in(&series)
            }
        }
    }
}

impl fmt::Display for Requires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clause = |c: &Clause| format!("{}{}{}", c.operator.sign(), c.version, if c.any { ".*" } else { "" });
        f.pad(&self.0.iter().map(clause).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Requires {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|clause| !clause.is_empty())
            .map(clause)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn clause(text: &str) -> Result<Clause, String> {
    let wrong = || format!("`{text}` is not a version clause such as >=3.9, <3.13 or ==3.11.*");
    let (sign, operator) = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign)).ok_or_else(wrong)?;
    let version = text[sign.len()..].trim();
    let (version, any) = version.strip_suffix(".*").map_or((version, false), |series| (series, true));
    if !version.starts_with(|c: char| c.is_ascii_digit()) || version.contains(char::is_whitespace) {
        return Err(wrong());
    }
    let version: Release = version.parse().map_err(|_| wrong())?;
    if any && !matches!(operator, Operator::Is | Operator::IsNot) {
        return Err(format!("`{text}`: only == and != take .*"));
    }
    if *operator == Operator::Compatible && version.0.len() < 2 {
        return Err(format!("`{text}`: ~= takes two numbers or more, as in ~=3.10"));
    }
    Ok(Clause { operator: *operator, version, any })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(requires: &str, version: &str) -> bool {
        requires.parse::<Requires>().unwrap().allow(&version.parse().unwrap())
    }

    #[test]
    fn requires_python_means_what_pep_440_says() {
        for (requires, yes, no) in [
            (">=3.9", "3.9", "3.8.18"),
            (">=3.9,<3.13", "3.12.4", "3.13.0"),
            ("~=3.10", "3.12.0", "3.9.1"),
            ("~=3.10", "3.10", "4.0"),
            ("~=3.10.2", "3.10.9", "3.11.0"),
            ("==3.11.*", "3.11.7", "3.12.0"),
            ("!=3.9.1, >3", "3.9.2", "3.9.1"),
            ("==3.12", "3.12.0", "3.12.1"),
            ("===3.12.1", "3.12.1", "3.12.2"),
            ("!=3.9.*", "3.10.0", "3.9.4"),
            ("<=3.11", "3.11.0", "3.11.1"),
            (">3.11", "3.11.1", "3.11"),
        ] {
            assert!(allows(requires, yes), "{requires} allows {yes}");
            assert!(!allows(requires, no), "{requires} does not allow {no}");
        }
        assert!(allows("", "3.6") && allows(">=3.13", "3.13.0rc1"));
        assert_eq!(">= 3.9 , ==3.11.*".parse::<Requires>().unwrap().to_string(), ">=3.9,==3.11.*");
    }

    #[test]
    fn x1_a_wrong_clause_says_what_would_be_right() {
        for (text, expected) in [
            ("3.9", ">=3.9"),
            (">=", ">=3.9"),
            (">=three", ">=3.9"),
            (">=3.9.*", "only == and !="),
            ("~=3", "~=3.10"),
            (">=3.9 <3.12", ">=3.9"),
        ] {
            let e = text.parse::<Requires>().unwrap_err();
            assert!(e.contains(expected), "{text}: {e}");
        }
    }

    #[test]
    fn a_choice_is_a_version_a_path_or_a_name_and_is_shown_as_it_was_said() {
        for text in ["3.12", "3.12.1", "3", "/usr/bin/python3.11", "python3.11", "pypy3"] {
            assert_eq!(text.parse::<Choice>().unwrap().to_string(), text);
        }
        assert!(matches!("3.12".parse(), Ok(Choice::Version(_))));
        for wrong in ["2.7", "3..1", "", "a b", "python3;rm", "--x"] {
            assert!(wrong.parse::<Choice>().is_err_and(|e| e.contains("3.12")), "{wrong}");
        }
    }
}
