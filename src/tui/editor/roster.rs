//! Marked tasks as a text of the editor: no file of a person holds it, and saving it changes the tasks (A6).

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::store::roster::Opened;

/// What it is called among files. No script is called so: those have absolute paths.
const NAME: &str = "tasks";

/// Its name as a path.
pub fn path() -> PathBuf {
    PathBuf::from(NAME)
}

/// Whether a file is it.
pub fn is(path: &Path) -> bool {
    path == Path::new(NAME)
}

/// Such a text as it is kept: what was written, and what it was before, for only what differs is a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As it was opened.
    pub opened: Opened,
    /// As it was written.
    pub text: Arc<str>,
}

/// The form on the disk.
#[derive(Serialize, Deserialize)]
struct Form<'a> {
    tasks: usize,
    opened: Cow<'a, str>,
    text: Cow<'a, str>,
}

impl Kept {
    /// As bytes, for the disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (opened, text) = (Cow::Borrowed(&*self.opened.text), Cow::Borrowed(&*self.text));
        let form = Form { tasks: self.opened.tasks, opened, text };
        // Texts and a number can always be written.
        serde_json::to_vec(&form).unwrap_or_default()
    }

    /// What such bytes say; nothing when they are none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let Form { tasks, opened, text } = serde_json::from_slice(bytes).ok()?;
        Some(Self { opened: Opened { text: opened.into(), tasks }, text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_48_what_was_written_is_kept_with_what_it_was_before() {
        let opened = Opened { text: "# 1 task\n    1 a | \"\\\n".into(), tasks: 1 };
        let kept = Kept { opened, text: "    1 \u{1f980} | \t\r\n".into() };
        assert_eq!(Kept::read(&kept.to_bytes()), Some(kept));
        assert_eq!(Kept::read(b"    1 a\n"), None);
    }
}
