//! The grammar of vi's commands: count, operator, motion.

/// What was typed so far means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Nothing yet.
    More,
    /// Nothing ever.
    Bad,
    /// This, so often; `None` when no count was typed.
    Do(What, Option<usize>),
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An operator on something.
    Op(Op, Target),
    /// A move.
    Go(Motion),
    /// A command of one letter.
    One(char),
    /// The text object of this letter is selected; with `true` with what is around it.
    Select(bool, char),
    /// `r` and what comes in the place of the character.
    Put(char),
    /// `z` and where the line comes to.
    Scroll(char),
    /// `ZZ` or `ZQ`.
    Out(bool),
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Delete,
    Change,
    Yank,
    In,
    Out,
    Comment,
    Upper,
    Lower,
    Swap,
}

/// What an operator is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// From here to there.
    To(Motion),
    /// Whole lines from here on.
    Lines,
    /// The text object of this letter; with `true` with what is around it.
    Object(bool, char),
    /// What is selected.
    Selected,
}

/// A move, by its key; `g` is `gg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Motion(pub(super) char, pub(super) Option<char>);

const MOTIONS: &str = "hjklwWbBeE0^$G;,%{}nN+-_HML*#";
const ONES: &str = "xXpPoOJuiaIAsSCDYvV.~:/?";

/// Reads what was typed; `selected` while there is a selection.
pub(super) fn parse(keys: &str, selected: bool) -> Parsed {
    let mut rest = keys;
    let count = number(&mut rest);
    let Some(c) = next(&mut rest) else { return Parsed::More };
    let op = match c {
        'd' => Op::Delete,
        'c' => Op::Change,
        'y' => Op::Yank,
        '>' => Op::In,
        '<' => Op::Out,
        'x' | 'X' if selected => Op::Delete,
        's' if selected => Op::Change,
        'u' if selected => Op::Lower,
        'U' if selected => Op::Upper,
        '~' if selected => Op::Swap,
        'g' => match next(&mut rest) {
            None => return Parsed::More,
            Some('g') => return Parsed::Do(What::Go(Motion('g', None)), count),
            Some('c') => Op::Comment,
            Some('u') => Op::Lower,
            Some('U') => Op::Upper,
            Some('~') => Op::Swap,
            Some(_) => return Parsed::Bad,
        },
        'r' => return next(&mut rest).map_or(Parsed::More, |c| Parsed::Do(What::Put(c), count)),
        'z' => return next(&mut rest).map_or(Parsed::More, |c| Parsed::Do(What::Scroll(c), count)),
        'Z' => {
            return match next(&mut rest) {
                None => Parsed::More,
                Some('Z') => Parsed::Do(What::Out(true), count),
                Some('Q') => Parsed::Do(What::Out(false), count),
                Some(_) => Parsed::Bad,
            };
        }
        'i' | 'a' if selected => {
            return next(&mut rest).map_or(Parsed::More, |letter| Parsed::Do(What::Select(c == 'a', letter), count));
        }
        c => {
            return match motion(c, &mut rest) {
                Read::Is(motion) => Parsed::Do(What::Go(motion), count),
                Read::Begins => Parsed::More,
                Read::Not if ONES.contains(c) => Parsed::Do(What::One(c), count),
                Read::Not => Parsed::Bad,
            };
        }
    };
    if selected {
        return Parsed::Do(What::Op(op, Target::Selected), count);
    }
    let second = number(&mut rest);
    let count = match (count, second) {
        (Some(a), Some(b)) => Some(a.saturating_mul(b)),
        (a, b) => a.or(b),
    };
    let Some(letter) = next(&mut rest) else { return Parsed::More };
    let doubled = match op {
        Op::Comment => letter == 'c',
        Op::Upper => letter == 'U',
        Op::Lower => letter == 'u',
        _ => letter == c || (op == Op::Swap && letter == '~'),
    };
    if doubled {
        return Parsed::Do(What::Op(op, Target::Lines), count);
    }
    match letter {
        'i' | 'a' => match next(&mut rest) {
            None => Parsed::More,
            Some(object) => Parsed::Do(What::Op(op, Target::Object(letter == 'a', object)), count),
        },
        'g' => match next(&mut rest) {
            None => Parsed::More,
            Some('g') => Parsed::Do(What::Op(op, Target::To(Motion('g', None))), count),
            Some(_) => Parsed::Bad,
        },
        letter => match motion(letter, &mut rest) {
            Read::Is(motion) => Parsed::Do(What::Op(op, Target::To(motion)), count),
            Read::Begins => Parsed::More,
            Read::Not => Parsed::Bad,
        },
    }
}

/// What a key is as a motion.
enum Read {
    Not,
    Begins,
    Is(Motion),
}

fn motion(c: char, rest: &mut &str) -> Read {
    match c {
        'f' | 'F' | 't' | 'T' => next(rest).map_or(Read::Begins, |arg| Read::Is(Motion(c, Some(arg)))),
        c if MOTIONS.contains(c) => Read::Is(Motion(c, None)),
        _ => Read::Not,
    }
}

fn next(rest: &mut &str) -> Option<char> {
    let c = rest.chars().next()?;
    *rest = &rest[c.len_utf8()..];
    Some(c)
}

/// A count does not begin with 0, which is a motion.
fn number(rest: &mut &str) -> Option<usize> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 || rest.starts_with('0') {
        return None;
    }
    let n = rest[..digits].parse().unwrap_or(usize::MAX);
    *rest = &rest[digits..];
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_vi_reads_them() {
        let to = |key| Target::To(Motion(key, None));
        for (keys, parsed) in [
            ("", Parsed::More),
            ("3", Parsed::More),
            ("d", Parsed::More),
            ("2d3", Parsed::More),
            ("2d3w", Parsed::Do(What::Op(Op::Delete, to('w')), Some(6))),
            ("dd", Parsed::Do(What::Op(Op::Delete, Target::Lines), None)),
            ("3>>", Parsed::Do(What::Op(Op::In, Target::Lines), Some(3))),
            ("gcc", Parsed::Do(What::Op(Op::Comment, Target::Lines), None)),
            ("gcj", Parsed::Do(What::Op(Op::Comment, to('j')), None)),
            ("ci\"", Parsed::Do(What::Op(Op::Change, Target::Object(false, '"')), None)),
            ("daw", Parsed::Do(What::Op(Op::Delete, Target::Object(true, 'w')), None)),
            ("d0", Parsed::Do(What::Op(Op::Delete, to('0')), None)),
            ("10G", Parsed::Do(What::Go(Motion('G', None)), Some(10))),
            ("gg", Parsed::Do(What::Go(Motion('g', None)), None)),
            ("dgg", Parsed::Do(What::Op(Op::Delete, to('g')), None)),
            ("f", Parsed::More),
            ("2fx", Parsed::Do(What::Go(Motion('f', Some('x'))), Some(2))),
            ("dtx", Parsed::Do(What::Op(Op::Delete, Target::To(Motion('t', Some('x')))), None)),
            ("rx", Parsed::Do(What::Put('x'), None)),
            ("ZZ", Parsed::Do(What::Out(true), None)),
            ("dq", Parsed::Bad),
            ("Q", Parsed::Bad),
        ] {
            assert_eq!(parse(keys, false), parsed, "{keys}");
        }
        assert_eq!(parse("d", true), Parsed::Do(What::Op(Op::Delete, Target::Selected), None));
        assert_eq!(parse("gc", true), Parsed::Do(What::Op(Op::Comment, Target::Selected), None));
        assert_eq!(parse("iw", true), Parsed::Do(What::Select(false, 'w'), None));
    }
}
