//! A filter whose words have become numbers and names: what it means for one person, at one instant.

use super::facts::{self, FactTest};
use super::time::micros;
use super::{Asker, Compare, Filter, Key, Term, When};
use crate::domain::task::{Kind, Status};

/// What a filter means.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// This holds.
    Is(Test),
}

/// What a single look at a task tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// By its facts.
    Facts(FactTest),
    /// Its newest run ended so; only asked of those of the right class.
    Outcome(&'static str),
    /// It has this number, and it is between these, both included. Instants are microseconds.
    Range(Column, i64, i64),
    /// It waits for other tasks (A3).
    Blocked,
    /// It has this assignee, or any.
    Assignee(Option<String>),
    /// It has this type, or any.
    Type(Option<String>),
    /// It has this tag, or any.
    Tag(Option<String>),
    /// It has this category, with `true` or one below it; or any.
    Category(Option<(String, bool)>),
    /// This text is in it, whatever the case of its ASCII letters.
    Contains(Place, String),
    /// It has exactly this name.
    Name(String),
    /// A field of its type.
    Field(String, FieldTest),
}

/// What is asked about a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldTest {
    /// Whether it is there.
    Any,
    /// Whether it is this text.
    Is(String),
    /// Whether it is such a number.
    Number(Compare, f64),
    /// Whether it stands so in the order of texts, as dates do.
    Text(Compare, String),
}

/// Where a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Slug, name, command, category and description.
    Anywhere,
    /// The name.
    Name,
}

/// What is a number, or an instant as microseconds, and may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the keys")]
pub enum Column {
    Due,
    Created,
    Updated,
    Begun,
    Done,
    Next,
    Last,
    /// Above 0.
    Progress,
}

impl Bound {
    /// Whether it holds for every task.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// Between which values the answer has become another one only because time went by, from this meaning to a later one of the
    /// same filter.
    pub fn moved(&self, later: &Self, into: &mut Vec<(Column, i64, i64)>) {
        match (self, later) {
            (Self::All(a) | Self::Any(a), Self::All(b) | Self::Any(b)) => {
                for (a, b) in a.iter().zip(b) {
                    a.moved(b, into);
                }
            }
            (Self::Not(a), Self::Not(b)) => a.moved(b, into),
            (Self::Is(Test::Range(column, from, to)), Self::Is(Test::Range(_, later_from, later_to))) => {
                for (old, new) in [(from, later_from), (to, later_to)] {
                    if old != new {
                        into.push((*column, *old.min(new), *old.max(new)));
                    }
                }
            }
            _ => {}
        }
    }

    /// The part of it that only asks about facts, everything else left open.
    pub fn possible(&self, facts: super::Facts) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.possible(facts)),
            Self::Any(any) => any.iter().any(|one| one.possible(facts)),
            Self::Not(inner) => !inner.certain(facts),
            Self::Is(Test::Facts(test)) => test.holds(facts),
            Self::Is(Test::Range(Column::Next, ..)) => FactTest::HasNext.holds(facts),
            Self::Is(Test::Range(Column::Last, ..)) => FactTest::HasLast.holds(facts),
            Self::Is(_) => true,
        }
    }

    /// Whether it holds for all tasks with these facts.
    fn certain(&self, facts: super::Facts) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.certain(facts)),
            Self::Any(any) => any.iter().any(|one| one.certain(facts)),
            Self::Not(inner) => !inner.possible(facts),
            Self::Is(Test::Facts(test)) => test.holds(facts),
            Self::Is(_) => false,
        }
    }

    /// Whether it asks about facts alone.
    pub fn is_of_facts(&self) -> bool {
        match self {
            Self::All(several) | Self::Any(several) => several.iter().all(Self::is_of_facts),
            Self::Not(inner) => inner.is_of_facts(),
            Self::Is(test) => matches!(test, Test::Facts(_)),
        }
    }
}

pub(super) fn bind(filter: &Filter, asker: &Asker) -> Bound {
    let each = |several: &[Filter]| several.iter().map(|one| bind(one, asker)).collect();
    match filter {
        Filter::All(all) => Bound::All(each(all)),
        Filter::Any(any) => Bound::Any(each(any)),
        Filter::Not(inner) => not(bind(inner, asker)),
        Filter::Term(term) => bind_term(term, asker),
    }
}

