//! What exit codes mean: by the shells, by `sysexits.h`, and by the programs that pass a signal on.

use super::run::signal_name;

/// The codes of `sysexits.h`, from 64 on.
const SYSEXITS: [(&str, &str); 15] = [
    ("EX_USAGE", "it was called in a wrong way"),
    ("EX_DATAERR", "its input was wrong"),
    ("EX_NOINPUT", "an input was not there or could not be read"),
    ("EX_NOUSER", "a user was not known"),
    ("EX_NOHOST", "a host was not known"),
    ("EX_UNAVAILABLE", "a service was not available"),
    ("EX_SOFTWARE", "an error in the program itself"),
    ("EX_OSERR", "the system refused something, such as a new process"),
    ("EX_OSFILE", "a file of the system was missing or wrong"),
    ("EX_CANTCREAT", "an output could not be made"),
    ("EX_IOERR", "reading or writing failed"),
    ("EX_TEMPFAIL", "a passing trouble: trying again can help"),
    ("EX_PROTOCOL", "the other side answered what makes no sense"),
    ("EX_NOPERM", "it was not allowed"),
    ("EX_CONFIG", "its configuration was wrong"),
];

/// The highest number of a signal on Linux.
const SIGNALS: i32 = 64;

/// What the exit code of a failed process means, as far as there is a custom.
pub fn meaning(code: i32) -> String {
    match code {
        126 => "the shell found the command, but could not execute it".to_owned(),
        127 => "the shell did not find the command".to_owned(),
        124 => "by the custom of timeout(1), its time was over".to_owned(),
        255 => "what ssh and others say when something failed at all".to_owned(),
        code if (129..=128 + SIGNALS).contains(&code) => {
            format!("by the custom of shells, what it ran was ended by signal {}", signal_name(code - 128))
        }
        code => {
            let sysexit = usize::try_from(code - 64).ok().and_then(|at| SYSEXITS.get(at));
            let text = |(name, what): &(&str, &str)| format!("{name} of sysexits.h, {what}");
            sysexit.map_or_else(|| "it said itself that it failed".to_owned(), text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_4_an_exit_code_is_explained_by_the_custom_that_there_is_for_it() {
        for (code, said) in [
            (1, "itself"),
            (63, "itself"),
            (64, "EX_USAGE"),
            (75, "EX_TEMPFAIL"),
            (78, "EX_CONFIG"),
            (79, "itself"),
            (126, "could not execute"),
            (127, "did not find"),
            (128, "itself"),
            (129, "signal HUP"),
            (137, "signal KILL"),
            (143, "signal TERM"),
            (192, "signal 64"),
            (193, "itself"),
            (255, "ssh"),
            (-1, "itself"),
        ] {
            assert!(meaning(code).contains(said), "{code}: {}", meaning(code));
        }
    }
}
