//! Slugs (A1): the short, safe names by which people and files refer to tasks.

/// The slug of a name without a letter a-z or digit, such as `日本語`.
const NAMELESS: &str = "task";

/// The slug of a name (A1): lower case, spaces to hyphens, only ASCII letters, digits and single hyphens; `task` when its letters
/// are all of other alphabets. Empty when the name holds no letter or digit.
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if (c.is_whitespace() || c == '-' || c == '_' || c == '/' || c == '.')
            && !out.is_empty()
            && !out.ends_with('-')
        {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    if out.is_empty() && name.chars().any(char::is_alphanumeric) { NAMELESS.to_owned() } else { out }
}

/// Whether a name has letters or digits of its own for its slug.
pub fn is_speaking(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_alphanumeric())
}

/// The first of `base`, `base-2`, `base-3`, ... that is not `taken` (A1).
pub fn unique(base: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    let mut candidate = base.to_owned();
    let mut n = 2_u32;
    while taken(&candidate) {
        candidate = format!("{base}-{n}");
        n += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_slugs_hold_only_lower_case_letters_digits_and_single_hyphens() {
        for (name, expected) in [
            ("Hello World", "hello-world"),
            ("  back up: /srv  ", "back-up-srv"),
            ("Ünïcode Näme 7", "ncode-nme-7"),
            ("--a--b--", "a-b"),
            ("disk_check.sh", "disk-check-sh"),
            ("!!!", ""),
            ("日本語", "task"),
            ("日本語 7", "7"),
        ] {
            assert_eq!(slug(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a1_a_taken_slug_gets_the_first_free_suffix() {
        let taken = ["hello-world", "hello-world-2"];
        assert_eq!(unique("hello-world", |s| taken.contains(&s)), "hello-world-3");
        assert_eq!(unique("other", |s| taken.contains(&s)), "other");
    }
}
