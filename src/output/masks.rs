//! Secrets are masked wherever an output is shown (R9): they are found by their length and keyed hashes, never by their values,
//! also when the secret has another value by now.
//!
//! `masks.json` in the run folder, readable by its owner only, holds a random key and a mask for each value: its length, 16 bits
//! of a rolling hash, by which places are sifted, and a `SipHash` of 64 bits, by which they are proved. Who can read it can test
//! guesses with it; the value is not in it.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

/// The file in the run folder.
const MASKS_FILE: &str = "masks.json";
const MASKS_DRAFT: &str = "masks.json.new";
/// Values that are shorter stand in too much that is no secret: they are not masked.
pub const SHORTEST: usize = 4;
/// What is shown in place of a secret.
const MASK: &[u8] = b"***";
const ESC: u8 = 0x1b;

/// One value, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mask {
    length: usize,
    sift: u16,
    proof: u64,
}

/// What is masked in the output of a run; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Masks {
    key: (u64, u64),
    masks: Vec<Mask>,
}

/// Adds to what is masked in the output of the run in `folder`: each line of each value that is long enough. An earlier attempt
/// may have had other values: they stay masked.
pub fn add<'a>(folder: &Path, values: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let lines: Vec<&[u8]> = values
        .flat_map(|value| value.split(|byte| *byte == b'\n'))
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| line.len() >= SHORTEST)
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let mut masks = read(folder)?;
    if masks.is_empty() {
        masks.key = random_key()?;
    }
    for line in lines {
        let mask = Mask { length: line.len(), sift: masks.sift(line), proof: masks.proof(line) };
        if !masks.masks.contains(&mask) {
            masks.masks.push(mask);
        }
    }
    masks.masks.sort_by_key(|mask| mask.length);
    let draft = folder.join(MASKS_DRAFT);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&serde_json::to_vec(&masks)?)?;
    fs::rename(&draft, folder.join(MASKS_FILE))
}

fn random_key() -> io::Result<(u64, u64)> {
    let (mut one, mut other) = ([0; 8], [0; 8]);
    let mut random = File::open("/dev/urandom")?;
    random.read_exact(&mut one)?;
    random.read_exact(&mut other)?;
    Ok((u64::from_le_bytes(one), u64::from_le_bytes(other)))
}

/// What is masked in the output of the run in `folder`.
fn read(folder: &Path) -> io::Result<Masks> {
    let path = folder.join(MASKS_FILE);
    match fs::read(&path) {
        // What is secret is not known then: showing everything would be worse than showing nothing.
        Ok(text) => serde_json::from_slice(&text).map_err(|e| {
            let text =
                format!("{}: {e}: what is secret in this output is not known; --raw gives all of it", path.display());
            io::Error::new(ErrorKind::InvalidData, text)
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Masks::default()),
        Err(e) => Err(e),
    }
}

/// The masks of a run, which can be added to while it lives: read when they are needed, and again when they have changed.
#[derive(Debug, Clone, Default)]
pub struct MasksOf {
    folder: PathBuf,
    seen: Option<(SystemTime, u64)>,
    masks: Masks,
}

impl MasksOf {
    /// Those of the run in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// As they are now.
    pub fn current(&mut self) -> io::Result<&Masks> {
        let file = match fs::metadata(self.folder.join(MASKS_FILE)) {
            Ok(file) => Some((file.modified()?, file.len())),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        if file != self.seen {
            self.masks = read(&self.folder)?;
            self.seen = file;
        }
        Ok(&self.masks)
    }
}

impl Masks {
    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.masks.is_empty()
    }

    /// The length of the longest value in bytes; 0 when nothing is masked.
    pub fn longest(&self) -> usize {
        self.masks.iter().map(|mask| mask.length).max().unwrap_or(0)
    }

    /// Bytes of one line or of several as they are shown.
    pub fn apply<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let secrets = self.find(bytes);
        if secrets.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(replace(bytes, &secrets)) }
    }

    /// Where secrets stand, in order and apart from each other. Escape sequences in the midst of one do not hide it, as they would
    /// not on a terminal.
    pub fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        if memchr::memchr(ESC, bytes).is_none() {
            return self.find_plain(bytes);
        }
        let (text, places) = without_sequences(bytes);
        // From the first byte to the last, with the sequences in between.
        self.find_plain(&text).into_iter().map(|range| places[range.start]..places[range.end - 1] + 1).collect()
    }

    fn find_plain(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for of_length in self.masks.chunk_by(|one, other| one.length == other.length) {
            self.find_length(bytes, of_length, &mut found);
        }
        found.sort_by_key(|range| range.start);
        found.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        found
    }

    /// Rolls a window of one length over all bytes.
    fn find_length(&self, bytes: &[u8], masks: &[Mask], found: &mut Vec<Range<usize>>) {
        let length = masks[0].length;
        if bytes.len() < length {
            return;
        }
        let base = self.base();
        let leaving = (1..length).fold(1_u64, |power, _| power.wrapping_mul(base));
        let mut hash = roll(base, &bytes[..length]);
        let mut start = 0;
        loop {
            let sift = sifted(hash);
            if masks.iter().any(|mask| mask.sift == sift) {
                let window = &bytes[start..start + length];
                let proof = self.proof(window);
                if masks.iter().any(|mask| mask.sift == sift && mask.proof == proof) {
                    found.push(start..start + length);
                }
            }
            let Some(next) = bytes.get(start + length) else { return };
            hash = hash.wrapping_sub(leaving.wrapping_mul(value_of(bytes[start])));
            hash = hash.wrapping_mul(base).wrapping_add(value_of(*next));
            start += 1;
        }
    }

    /// Odd, or the first bytes of a long value would count for nothing.
    fn base(&self) -> u64 {
        self.key.0 | 1
    }

    fn sift(&self, value: &[u8]) -> u16 {
        sifted(roll(self.base(), value))
    }

    fn proof(&self, value: &[u8]) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.key.0, self.key.1);
        hasher.write(value);
        hasher.finish()
    }
}

