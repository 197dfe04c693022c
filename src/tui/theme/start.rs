//! Whether there is a terminal that the dashboard can be drawn on.

/// Why the dashboard cannot start (UX 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotStart {
    /// Standard input or output is a file, a pipe, or nothing.
    #[error("the dashboard needs a terminal on standard input and output; `tempo --help` lists what works without one")]
    NoTerminal,
    /// A terminal that can only print lines.
    #[error(
        "the dashboard needs a terminal that can move its cursor, and TERM is `dumb`; `tempo --help` lists what works without one"
    )]
    Dumb,
}

/// Whether the dashboard can start: `stdin` and `stdout` say whether those are terminals.
pub fn can_start(stdin: bool, stdout: bool, term: Option<&str>) -> Result<(), CannotStart> {
    if !(stdin && stdout) {
        Err(CannotStart::NoTerminal)
    } else if term == Some("dumb") {
        Err(CannotStart::Dumb)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_53_what_is_no_terminal_or_a_dumb_one_is_refused_in_one_line() {
        assert_eq!(can_start(true, true, Some("xterm")), Ok(()));
        assert_eq!(can_start(true, true, None), Ok(()));
        for (stdin, stdout, term) in [(false, true, "xterm"), (true, false, "xterm"), (true, true, "dumb")] {
            let refusal = can_start(stdin, stdout, Some(term)).unwrap_err().to_string();
            assert!(refusal.contains("terminal") && !refusal.contains('\n'), "{refusal}");
        }
    }
}
