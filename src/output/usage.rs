//! The file `usage` of a run: what its processes used together, sample by sample (R7).

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

/// The file of [`Sample`]s in a run folder. A run that is over before its first sample leaves none.
pub const USAGE_FILE: &str = "usage";
/// Bytes of one sample in the file.
pub const SAMPLE_SIZE: usize = 32;

/// What the processes of a run used together at one moment.
///
/// On disk, little-endian: time i64 (microseconds since the Unix epoch), CPU time u64 (microseconds), memory u64 (bytes),
/// processes u32, attempt u32. Samples are only ever added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When it was taken, to the microsecond.
    pub at: Timestamp,
    /// User and system CPU time since the attempt began, of those that have ended, too.
    pub cpu: Duration,
    /// Memory at that moment, in bytes.
    pub memory: u64,
    /// Processes at that moment.
    pub processes: u32,
    /// The attempt of the run, from 1.
    pub attempt: u32,
}

impl Sample {
    /// The sample as it is stored.
    pub fn to_bytes(self) -> [u8; SAMPLE_SIZE] {
        let mut bytes = [0; SAMPLE_SIZE];
        bytes[0..8].copy_from_slice(&self.at.as_microsecond().to_le_bytes());
        bytes[8..16].copy_from_slice(&u64::try_from(self.cpu.as_micros()).unwrap_or(u64::MAX).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.memory.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.processes.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.attempt.to_le_bytes());
        bytes
    }

    /// The sample that is stored in `bytes`; `None` for what nobody wrote (zeros after a power loss).
    pub fn from_bytes(bytes: &[u8; SAMPLE_SIZE]) -> Option<Self> {
        let long = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let (low, high) = (long(24) as u32, (long(24) >> 32) as u32);
        let at = Timestamp::from_microsecond(long(0).cast_signed()).ok()?;
        let cpu = Duration::from_micros(long(8));
        (high > 0).then_some(Self { at, cpu, memory: long(16), processes: low, attempt: high })
    }
}

/// All samples of the run in `folder`, in order; none when there is no file. A torn end, and what nobody wrote, is left out.
pub fn read(folder: &Path) -> io::Result<Vec<Sample>> {
    match fs::read(folder.join(USAGE_FILE)) {
        Ok(bytes) => Ok(bytes.as_chunks().0.iter().filter_map(Sample::from_bytes).collect()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// Adds samples at the end of the file, which is made with the first one, readable by its owner only.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<(File, u64)>,
}

impl Log {
    /// Adds one. What the disk refuses is left out of the record: a figure is never worth a run.
    pub fn append(&mut self, folder: &Path, sample: Sample) {
        if self.file.is_none() {
            self.file = open(folder).ok();
        }
        if let Some((file, end)) = &mut self.file
            && file.write_all_at(&sample.to_bytes(), *end).is_ok()
        {
            *end += SAMPLE_SIZE as u64;
        }
    }
}

/// The file, and where the next sample goes: over the torn end that a crash of the machine may have left.
fn open(folder: &Path) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(folder.join(USAGE_FILE))?;
    let whole = file.metadata()?.len() / SAMPLE_SIZE as u64;
    Ok((file, whole * SAMPLE_SIZE as u64))
}

/// CPU time per time that elapsed (1 is one processor) from the sample `before`, or from the `start` of the run, until `sample`.
pub fn load(before: Option<&Sample>, start: Timestamp, sample: &Sample) -> f64 {
    let from = before.map_or(start, |before| before.at);
    // Each attempt counts its own.
    let used = before.filter(|before| before.attempt == sample.attempt).map_or(Duration::ZERO, |before| before.cpu);
    let elapsed = sample.at.duration_since(from).as_secs_f64();
    let cpu = sample.cpu.saturating_sub(used).as_secs_f64();
    // A clock that was set back says nothing.
    if elapsed > 0.0 { cpu / elapsed } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn sample(second: i64, attempt: u32) -> Sample {
        let at = Timestamp::from_second(1_700_000_000 + second).unwrap();
        let cpu = Duration::from_millis(500 * second.unsigned_abs());
        Sample { at, cpu, memory: 0x0102, processes: 3, attempt }
    }

    #[test]
    fn r7_a_sample_is_stored_in_the_documented_layout_and_comes_back() {
        let bytes = sample(2, 7).to_bytes();
        assert_eq!(bytes[0..8], 1_700_000_002_000_000_i64.to_le_bytes());
        assert_eq!(bytes[8..16], 1_000_000_u64.to_le_bytes());
        assert_eq!(bytes[16..], [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0]);
        assert_eq!(Sample::from_bytes(&bytes), Some(sample(2, 7)));
        assert_eq!(Sample::from_bytes(&[0; SAMPLE_SIZE]), None);
        assert_eq!(Sample::from_bytes(&[0x7f; SAMPLE_SIZE]), None);
    }

    #[test]
    fn r7_a_torn_end_is_not_read_and_the_next_sample_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        let mut log = Log::default();
        log.append(folder.path(), sample(1, 1));
        log.append(folder.path(), sample(2, 1));
        let path = folder.path().join(USAGE_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let torn = [fs::read(&path).unwrap(), vec![9; 11]].concat();
        fs::write(&path, torn).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [sample(1, 1), sample(2, 1)]);
        Log::default().append(folder.path(), sample(3, 2));
        assert_eq!(read(folder.path()).unwrap(), [sample(1, 1), sample(2, 1), sample(3, 2)]);
    }

    #[test]
    fn r7_the_load_counts_from_the_sample_before() {
        let start = sample(0, 1).at;
        assert!((load(None, start, &sample(2, 1)) - 0.5).abs() < 1e-9);
        assert!((load(Some(&sample(2, 1)), start, &sample(4, 1)) - 0.5).abs() < 1e-9);
        let next = Sample { cpu: Duration::from_secs(2), ..sample(4, 2) };
        assert!((load(Some(&sample(2, 1)), start, &next) - 1.0).abs() < 1e-9);
        assert!(load(Some(&sample(2, 1)), start, &sample(1, 1)).abs() < 1e-9, "the clock was set back");
    }
}
