//! What runs after other tasks (R11): the links as text, what an end means to them, and the refusal of cycles.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use super::RunId;
use super::run::{Outcome, words};
use super::spelling;

words! {
    /// Which end of an upstream run counts.
    On {
        /// It succeeded.
        Success = "success",
        /// It did not: a failure, a signal, a timeout, a process that could not be made, or a run that was lost.
        Failure = "failure",
        /// However it ended, also when somebody stopped it.
        Any = "any",
    }
}

impl On {
    /// Whether a run that ended so counts.
    pub const fn matches(self, outcome: Outcome) -> bool {
        match self {
            Self::Success => matches!(outcome, Outcome::Succeeded),
            Self::Failure => outcome.is_bad(),
            Self::Any => true,
        }
    }
}

/// A task after which another one runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Its slug.
    pub task: String,
    /// Which of its ends counts.
    pub on: On,
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.on {
            On::Success => f.write_str(&self.task),
            on => write!(f, "{}:{on}", self.task),
        }
    }
}

/// Reads upstreams, separated by `;`, commas or line breaks: `backup; mirror:any`. They are sorted, since their order says
/// nothing.
pub fn parse(text: &str) -> Result<Vec<Upstream>, String> {
    let mut all: Vec<Upstream> = Vec::new();
    for one in text.split([';', ',', '\n']).map(str::trim).filter(|one| !one.is_empty()) {
        let upstream = parse_one(one)?;
        if all.iter().any(|other| other.task == upstream.task) {
            return Err(format!("{} is said twice", upstream.task));
        }
        all.push(upstream);
    }
    all.sort_by(|a, b| a.task.cmp(&b.task));
    Ok(all)
}

fn parse_one(text: &str) -> Result<Upstream, String> {
    let (task, word) = text.split_once(':').unwrap_or((text, On::Success.word()));
    let (task, word) = (task.trim(), word.trim());
    if task.is_empty() || task.contains(char::is_whitespace) {
        return Err(format!("`{text}` is not TASK or TASK:success, TASK:failure, TASK:any; several with ;"));
    }
    let on = On::from_word(word).ok_or_else(|| format!("`{text}`: `{word}` is not success, failure or any"))?;
    Ok(Upstream { task: task.to_owned(), on })
}

/// The text that [`parse`] reads back.
pub fn format(upstreams: &[Upstream]) -> String {
    upstreams.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why there is no such upstream, with the name of these that was most likely meant.
pub fn unknown<'a>(task: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match spelling::nearest(task, candidates) {
        Some(near) => format!("there is no task `{task}`; did you mean {near}?"),
        None => format!("there is no task `{task}`"),
    }
}

/// The way on which something would run after itself, in the order of running, both ends included: `backup`, `mirror`,
/// `backup`. `upstreams` tells what runs directly before one.
pub fn cycle<T, E>(start: &T, mut upstreams: impl FnMut(&T) -> Result<Vec<T>, E>) -> Result<Option<Vec<T>>, E>
where
    T: Clone + Eq + Hash,
{
    // Of each that was met: what runs after it, on the way from it to the start.
    let mut next: HashMap<T, T> = HashMap::new();
    let mut open = vec![start.clone()];
    while let Some(one) = open.pop() {
        for upstream in upstreams(&one)? {
            if upstream == *start {
                let way = std::iter::successors(Some(one.clone()), |at| next.get(at).cloned());
                return Ok(Some(std::iter::once(upstream).chain(way).collect()));
            }
            if !next.contains_key(&upstream) {
                next.insert(upstream.clone(), one.clone());
                open.push(upstream);
            }
        }
    }
    Ok(None)
}

/// An upstream as it stands in the present round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The task, and which end counts.
    pub upstream: Upstream,
    /// Its latest end in this round, while the run is remembered.
    pub ended: Option<(RunId, Outcome)>,
    /// Whether that end counts.
    pub met: bool,
    /// Whether the task is in the trash, and will not run.
    pub in_trash: bool,
}

/// What a task waits for that runs after others: `runs after backup and mirror (any): waits for mirror; run #12 of backup
/// succeeded`. `None` when it runs after none.
pub fn sentence(links: &[Link]) -> Option<String> {
    if links.is_empty() {
        return None;
    }
    let names: Vec<String> = links
        .iter()
        .map(|Link { upstream: Upstream { task, on }, .. }| match on {
            On::Success => task.clone(),
            on => format!("{task} ({on})"),
        })
        .collect();
    let open: Vec<String> = links.iter().filter(|link| !link.met).map(|link| link.upstream.task.clone()).collect();
    let waits = if links.len() > 1 { format!(": waits for {}", listed(&open)) } else { String::new() };
    let mut said = vec![format!("runs after {}{waits}", listed(&names))];
    for Link { upstream: Upstream { task, on }, ended, met, in_trash } in links {
        if *in_trash {
            said.push(format!("{task} is in the trash and does not run"));
        } else if let Some((run, outcome)) = ended {
            let but = if *met { String::new() } else { format!(", and {on} was asked for") };
            said.push(format!("run #{run} of {task} {}{but}", ended_so(*outcome)));
        }
    }
    Some(said.join("; "))
}