/// What a byte counts: spread over all bits, so that the upper ones depend on short values, too.
fn value_of(byte: u8) -> u64 {
    (u64::from(byte) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn roll(base: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |hash: u64, byte| hash.wrapping_mul(base).wrapping_add(value_of(*byte)))
}

/// The bits of the rolling hash that are kept: too few to find a value by.
const fn sifted(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// The bytes with a mask in each of these places. The escape sequences that stand there stay, so that a colour that begins in a
/// secret begins, and one that ends there ends.
pub fn replace(bytes: &[u8], places: &[Range<usize>]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for place in places {
        masked.extend_from_slice(&bytes[at..place.start]);
        masked.extend_from_slice(MASK);
        let mut inside = place.start;
        while let Some(escape) = memchr::memchr(ESC, &bytes[inside..place.end]) {
            let start = inside + escape;
            inside = start + sequence(&bytes[start..place.end]);
            masked.extend_from_slice(&bytes[start..inside]);
        }
        at = place.end;
    }
    masked.extend_from_slice(&bytes[at..]);
    masked
}

/// The bytes that are no part of an escape sequence, and where each of them stands.
fn without_sequences(bytes: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut text, mut places) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == ESC {
            at += sequence(&bytes[at..]);
        } else {
            text.push(bytes[at]);
            places.push(at);
            at += 1;
        }
    }
    (text, places)
}

