//! Which lines are shown by how grave they say that they are (key `L`).

use crate::output::Level;

/// The least level of the lines that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Threshold {
    /// Everything.
    #[default]
    All,
    /// Not what a program says to its own author.
    Info,
    /// Warnings and errors.
    Warn,
    /// Errors.
    Error,
}

impl Threshold {
    /// The next one in the round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Info,
            Self::Info => Self::Warn,
            Self::Warn => Self::Error,
            Self::Error => Self::All,
        }
    }

    /// The level that a line needs.
    pub fn least(self) -> Option<Level> {
        match self {
            Self::All => None,
            Self::Info => Some(Level::Info),
            Self::Warn => Some(Level::Warn),
            Self::Error => Some(Level::Error),
        }
    }
}

/// Whether a line goes on with what the line above it says, such as a stack trace: then it has that line's level.
pub(super) fn continues(line: &[u8]) -> bool {
    line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_goes_round() {
        let round: Vec<_> = std::iter::successors(Some(Threshold::All), |level| Some(level.next())).take(5).collect();
        let words: Vec<_> = round.iter().map(|level| level.least().map_or("all", Level::word)).collect();
        assert_eq!(words, ["all", "info", "warn", "error", "all"]);
    }
}
