//! The file that `tempo backup` writes: a tar archive, compressed with zstd, that can be opened without Tempo.
//!
//! ```text
//! database/tempo.db     the database, a file of SQLite
//! config/config.toml    the settings, when there is such a file
//! config/keys.toml      the person's keys, when there is such a file
//! runs/<id>/...         the run folders; with --no-output without what the runs printed
//! files/...             the scripts and calendars that tasks name, under their absolute paths
//! manifest.json         what is in it
//! SHA256SUMS            of everything before it: `sha256sum -c SHA256SUMS`
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the form.
pub(super) const FORMAT: u32 = 1;

pub(super) const DATABASE: &str = "database/tempo.db";
pub(super) const CONFIG: &str = "config";
pub(super) const RUNS: &str = "runs";
pub(super) const FILES: &str = "files";
pub(super) const MANIFEST: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// Fast, and a tenth of what programs print.
const LEVEL: i32 = 3;

/// The longest list of sums and manifest that are believed.
const LARGEST_LIST: u64 = 1 << 30;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The version of the Tempo that made it.
    pub(super) tempo: String,
    pub(super) made_at: String,
    pub(super) schema: i64,
    pub(super) tasks: u64,
    pub(super) schedules: u64,
    pub(super) runs: u64,
    /// Whether what runs printed is in it.
    pub(super) output: bool,
}

/// A backup that is being written.
pub(super) struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, File>>,
    sums: String,
}

impl Writer {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(file, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { tar: tar::Builder::new(encoder), sums: String::new() })
    }

    /// Adds a file as it is at this moment: what is written to it meanwhile is left out.
    pub(super) fn add(&mut self, path: &str, from: &Path) -> io::Result<()> {
        let file = File::open(from)?;
        let metadata = file.metadata()?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(metadata.mode() & 0o777);
        header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
        header.set_size(metadata.len());
        // A file that became shorter meanwhile is filled up: the length stands before the content.
        self.append(path, header, file.chain(io::repeat(0)).take(metadata.len()))
    }

    fn append(&mut self, path: &str, mut header: tar::Header, content: impl Read) -> io::Result<()> {
        let mut hashed = Hashed::new(content);
        self.tar.append_data(&mut header, path, &mut hashed)?;
        let sum = hashed.sum();
        // As `sha256sum` has it; of a name with a line break it would need another form.
        writeln!(self.sums, "{sum}  {path}").map_err(io::Error::other)
    }

    /// Adds the manifest and the sums, and brings everything onto the disk.
    pub(super) fn finish(mut self, manifest: &Manifest) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        self.append(MANIFEST, small(text.len()), text.as_slice())?;
        let sums = std::mem::take(&mut self.sums);
        self.tar.append_data(&mut small(sums.len()), SUMS, sums.as_bytes())?;
        self.tar.into_inner()?.finish()?.sync_all()
    }
}

fn small(length: usize) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o600);
    header.set_size(length as u64);
    header
}

/// A file of a backup.
pub(super) struct Found<'a> {
    pub(super) path: PathBuf,
    pub(super) mode: u32,
    pub(super) content: &'a mut dyn Read,
}

/// Reads a backup to its end, gives each file to `take`, and checks that everything is there as it was written.
pub(super) fn read(file: File, mut take: impl FnMut(Found<'_>) -> io::Result<()>) -> io::Result<Manifest> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let mut archive = tar::Archive::new(zstd::Decoder::new(file)?);
    let (mut found, mut manifest, mut sums) = (BTreeMap::new(), None, None);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let mode = entry.header().mode()?;
        let ours = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !ours || !entry.header().entry_type().is_file() || sums.is_some() {
            return Err(wrong(format!("{} does not belong into a backup", path.display())));
        }
        if path == Path::new(SUMS) {
            let mut text = String::new();
            entry.take(LARGEST_LIST).read_to_string(&mut text)?;
            sums = Some(text);
            continue;
        }
        let mut hashed = Hashed::new(&mut entry);
        if path == Path::new(MANIFEST) {
            let mut text = Vec::new();
            (&mut hashed).take(LARGEST_LIST).read_to_end(&mut text)?;
            manifest = Some(serde_json::from_slice::<Manifest>(&text)?);
        } else {
            take(Found { path: path.clone(), mode, content: &mut hashed })?;
        }
        // What was not wanted counts as well.
        io::copy(&mut hashed, &mut io::sink())?;
        if found.insert(path.clone(), hashed.sum()).is_some() {
            return Err(wrong(format!("{} is in it twice", path.display())));
        }
    }
    // The checksum of the compression stands behind the end of the archive.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    let (Some(manifest), Some(sums)) = (manifest, sums) else {
        return Err(wrong(format!("it is not a whole backup: {MANIFEST} and {SUMS} are not in it")));
    };
    let listed: BTreeMap<PathBuf, String> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, path)| (PathBuf::from(path), sum.to_owned()))
        .collect();
    if let Some((path, _)) = listed.iter().find(|(path, sum)| found.get(*path) != Some(sum)) {
        return Err(wrong(format!("{} is missing or is not as it was written", path.display())));
    }
    if let Some(path) = found.keys().find(|path| !listed.contains_key(*path)) {
        return Err(wrong(format!("{} does not belong into it", path.display())));
    }
    Ok(manifest)
}

/// A reader that adds up what went through it.
struct Hashed<R> {
    from: R,
    sum: Sha256,
}

impl<R: Read> Hashed<R> {
    fn new(from: R) -> Self {
        Self { from, sum: Sha256::new() }
    }

    fn sum(self) -> String {
        self.sum.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.sum.update(&buffer[..n]);
        Ok(n)
    }
}
