//! Why a build failed, in the words of the installer: taken from the end of what it printed.

/// Characters of it.
const MOST: usize = 400;

/// Lines that say so, else the last ones.
const LAST: usize = 2;

/// Why a connection comes to nothing, as the system says it.
const REASONS: [&str; 8] = [
    "Connection refused",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "No route to host",
    "Connection reset by peer",
    "certificate verify failed",
    "timed out",
];

/// The lines with which pip or uv say what is wrong, else the last lines that say anything, as one line.
pub fn last_words(printed: &str) -> Option<String> {
    let lines: Vec<&str> =
        printed.lines().map(str::trim).filter(|line| !line.is_empty() && !is_progress(line)).collect();
    let is_error = |line: &&&str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("error:") || line.starts_with("error ") || line.starts_with('×')
    };
    let mut said: Vec<&str> = match lines.iter().rposition(|line| line.starts_with('×') || line.starts_with("error:"))
    {
        // uv draws a tree of causes under its first line.
        Some(first) => lines[first..].to_vec(),
        None => lines.iter().filter(is_error).copied().collect(),
    };
    if said.is_empty() {
        said = lines[lines.len().saturating_sub(LAST)..].to_vec();
    }
    said.dedup();
    let text = said.join(" ");
    let text: String = text
        .split_whitespace()
        .filter(|word| !matches!(*word, "×" | "╰─▶" | "├─▶" | "│"))
        .collect::<Vec<_>>()
        .join(" ");
    if text.is_empty() {
        return None;
    }
    // pip goes on with an empty index, and says that no such package is there.
    let text = match unreachable(&lines) {
        Some(why) => format!("the package index could not be reached ({why}): {text}"),
        None => text,
    };
    let cut = text.char_indices().nth(MOST).map(|(at, _)| format!("{} …", text[..at].trim_end()));
    Some(cut.unwrap_or(text))
}

/// Why pip never reached its index, when it gave up trying.
fn unreachable(lines: &[&str]) -> Option<&'static str> {
    let gave_up = |line: &&&str| {
        (line.contains("Retry(total=0") && line.contains("connection broken by"))
            || line.contains("Could not fetch URL")
    };
    let line = lines.iter().rfind(gave_up)?;
    Some(REASONS.iter().find(|reason| line.contains(**reason)).copied().unwrap_or("the log says why"))
}

/// `[2/3] installing`: what was going on, not what went wrong.
fn is_progress(line: &str) -> bool {
    line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).is_some_and(|(step, _)| {
        step.split_once('/').is_some_and(|(a, b)| a.parse::<u8>().is_ok() && b.parse::<u8>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_installer() {
        let pip = "[2/3] installing 1 package with pip\nCollecting nonesuch\n  WARNING: Retrying\nERROR: Could not find a version that satisfies the requirement nonesuch (from versions: none)\nERROR: No matching distribution found for nonesuch\n";
        assert_eq!(
            last_words(pip).unwrap(),
            "ERROR: Could not find a version that satisfies the requirement nonesuch (from versions: none) ERROR: No matching distribution found for nonesuch"
        );
        let uv = "Using Python 3.12.1 environment at: x\n  × No solution found when resolving dependencies:\n  ╰─▶ Because nonesuch was not found in the package registry\n      and you require nonesuch, we can conclude that your\n      requirements are unsatisfiable.\n";
        assert_eq!(
            last_words(uv).unwrap(),
            "No solution found when resolving dependencies: Because nonesuch was not found in the package registry and you require nonesuch, we can conclude that your requirements are unsatisfiable."
        );
        let unreachable = "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError('x: [Errno 111] Connection refused')': /simple/tomli/\nWARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('x: [Errno 111] Connection refused')': /simple/tomli/\nERROR: No matching distribution found for tomli\n";
        assert_eq!(
            last_words(unreachable).unwrap(),
            "the package index could not be reached (Connection refused): ERROR: No matching distribution found for tomli"
        );
        let reached_later = unreachable.replace("total=0", "total=3");
        assert_eq!(last_words(&reached_later).unwrap(), "ERROR: No matching distribution found for tomli");
        let other = "[1/3] making the environment\nTraceback:\n  File x\nOSError: [Errno 28] No space left on device\n";
        assert_eq!(last_words(other).unwrap(), "File x OSError: [Errno 28] No space left on device");
        assert_eq!(last_words("[1/3] making the environment\n\n"), None);
        assert!(last_words(&"ERROR: x ".repeat(500)).unwrap().chars().count() <= MOST + 2);
    }
}