/// The length of the escape sequence at the beginning: CSI, OSC and its like up to their end, others of two bytes. None reaches
/// over a line end.
fn sequence(bytes: &[u8]) -> usize {
    let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
    let end = match line.get(1) {
        Some(b'[') => line[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map(|at| at + 3),
        Some(b']' | b'P' | b'_' | b'^' | b'X') => line[2..]
            .iter()
            .position(|byte| matches!(*byte, 0x07 | ESC))
            .map(|at| if line[2 + at] == ESC { at + 4 } else { at + 3 }),
        Some(_) => Some(2),
        None => Some(1),
    };
    end.unwrap_or(line.len()).clamp(1, bytes.len())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    fn masks(values: &[&[u8]]) -> (tempfile::TempDir, Masks) {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), values.iter().copied()).unwrap();
        let masks = read(folder.path()).unwrap();
        (folder, masks)
    }

    fn shown(masks: &Masks, text: &str) -> String {
        String::from_utf8(masks.apply(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn r9_secrets_are_found_wherever_they_stand_and_nothing_else_is_masked() {
        let (_folder, masks) = masks(&[b"hunter2", b"tok-1234567890", b"abcd", b"pem one\r\npem two\nxyz\n"]);
        for (text, expected) in [
            ("hunter2", "***"),
            ("password=hunter2!", "password=***!"),
            ("hunter2hunter2", "******"),
            ("hunter 2 hunter", "hunter 2 hunter"),
            ("hunterhunter2", "hunter***"),
            ("a tok-1234567890 abcd b", "a *** *** b"),
            ("tok-123456789", "tok-123456789"),
            ("abcabcd", "abc***"),
            ("1 pem one", "1 ***"),
            ("pem two\r", "***\r"),
            // Too short to be one.
            ("xyz", "xyz"),
            ("", ""),
        ] {
            assert_eq!(shown(&masks, text), expected, "{text:?}");
        }
        assert_eq!(masks.longest(), 14);
    }

    #[test]
    fn r9_a_secret_in_two_colours_is_masked_and_the_colours_stay() {
        let (_folder, masks) = masks(&[b"hunter2"]);
        for (text, expected) in [
            ("\x1b[31mhunter2\x1b[m", "\x1b[31m***\x1b[m"),
            ("a hun\x1b[31mter\x1b[1m2 b\x1b[m", "a ***\x1b[31m\x1b[1m b\x1b[m"),
            ("hun\x1b]8;;http://x\x1b\\ter2", "***\x1b]8;;http://x\x1b\\"),
            ("hun\x1b]8;;never ends ter2\nhunter2", "hun\x1b]8;;never ends ter2\n***"),
            ("hunter2\x1b", "***\x1b"),
            ("\x1b[31", "\x1b[31"),
        ] {
            assert_eq!(shown(&masks, text), expected, "{text:?}");
        }
    }

    #[test]
    fn r9_the_file_is_private_holds_no_value_and_is_never_the_same_twice() {
        let value = b"correct horse battery staple";
        let (one, of_one) = masks(&[value]);
        let (two, of_two) = masks(&[value]);
        assert_ne!(of_one, of_two);
        for folder in [&one, &two] {
            let path = folder.path().join(MASKS_FILE);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let text = fs::read(path).unwrap();
            assert!(!text.windows(5).any(|part| value.windows(5).any(|other| part == other)));
        }
        let (nothing, none) = masks(&[b"abc", b"", b"\n\n"]);
        assert!(none.is_empty() && !nothing.path().join(MASKS_FILE).exists());
    }

    #[test]
    fn r9_a_later_attempt_adds_to_what_is_masked_and_a_reader_notices() {
        let folder = tempfile::tempdir().unwrap();
        let mut of_run = MasksOf::new(folder.path());
        assert!(of_run.current().unwrap().is_empty());
        add(folder.path(), [b"first value".as_slice()].into_iter()).unwrap();
        assert_eq!(shown(of_run.current().unwrap(), "first value, second value"), "***, second value");
        add(folder.path(), [b"second value".as_slice(), b"first value"].into_iter()).unwrap();
        assert_eq!(shown(of_run.current().unwrap(), "first value, second value"), "***, ***");
        assert_eq!(of_run.current().unwrap().masks.len(), 2);
    }

    #[test]
    fn x1_masks_that_cannot_be_read_are_an_error_that_says_what_still_shows_the_output() {
        let (folder, _) = masks(&[b"hunter2"]);
        fs::write(folder.path().join(MASKS_FILE), "{").unwrap();
        let error = MasksOf::new(folder.path()).current().unwrap_err().to_string();
        assert!(error.contains("masks.json") && error.contains("--raw"), "{error}");
    }

    proptest! {
        #[test]
        fn r9_whatever_surrounds_a_secret_it_is_found_as_a_plain_search_finds_it(
            secrets in prop::collection::vec(prop::collection::vec(b'a'..b'd', 4..7), 1..4),
            text in prop::collection::vec(b'a'..b'd', 0..60),
        ) {
            let values: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
            let (_folder, masks) = masks(&values);
            let mut hidden = vec![false; text.len()];
            for value in values {
                for start in (0..text.len()).filter(|start| text[*start..].starts_with(value)) {
                    hidden[start..start + value.len()].fill(true);
                }
            }
            let mut found = vec![false; text.len()];
            masks.find(&text).into_iter().for_each(|range| found[range].fill(true));
            prop_assert_eq!(found, hidden);
        }
    }
}
