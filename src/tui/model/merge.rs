//! What becomes of a form's texts when the task was changed elsewhere while the form was open: a three-way merge, field by field.

use super::draft::Draft;

/// Texts by field key; a key that is not there has an empty one.
pub type Texts = Vec<(&'static str, String)>;

impl Draft {
    /// The texts that are to be saved over `stored`, the task as it is now: a field that the person left alone takes what is
    /// stored. With them the fields that were changed on both sides, and how they are stored: there the draft's own text stands.
    pub fn merged(&self, stored: &[(&'static str, String)]) -> (Self, Texts) {
        let of = |texts: &[(&'static str, String)], key: &str| {
            texts.iter().find(|(k, _)| *k == key).map_or_else(String::new, |(_, text)| text.clone())
        };
        let (mut merged, mut conflicts) = (self.clone(), Vec::new());
        for (key, mine) in &mut merged.texts {
            let (base, theirs) = (of(&self.base, key), of(stored, key));
            if *mine == base {
                *mine = theirs;
            } else if theirs != base && theirs != *mine {
                conflicts.push((*key, theirs));
            }
        }
        (merged, conflicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[(&'static str, &str)]) -> Texts {
        texts.iter().map(|(key, text)| (*key, (*text).to_owned())).collect()
    }

    #[test]
    fn s2_a_field_takes_the_side_that_changed_it_and_both_sides_are_a_conflict() {
        let draft = Draft {
            task: None,
            base: texts(&[("name", "a"), ("command", "old"), ("when", "every 1h"), ("tags", "x")]),
            texts: texts(&[("name", "a"), ("command", "mine"), ("when", "every 2h"), ("tags", "y"), ("timeout", "")]),
        };
        let stored =
            texts(&[("name", "b"), ("command", "old"), ("when", "every 3h"), ("tags", "y"), ("timeout", "5m")]);
        let (merged, conflicts) = draft.merged(&stored);
        assert_eq!(
            merged.texts,
            texts(&[("name", "b"), ("command", "mine"), ("when", "every 2h"), ("tags", "y"), ("timeout", "5m")])
        );
        assert_eq!(conflicts, texts(&[("when", "every 3h")]));
    }
}
