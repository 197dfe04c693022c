//! Gives room on the disk back from the middle of a file: holes.

use std::fs::File;
use std::io;
use std::ops::Range;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// The cap drops no less than this at once, unless it is small itself.
pub(super) const LEAST_STEP: u64 = 1 << 20;
/// Holes are of whole blocks of this size; that of the file system may be another one, which costs some room only.
const BLOCK: u64 = 4096;
/// How: what a hole is punched into keeps its length.
const PUNCH: FallocateFlags = FallocateFlags::PUNCH_HOLE.union(FallocateFlags::KEEP_SIZE);

/// Whether the file system makes holes.
pub(super) fn can_punch(file: &File) -> io::Result<bool> {
    // Behind the end, where there is nothing to lose.
    let end = file.metadata()?.len().next_multiple_of(BLOCK);
    match fallocate(file, PUNCH, end, BLOCK) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Makes a hole of the whole blocks in this range.
pub(super) fn punch(file: &File, range: Range<u64>) -> io::Result<()> {
    let (start, end) = (range.start.next_multiple_of(BLOCK), range.end - range.end % BLOCK);
    if start < end {
        fallocate(file, PUNCH, start, end - start)?;
    }
    Ok(())
}
