//! Marked tasks as a text of the editor: it is nowhere on the disk, and saving it changes the tasks (A6).

use std::path::{Path, PathBuf};

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