fn is(test: Test) -> Bound {
    Bound::Is(test)
}

fn facts(test: FactTest) -> Bound {
    is(Test::Facts(test))
}

/// The opposite, with what is turned around as far down as it goes: an index knows most of single things.
fn not(bound: Bound) -> Bound {
    match bound {
        Bound::Not(inner) => *inner,
        Bound::All(all) => Bound::Any(all.into_iter().map(not).collect()),
        Bound::Any(any) => Bound::All(any.into_iter().map(not).collect()),
        is @ Bound::Is(_) => Bound::Not(Box::new(is)),
    }
}

fn unless(no: bool, bound: Bound) -> Bound {
    if no { not(bound) } else { bound }
}

/// One of several; of one, that.
fn any(several: impl IntoIterator<Item = Bound>) -> Bound {
    let mut several: Vec<Bound> = several.into_iter().collect();
    if several.len() == 1 { several.remove(0) } else { Bound::Any(several) }
}

fn bind_term(term: &Term, asker: &Asker) -> Bound {
    match term {
        Term::Word(word) => {
            Bound::Any(vec![is(Test::Contains(Place::Anywhere, word.clone())), is(Test::Tag(Some(word.clone())))])
        }
        Term::Words(key, words) => any(words.iter().map(|word| bind_word(*key, word))),
        Term::Number(key, compare, number) => bind_number(*key, *compare, *number),
        Term::Time(key, compare, when) => bind_time(*key, *compare, *when, asker),
        Term::Overdue => Bound::All(vec![
            facts(FactTest::Work(facts::status(Status::Open) | facts::status(Status::InProgress))),
            overdue(asker),
        ]),
        Term::Names(key, names, exactly) => any(names.iter().map(|name| is(bind_name(*key, name, *exactly, asker)))),
        Term::Contains(Key::Name, text, true) => is(Test::Name(text.clone())),
        Term::Contains(Key::Name, text, false) => is(Test::Contains(Place::Name, text.clone())),
        Term::Contains(_, text, _) => is(Test::Contains(Place::Anywhere, text.clone())),
        Term::Field(name, compare, value) => {
            let test = match (compare, value.parse::<f64>()) {
                (Compare::Is, _) => FieldTest::Is(value.clone()),
                (_, Ok(number)) if number.is_finite() => FieldTest::Number(*compare, number),
                _ => FieldTest::Text(*compare, value.clone()),
            };
            is(Test::Field(name.clone(), test))
        }
        Term::HasField(name, has) => unless(!has, is(Test::Field(name.clone(), FieldTest::Any))),
        Term::Has(key, has) => unless(!has, bind_any(*key)),
    }
}

fn bind_word(key: Key, word: &str) -> Bound {
    let class = |class: u8| facts(FactTest::Class(1 << class));
    let outcome = |of: u8, word| Bound::All(vec![class(of), is(Test::Outcome(word))]);
    match (key, word) {
        (Key::Status, word) => {
            let status = Status::from_word(word).map_or(0, facts::status);
            facts(FactTest::Work(status))
        }
        (Key::Kind, word) => facts(FactTest::Work(match Kind::from_word(word) {
            Some(Kind::Command) => facts::COMMAND,
            Some(Kind::Script) => facts::SCRIPT,
            Some(Kind::Todo) => facts::TODO,
            None => 0,
        })),
        (Key::Paused, word) => unless(word == "no", facts(FactTest::Paused)),
        (Key::Blocked, word) => unless(word == "no", is(Test::Blocked)),
        (Key::Late, word) => unless(word == "no", facts(FactTest::Late)),
        (_, "running") => class(1),
        (_, "waiting") => class(2),
        (_, "failed") => class(3),
        (_, "ok") => class(4),
        (_, "never") => Bound::All(vec![class(0), facts(FactTest::Work(facts::COMMAND | facts::SCRIPT))]),
        (_, "missed") => facts(FactTest::Missed),
        (_, "late") => facts(FactTest::Late),
        (_, "paused") => facts(FactTest::Paused),
        (_, "cancelled") => outcome(5, "cancelled"),
        (_, "skipped") => outcome(5, "skipped"),
        (_, "timed_out") => outcome(3, "timed_out"),
        (_, "over_memory") => outcome(3, "over_memory"),
        (_, "signaled") => outcome(3, "signaled"),
        (_, "could_not_start") => outcome(3, "could_not_start"),
        (_, _) => outcome(3, "lost"),
    }
}

