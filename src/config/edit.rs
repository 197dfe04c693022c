//! Changes one value in a settings file, and leaves everything else in it as the person wrote it.

use std::io;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::Problem;
use super::lenient::line_of;

/// Gives a key of the file another value; a file that is missing is made. Returns the line.
///
/// The file is replaced as a whole, so that a reader sees the old or the new one; a link stays a link.
///
/// # Errors
/// When the file is not TOML, and what would be right is not for us to say, or it cannot be read or written.
pub fn write(file: &Path, key: &str, value: &str) -> Result<usize, Problem> {
    let place = file.display().to_string();
    let failed = |what: &str, e: io::Error| Problem { place: place.clone(), text: format!("cannot be {what}: {e}") };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(failed("read", e)),
    };
    let (text, line) = with(&text, key, value).map_err(|(line, text)| Problem {
        place: format!("{place}:{line}"),
        text: format!("{text}; nothing was written"),
    })?;
    replace(file, &text).map_err(|e| failed("written", e))?;
    Ok(line)
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let target = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = target.with_file_name(name);
    std::fs::write(&new, text)?;
    if let Ok(metadata) = std::fs::metadata(&target) {
        std::fs::set_permissions(&new, metadata.permissions())?;
    }
    std::fs::rename(&new, &target)
}

/// The text with another value for a key of the top level, and the line of it; else the line that is not TOML, and why.
fn with(text: &str, key: &str, value: &str) -> Result<(String, usize), (usize, String)> {
    let table = DeTable::parse(text).map_err(|e| {
        let line = e.span().map_or(1, |span| line_of(text, span.start));
        (line, e.message().to_owned())
    })?;
    let value = Value::String(value.to_owned()).to_string();
    let table = table.get_ref();
    if let Some(old) = table.get(key) {
        let span = old.span();
        let line = line_of(text, span.start);
        return Ok((format!("{}{value}{}", &text[..span.start], &text[span.end..]), line));
    }
    // Behind the last value that cannot be a table's, so that it does not land in one.
    let plain = |value: &&Spanned<DeValue<'_>>| !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_));
    let last = table.values().filter(plain).map(|value| value.span().end).max();
    let at = last.map_or(0, |end| text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1));
    let (before, after) = text.split_at(at);
    let newline = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let line = before.lines().count() + 1;
    Ok((format!("{before}{newline}{key} = {value}\n{after}"), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_and_comments_and_spaces_stay() {
        let text = "# mine\nlog = \"info\"  # quiet\n theme  =  'ansi'   # was dark\n\n[groups]\ntheme = 2\n";
        let new = text.replace("'ansi'", "\"light\"");
        assert_eq!(with(text, "theme", "light"), Ok((new, 3)));
    }

    #[test]
    fn a_key_that_is_missing_comes_behind_the_last_one_and_never_into_a_table() {
        for (text, expected, line) in [
            ("", "theme = \"dark\"\n", 1),
            ("log = \"info\"", "log = \"info\"\ntheme = \"dark\"\n", 2),
            ("a = 1 # one\n# end\n", "a = 1 # one\ntheme = \"dark\"\n# end\n", 2),
            ("a = 1\n\n[groups]\ndisk = 2\n", "a = 1\ntheme = \"dark\"\n\n[groups]\ndisk = 2\n", 2),
            ("# all\n[groups]\ndisk = 2\n", "theme = \"dark\"\n# all\n[groups]\ndisk = 2\n", 1),
            (
                "groups = { a = 1 }\nlog = \"\"\"\nx\n\"\"\"\n",
                "groups = { a = 1 }\nlog = \"\"\"\nx\n\"\"\"\ntheme = \"dark\"\n",
                5,
            ),
        ] {
            assert_eq!(with(text, "theme", "dark"), Ok((expected.to_owned(), line)), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_toml_is_left_alone_and_its_line_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "log = \"info\"\nmax_running 3\n").unwrap();
        let problem = write(&file, "theme", "dark").unwrap_err().to_string();
        assert!(problem.contains("config.toml:2: ") && problem.ends_with("nothing was written"), "{problem}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "log = \"info\"\nmax_running 3\n");
    }

    #[test]
    fn a_missing_file_is_made_with_its_folder_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/config.toml");
        assert_eq!(write(&file, "theme", "da\"rk"), Ok(1));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "theme = 'da\"rk'\n");
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(write(&link, "theme", "mono"), Ok(1));
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "theme = \"mono\"\n");
    }
}
