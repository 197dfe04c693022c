//! What a task waits for (A3): dependencies as text, and in words what a change of one means to those that wait for it.

use std::fmt;

use super::after::listed;

/// A task that has to be done before another one: a to-do completed, a command or a script run with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Its slug.
    pub task: String,
    /// It is a to-do that each run of the other one opens again, so that the next run waits for a new "done".
    pub each: bool,
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.task)?;
        if self.each { f.write_str(":each") } else { Ok(()) }
    }
}

/// Reads dependencies, separated by `;`, commas or line breaks: `tests; approve:each`. They are sorted, since their order says
/// nothing.
pub fn parse(text: &str) -> Result<Vec<Dependency>, String> {
    let mut all: Vec<Dependency> = Vec::new();
    for one in text.split([';', ',', '\n']).map(str::trim).filter(|one| !one.is_empty()) {
        let (task, each) = match one.split_once(':') {
            None => (one, false),
            Some((task, "each")) => (task, true),
            Some((_, word)) => {
                return Err(format!("`{one}`: `{word}` is not each, which asks for a new done before each run"));
            }
        };
        if task.is_empty() || task.contains(char::is_whitespace) {
            return Err(format!("`{one}` is not TASK or TASK:each; several with ;"));
        }
        if all.iter().any(|other| other.task == task) {
            return Err(format!("{task} is said twice"));
        }
        all.push(Dependency { task: task.to_owned(), each });
    }
    all.sort_by(|a, b| a.task.cmp(&b.task));
    Ok(all)
}

/// The text that [`parse`] reads back.
pub fn format(dependencies: &[Dependency]) -> String {
    dependencies.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What a change of a task means to those that depend on it: their slugs, in alphabetical order.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Effect {
    /// They waited for it, and wait for nothing any more.
    pub unblocks: Vec<String>,
    /// They wait for it now, or do so in vain since it was given up or deleted.
    pub blocks: Vec<String>,
}

/// Names that a sentence has; of more the number is said.
const NAMED: usize = 5;

impl Effect {
    /// `unblocks deploy; blocks report and sync`; `None` when it means nothing to anybody.
    pub fn sentence(&self) -> Option<String> {
        let said: Vec<String> = [("unblocks", &self.unblocks), ("blocks", &self.blocks)]
            .into_iter()
            .filter(|(_, slugs)| !slugs.is_empty())
            .map(|(verb, slugs)| format!("{verb} {}", named(slugs)))
            .collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

/// What the deletion of a task means to the machine tasks that wait for it: `deploy and report wait for it, and are blocked without it`.
pub fn bereaved(slugs: &[String]) -> Option<String> {
    match slugs {
        [] => None,
        [one] => Some(format!("{one} waits for it, and is blocked without it")),
        several => Some(format!("{} wait for it, and are blocked without it", listed(several))),
    }
}

/// `a, b and c`; of many the first, and how many more there are.
pub fn named(slugs: &[String]) -> String {
    if slugs.len() <= NAMED {
        return listed(slugs);
    }
    format!("{} and {} more", slugs[..NAMED].join(", "), slugs.len() - NAMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_dependencies_are_read_as_people_write_them_and_read_back() {
        for (text, canonical) in
            [("approve", "approve"), ("tests, approve:each", "approve:each; tests"), (" b ;\na", "a; b"), ("", "")]
        {
            let read = parse(text).unwrap();
            assert_eq!(format(&read), canonical, "{text}");
            assert_eq!(parse(canonical).unwrap(), read, "{text}");
        }
        for (text, expected) in [
            ("a:once", "`once` is not each"),
            (":each", "is not TASK or TASK:each"),
            ("two words", "is not TASK"),
            ("a; a:each", "a is said twice"),
        ] {
            let e = parse(text).unwrap_err();
            assert!(e.contains(expected), "{text}: {e}");
        }
    }

    #[test]
    fn a3_what_a_change_means_to_others_is_one_sentence_that_names_a_few() {
        let slugs = |n: usize| (0..n).map(|n| format!("t{n}")).collect::<Vec<_>>();
        assert_eq!(Effect::default().sentence(), None);
        let effect = Effect { unblocks: slugs(1), blocks: slugs(2) };
        assert_eq!(effect.sentence().unwrap(), "unblocks t0; blocks t0 and t1");
        let many = Effect { unblocks: slugs(103), blocks: Vec::new() };
        assert_eq!(bereaved(&slugs(0)), None);
        assert_eq!(bereaved(&slugs(1)).unwrap(), "t0 waits for it, and is blocked without it");
        assert_eq!(bereaved(&slugs(2)).unwrap(), "t0 and t1 wait for it, and are blocked without it");
        assert_eq!(many.sentence().unwrap(), "unblocks t0, t1, t2, t3, t4 and 98 more");
    }
}