fn bind_number(key: Key, compare: Compare, number: i64) -> Bound {
    let (from, to) = match compare {
        Compare::Is => (number, number),
        Compare::Less => (i64::MIN, number - 1),
        Compare::AtMost => (i64::MIN, number),
        Compare::More => (number + 1, i64::MAX),
        Compare::AtLeast => (number, i64::MAX),
    };
    match key {
        Key::Priority => facts(FactTest::Priority(from, to)),
        // What is 0 is what no index knows.
        _ if from <= 0 => {
            Bound::Not(Box::new(is(Test::Range(Column::Progress, to.saturating_add(1).max(1), i64::MAX))))
        }
        _ => is(Test::Range(Column::Progress, from, to)),
    }
}

fn column(key: Key) -> Column {
    match key {
        Key::Created => Column::Created,
        Key::Updated => Column::Updated,
        Key::Begun => Column::Begun,
        Key::Done => Column::Done,
        Key::Next => Column::Next,
        Key::Last => Column::Last,
        _ => Column::Due,
    }
}

fn bind_time(key: Key, compare: Compare, when: When, asker: &Asker) -> Bound {
    let column = column(key);
    let before = |end: i64| is(Test::Range(column, i64::MIN, end.saturating_sub(1)));
    let from = |begin: i64| is(Test::Range(column, begin, i64::MAX));
    if let (When::Distance(by), super::Values::Past) = (when, key.values()) {
        // It is the age: the younger, the later.
        let at = asker.now.as_microsecond().saturating_sub(micros(by));
        return match compare {
            Compare::Less | Compare::Is => from(at.saturating_add(1)),
            Compare::AtMost => from(at),
            Compare::More => before(at),
            Compare::AtLeast => before(at.saturating_add(1)),
        };
    }
    let (first, behind) = when.bounds(asker);
    // The end of a day belongs to it, as a single instant belongs to itself.
    let after = if first == behind { behind.saturating_add(1) } else { behind };
    match compare {
        Compare::Is => is(Test::Range(column, first, after.saturating_sub(1))),
        Compare::Less => before(first),
        Compare::AtMost => before(after),
        Compare::More => from(after),
        Compare::AtLeast => from(first),
    }
}

/// It was due: a due time at the first instant of today means all of today, which is not over.
fn overdue(asker: &Asker) -> Bound {
    let (today, _) = When::Day(0).bounds(asker);
    let before = Test::Range(Column::Due, i64::MIN, today.saturating_sub(1));
    let since = Test::Range(Column::Due, today.saturating_add(1), asker.now.as_microsecond());
    Bound::Any(vec![is(before), is(since)])
}

fn bind_name(key: Key, name: &str, exactly: bool, asker: &Asker) -> Test {
    let name = name.to_owned();
    match key {
        Key::Category => Test::Category(Some((name, !exactly))),
        Key::Tag => Test::Tag(Some(name)),
        Key::Type => Test::Type(Some(name)),
        _ => Test::Assignee(Some(if name == "me" { asker.me.clone().unwrap_or(name) } else { name })),
    }
}

/// It has any of that.
fn bind_any(key: Key) -> Bound {
    match key {
        Key::Status => facts(FactTest::Work(facts::TODO)),
        Key::Category => is(Test::Category(None)),
        Key::Tag => is(Test::Tag(None)),
        Key::Type => is(Test::Type(None)),
        Key::Assignee => is(Test::Assignee(None)),
        Key::Next => facts(FactTest::HasNext),
        Key::Last => facts(FactTest::HasLast),
        key => is(Test::Range(column(key), i64::MIN, i64::MAX)),
    }
}