/// The end of the sentence "run #7 ...".
pub fn ended_so(outcome: Outcome) -> String {
    match outcome {
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::Failed(code) => format!("failed with exit code {code}"),
        Outcome::Signaled(_) => "was ended by a signal".to_owned(),
        Outcome::TimedOut => "timed out".to_owned(),
        Outcome::OverMemory => "used too much memory".to_owned(),
        Outcome::Cancelled => "was stopped".to_owned(),
        Outcome::CouldNotStart => "could not start".to_owned(),
        Outcome::Skipped => "was skipped".to_owned(),
        Outcome::Lost => "was lost".to_owned(),
    }
}

/// What the deletion of a task means to those that run after it: `mirror and sync run after it, and will not any more`.
pub fn bereaved(downstream: &[String]) -> Option<String> {
    let verb = match downstream {
        [] => return None,
        [_] => "runs",
        _ => "run",
    };
    Some(format!("{} {verb} after it, and will not any more", listed(downstream)))
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn r11_upstreams_are_read_as_people_write_them_and_read_back() {
        for (text, canonical) in [
            ("backup", "backup"),
            ("backup:success", "backup"),
            ("mirror:any, backup", "backup; mirror:any"),
            (" b : failure ;\na", "a; b:failure"),
            ("", ""),
        ] {
            let read = parse(text).unwrap();
            assert_eq!(format(&read), canonical, "{text}");
            assert_eq!(parse(canonical).unwrap(), read, "{text}");
        }
        for (text, expected) in [
            ("backup:ok", "`ok` is not success, failure or any"),
            (":any", "is not TASK or TASK:success"),
            ("two words", "is not TASK"),
            ("a; a:any", "a is said twice"),
        ] {
            let e = parse(text).unwrap_err();
            assert!(e.contains(expected), "{text}: {e}");
        }
    }

    #[test]
    fn r11_what_is_neither_success_nor_failure_counts_for_any_only() {
        let counts = |outcome| On::ALL.iter().copied().filter(|on| on.matches(outcome)).collect::<Vec<_>>();
        assert_eq!(counts(Outcome::Succeeded), [On::Success, On::Any]);
        for outcome in [
            Outcome::Failed(1),
            Outcome::Signaled(9),
            Outcome::TimedOut,
            Outcome::OverMemory,
            Outcome::CouldNotStart,
            Outcome::Lost,
        ] {
            assert_eq!(counts(outcome), [On::Failure, On::Any], "{outcome:?}");
        }
        assert_eq!(counts(Outcome::Cancelled), [On::Any]);
    }

    #[test]
    fn r11_what_is_waited_for_is_told_in_one_sentence() {
        let link =
            |text: &str, ended, met| Link { upstream: parse(text).unwrap().remove(0), ended, met, in_trash: false };
        assert_eq!(sentence(&[]), None);
        assert_eq!(sentence(&[link("backup", None, false)]).unwrap(), "runs after backup");
        let failed = Some((RunId(12), Outcome::Failed(3)));
        let fine = Some((RunId(13), Outcome::Cancelled));
        assert_eq!(
            sentence(&[link("backup", failed, false), link("mirror:any", fine, true)]).unwrap(),
            "runs after backup and mirror (any): waits for backup; run #12 of backup failed with exit code 3, and success \
             was asked for; run #13 of mirror was stopped"
        );
        let gone = Link { in_trash: true, ..link("backup", None, false) };
        assert_eq!(sentence(&[gone]).unwrap(), "runs after backup; backup is in the trash and does not run");
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(bereaved(&names[..1]).unwrap(), "a runs after it, and will not any more");
        assert_eq!(bereaved(&names).unwrap(), "a, b and c run after it, and will not any more");
    }

    type Edges = BTreeSet<(u8, u8)>;

    fn way(edges: &Edges, start: u8) -> Option<Vec<u8>> {
        let before =
            |one: &u8| Ok::<_, Infallible>(edges.iter().filter(|(to, _)| to == one).map(|(_, u)| *u).collect());
        cycle(&start, before).unwrap()
    }

    #[test]
    fn r11_a_cycle_is_named_in_the_order_of_running() {
        // 1 runs after 3, 3 after 2, 2 after 1; 1 also after 4.
        let edges = Edges::from([(1, 3), (3, 2), (2, 1), (1, 4)]);
        assert_eq!(way(&edges, 1), Some(vec![1, 2, 3, 1]));
        assert_eq!(way(&edges, 4), None);
        assert_eq!(way(&Edges::from([(1, 1)]), 1), Some(vec![1, 1]));
    }

    /// Whether all can be laid in a row, by taking away what runs after nothing until nothing is left.
    fn is_acyclic(edges: &Edges) -> bool {
        let mut left = edges.clone();
        loop {
            let waiting: BTreeSet<u8> = left.iter().map(|(to, _)| *to).collect();
            let before = left.len();
            left.retain(|(_, from)| waiting.contains(from));
            if left.is_empty() || left.len() == before {
                return left.is_empty();
            }
        }
    }

    proptest! {
        #[test]
        fn r11_a_link_is_refused_exactly_when_it_would_close_a_circle(
            wanted in prop::collection::vec((0_u8..8, 0_u8..8), 0..40)
        ) {
            let mut edges = Edges::new();
            for (to, from) in wanted {
                let mut with = edges.clone();
                with.insert((to, from));
                match way(&with, to) {
                    None => {
                        prop_assert!(is_acyclic(&with));
                        edges = with;
                    }
                    Some(way) => {
                        prop_assert!(!is_acyclic(&with));
                        prop_assert!(way.len() >= 2 && way.first() == way.last());
                        prop_assert!(way.windows(2).all(|pair| with.contains(&(pair[1], pair[0]))));
                    }
                }
            }
        }
    }
}
