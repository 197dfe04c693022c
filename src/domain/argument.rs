//! Arguments and variables of one run, as a person types them.

use std::collections::BTreeMap;

/// The names of Tempo's own variables begin so: nobody else gives them a value (R9).
pub const OWN_VARIABLES: &str = "TEMPO_";

/// Splits a text into arguments as a shell does: at blanks, but for what is in quotes or behind a backslash. Nothing in it is
/// expanded.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut arguments = Vec::new();
    let mut current: Option<String> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let argument = current.get_or_insert_default();
                loop {
                    match letters.next() {
                        None => return Err(format!("a {letter} is not closed")),
                        Some(end) if end == letter => break,
                        Some('\\') if letter == '"' => match letters.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => argument.push(escaped),
                            Some(other) => argument.extend(['\\', other]),
                            None => return Err("a \" is not closed".to_owned()),
                        },
                        Some(other) => argument.push(other),
                    }
                }
            }
            '\\' => match letters.next() {
                Some(escaped) => current.get_or_insert_default().push(escaped),
                None => return Err("there is nothing behind the last \\".to_owned()),
            },
            blank if blank.is_whitespace() => arguments.extend(current.take()),
            other => current.get_or_insert_default().push(other),
        }
    }
    arguments.extend(current);
    Ok(arguments)
}

/// An argument as [`split`] reads it back.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// Reads one variable, `NAME=VALUE`.
pub fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("`{text}` is not NAME=VALUE"));
    }
    if name.starts_with(OWN_VARIABLES) {
        return Err(format!("`{name}` is given by Tempo itself; take another name"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Reads variables, one a line; empty lines are none.
pub fn variables(text: &str) -> Result<BTreeMap<String, String>, String> {
    text.lines().map(str::trim_start).filter(|line| !line.is_empty()).map(variable).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_are_split_as_a_shell_does_and_nothing_is_expanded() {
        for (text, expected) in [
            ("", vec![]),
            ("  --full  /srv/db ", vec!["--full", "/srv/db"]),
            ("'a b' \"c d\" e\\ f", vec!["a b", "c d", "e f"]),
            ("--x='y z' ''", vec!["--x=y z", ""]),
            ("$HOME *.txt \"\\\"\\n\"", vec!["$HOME", "*.txt", "\"\\n"]),
        ] {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        }
        for (text, reason) in [("'a", "' is not closed"), ("\"a\\", "\" is not closed"), ("a\\", "nothing behind")] {
            assert!(split(text).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn a_variable_has_a_name_that_is_not_tempos_own() {
        assert_eq!(variable("A=b=c d").unwrap(), ("A".to_owned(), "b=c d".to_owned()));
        assert_eq!(variables("A=1\n\n  B=\n").unwrap().len(), 2);
        for text in ["A", "=x", "A B=c", "TEMPO_TASK=x"] {
            assert!(variable(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(arguments in prop::collection::vec(any::<String>(), 0..5)) {
            let text: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
            prop_assert_eq!(split(&text.join(" ")).unwrap(), arguments);
        }
    }
}
