//! The nearest right word to a wrong one, for messages that suggest it (X1).

/// The candidate that a word was most likely meant to be, if it is near to one: a few letters differ, or it goes on longer.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = word.chars().count().div_ceil(3).min(3);
    candidates
        .into_iter()
        .map(|candidate| {
            let longer = candidate.len() >= 3 && word.starts_with(candidate);
            (if longer { 1 } else { edit_distance(&word, candidate) }, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance in characters: how many to insert, delete or replace.
pub(super) fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_the_nearest_word_is_suggested_and_none_that_is_far() {
        let words = ["sun", "mon", "tue", "@daily", "@weekly", "weekdays"];
        for (word, expected) in [
            ("monday", Some("mon")),
            ("mno", None),
            ("mom", Some("mon")),
            ("@dayly", Some("@daily")),
            ("Wekdays", Some("weekdays")),
            ("x", None),
            ("fortnight", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
    }
}
