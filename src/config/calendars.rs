//! Calendar files from the disk, read again only when they have changed (T10).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::calendar::Calendar;
use crate::domain::rule::Rule;
use crate::domain::timetable::Timetable;
use crate::domain::when::When;

/// A calendar that is larger than this is something else.
const LARGEST_BYTES: u64 = 16 << 20;

/// A calendar, or in words why it cannot be used, with its path.
pub type Loaded = Result<Arc<Calendar>, String>;

/// A file as it was read: the time of its last change, its size, and what was in it.
type Read = (SystemTime, u64, Loaded);

/// Every file that was read, by path.
static READ: LazyLock<Mutex<HashMap<PathBuf, Read>>> = LazyLock::new(Mutex::default);

/// The calendar in this file, as it is now.
pub fn load(path: &Path) -> Loaded {
    let unusable = |why: &dyn std::fmt::Display| format!("calendar: {}: {why}", path.display());
    // Asked first: opening what is no file, such as a pipe, could take for ever.
    let metadata = fs::metadata(path).map_err(|e| unusable(&e))?;
    if !metadata.is_file() || metadata.len() > LARGEST_BYTES {
        return Err(unusable(&"is not a calendar file"));
    }
    let changed = metadata.modified().map_err(|e| unusable(&e))?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, size, loaded)) = read.get(path)
        && (*at, *size) == (changed, metadata.len())
    {
        return loaded.clone();
    }
    let text = fs::read_to_string(path).map_err(|e| unusable(&e))?;
    let loaded = Calendar::parse(&text).map(Arc::new).map_err(|e| unusable(&e));
    read.insert(path.to_owned(), (changed, metadata.len(), loaded.clone()));
    loaded
}

/// Whether a rule that a person just wrote can be kept: its calendar can be read, something comes, and no slot would start after
/// the next one is due (T9). The error names the key.
pub fn check(rule: &Rule, zone: &TimeZone, now: Timestamp) -> Result<(), String> {
    let calendar = rule.options.calendar.as_deref().map(load).transpose()?;
    let timetable = Timetable { rule, zone, anchor: now, calendar: calendar.as_deref() };
    if rule.when == When::Startup || timetable.next_after(now).is_some() {
        return timetable.check_jitter(now);
    }
    let options = &rule.options;
    Err(match (&options.calendar, options.except.is_empty(), options.end) {
        (Some(path), ..) => format!("calendar: with {} no day is left on which it would be due", path.display()),
        (None, false, _) => "except: no day is left on which it would be due".to_owned(),
        (None, true, Some(end)) => format!("end: {end} comes before it would be due"),
        (None, true, None) => "when: it would never be due".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t10_a_calendar_is_read_again_when_it_has_changed_and_trouble_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("days.txt");
        let day = "2026-12-24".parse().unwrap();
        assert!(load(&path).unwrap_err().contains("days.txt: No such file"));
        fs::write(&path, "2026-12-24 Christmas Eve").unwrap();
        let first = load(&path).unwrap();
        assert_eq!(first.name(day), Some("Christmas Eve"));
        assert!(Arc::ptr_eq(&first, &load(&path).unwrap()), "it is not read again");
        fs::write(&path, "2026-12-25").unwrap();
        assert_eq!(load(&path).unwrap().name(day), None);
        fs::write(&path, "Christmas").unwrap();
        assert!(load(&path).unwrap_err().contains("days.txt: line 1: `Christmas` is not a day"));
        assert!(load(folder.path()).unwrap_err().contains("is not a calendar file"));
    }
}
