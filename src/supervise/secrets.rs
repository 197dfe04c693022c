//! Reads the secrets of a run just before it starts (R9). No message here ever holds a value.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::domain::secret::{Secret, Source};

/// Longer than any key or token, and short enough to be found in what is shown.
const LONGEST: u64 = 32 * 1024;

/// A variable and its value.
pub(super) type Variable = (OsString, OsString);

/// Reads all of them, or says which one cannot be read, and why.
pub(super) fn read(secrets: &[Secret]) -> Result<Vec<Variable>, String> {
    secrets.iter().map(|secret| read_one(secret).map_err(|e| format!("secret {}: {e}", secret.name))).collect()
}

fn read_one(secret: &Secret) -> Result<Variable, String> {
    let (mut value, place) = match &secret.source {
        Source::File(path) => {
            let value = content(path).map_err(|e| format!("{}: {}", path.display(), without_number(&e)))?;
            (value, path.display().to_string())
        }
        Source::Env(name) => {
            let missing = || format!("the variable {name} is not set where Tempo runs");
            (std::env::var_os(name).ok_or_else(missing)?.into_vec(), format!("the variable {name}"))
        }
    };
    // Who writes a file with an editor or with `echo` does not mean the line end.
    if let Source::File(_) = secret.source
        && value.last() == Some(&b'\n')
    {
        value.pop();
    }
    if value.is_empty() {
        return Err(format!("{place} is empty"));
    }
    if value.contains(&0) {
        return Err(format!("{place} contains a NUL byte"));
    }
    if value.len() as u64 > LONGEST {
        return Err(format!("{place} is longer than 32 KiB"));
    }
    Ok((OsStr::from_bytes(secret.name.as_bytes()).to_owned(), OsString::from_vec(value)))
}

/// The content of a file, as far as it may be long.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for, perhaps for ever.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut value = Vec::new();
    File::open(path)?.take(LONGEST + 2).read_to_end(&mut value)?;
    Ok(value)
}

/// `No such file or directory`, without Rust's error number.
fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::secret::parse;

    #[test]
    fn r9_a_secret_is_the_content_of_its_file_without_one_line_end_or_a_variable_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (content, value) in [("abc", "abc"), ("abc\n", "abc"), ("abc\n\n", "abc\n"), (" a\nb \n", " a\nb ")] {
            fs::write(&path, content).unwrap();
            let secrets = parse(&format!("TOKEN=file:{}", path.display())).unwrap();
            assert_eq!(read(&secrets).unwrap(), [("TOKEN".into(), value.into())]);
        }
        let home = std::env::var_os("PATH").unwrap();
        assert_eq!(read(&parse("A=env:PATH").unwrap()).unwrap(), [("A".into(), home)]);
    }

    #[test]
    fn r9_x1_a_secret_that_cannot_be_used_is_named_and_its_value_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let error = || read(&parse(&format!("TOKEN=file:{}", path.display())).unwrap()).unwrap_err();
        assert_eq!(error(), format!("secret TOKEN: {}: No such file or directory", path.display()));
        let long = "hunter2".repeat(10_000);
        for (content, problem) in
            [("\n", "is empty"), ("hunter2\0", "contains a NUL byte"), (&long, "is longer than 32 KiB")]
        {
            fs::write(&path, content).unwrap();
            assert_eq!(error(), format!("secret TOKEN: {} {problem}", path.display()));
        }
        fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(error(), format!("secret TOKEN: {}: is not a file", path.display()));
        let unset = read(&parse("GH=env:TEMPO_NO_SUCH_VARIABLE").unwrap()).unwrap_err();
        assert_eq!(unset, "secret GH: the variable TEMPO_NO_SUCH_VARIABLE is not set where Tempo runs");
    }
}
