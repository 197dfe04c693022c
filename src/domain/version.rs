//! Versions: each content of a script, or of its requirements, that was seen on the disk.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::run::words;
use super::{RunId, TaskId, VersionId};

/// Contents that are larger than this are known by their hash only: 1 MiB.
pub const MOST_KEPT: u64 = 1 << 20;

/// Files that are larger than this are not read at all: 16 MiB.
pub const MOST_READ: u64 = 16 << 20;

/// The name of the file of the packages that a Python script needs, beside it.
pub const REQUIREMENTS: &str = "requirements.txt";

words! {
    /// Which file of a task.
    File {
        /// What is executed.
        Script = "script",
        /// The packages that a Python script needs.
        Requirements = "requirements",
    }
}

words! {
    /// How a content came to be in its file.
    Origin {
        /// With the file, from a template.
        Created = "created",
        /// Saved in Tempo.
        Saved = "saved",
        /// By another program: an editor, git, a copy.
        Outside = "outside",
        /// A person brought back an older version.
        Restored = "restored",
        /// It came with an import.
        Imported = "imported",
    }
}

/// The SHA-256 of a content: the same hash is the same content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// With these 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first eight digits, which tell versions of one file apart well enough to be read.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

/// 64 small hexadecimal digits.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What tells it from others.
    pub hash: Hash,
    /// All of it, however large.
    pub bytes: Vec<u8>,
    /// The commit of the git checkout in which the file lies, when it is in one.
    pub commit: Option<String>,
}

impl Content {
    /// These bytes, of a file that lies in no checkout.
    pub fn of(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { hash: Hash::of(&bytes), bytes, commit: None }
    }

    /// The same as the content of a file that lies in a git checkout.
    #[must_use]
    pub fn at(mut self, commit: Option<String>) -> Self {
        self.commit = commit;
        self
    }

    /// Whether a version of it holds its bytes, and not its hash only.
    pub fn is_kept(&self) -> bool {
        self.bytes.len() as u64 <= MOST_KEPT
    }
}

/// A content that was seen in a file of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Identity.
    pub id: VersionId,
    /// Whose file it is.
    pub task: TaskId,
    /// Which of its files.
    pub file: File,
    /// What stood in it.
    pub hash: Hash,
    /// How many bytes.
    pub size: u64,
    /// Whether the content can be shown and brought back; else it was too large (`MOST_KEPT`).
    pub is_kept: bool,
    /// When it was noted.
    pub saved_at: Timestamp,
    /// How it came there.
    pub origin: Origin,
    /// The commit of the git checkout in which the file lay, when it was in one.
    pub commit: Option<String>,
}

/// What a run executed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pinned {
    /// The version of its script.
    pub script: Option<Version>,
    /// The version of its requirements.
    pub requirements: Option<Version>,
    /// Why there is none of the script, in words, when that is known.
    pub reason: Option<String>,
}

/// Between which two runs a task broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broke {
    /// The last run that succeeded, and what it executed; `None` when none has, of those that are known.
    pub good: Option<(RunId, Pinned)>,
    /// The first one after it that failed.
    pub bad: (RunId, Pinned),
}

impl Broke {
    /// The files of which the two runs executed different versions: only what is known of both counts.
    pub fn changed(&self) -> Vec<(Version, Version)> {
        let Some((_, good)) = &self.good else { return Vec::new() };
        let pairs = [(&good.script, &self.bad.1.script), (&good.requirements, &self.bad.1.requirements)];
        let both = pairs.into_iter().filter_map(|(good, bad)| good.clone().zip(bad.clone()));
        both.filter(|(good, bad)| good.hash != bad.hash).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_sha_256_in_small_digits() {
        let hash = Hash::of(b"abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash.short(), "ba7816bf");
        assert_eq!(Hash::new(*hash.bytes()), hash);
    }

    #[test]
    fn a_content_of_a_mebibyte_is_kept_and_one_that_is_larger_is_not() {
        assert!(Content::of(vec![b'x'; 1 << 20]).is_kept());
        assert!(!Content::of(vec![b'x'; (1 << 20) + 1]).is_kept());
    }
}
