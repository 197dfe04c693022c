//! UUIDs of tasks and series that no other program has named.

use jiff::Timestamp;

use crate::domain::TaskId;

/// Bits of the number of a task in a UUID.
const NUMBER_BITS: u32 = 58;

/// The number that stands for the series that began with a task.
const SERIES: i64 = 1 << (NUMBER_BITS - 1);

/// The UUID of the series that began with a task.
pub fn uid_of_series(first: TaskId, created: Timestamp) -> String {
    uid_of(TaskId(first.0 | SERIES), created)
}

/// The task with which the series began of which [`uid_of_series`] made this, and when that was added.
pub fn first_of(uid: &str) -> Option<(TaskId, Timestamp)> {
    task_of(uid).filter(|(task, _)| task.0 & SERIES != 0).map(|(task, created)| (TaskId(task.0 & !SERIES), created))
}

/// The UUID (version 8) of a task that no other program has named: it holds the number of the task and when it was added, so that
/// [`task_of`] finds it again.
pub fn uid_of(task: TaskId, created: Timestamp) -> String {
    let (at, number) = (created.as_microsecond().cast_unsigned(), task.0.cast_unsigned());
    let rest = ((at & 0xf) << NUMBER_BITS) | (number & ((1 << NUMBER_BITS) - 1));
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        at >> 32,
        (at >> 16) & 0xffff,
        (at >> 4) & 0xfff,
        0x8000 | (rest >> 48),
        rest & 0xffff_ffff_ffff
    )
}

/// The task of which [`uid_of`] made this, and when that was added.
pub fn task_of(uid: &str) -> Option<(TaskId, Timestamp)> {
    let parts: Vec<&str> = uid.split('-').collect();
    let [high, middle, low, rest, last] = parts.as_slice() else { return None };
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if lengths != [8, 4, 4, 4, 12] || !low.starts_with('8') {
        return None;
    }
    let read = |text: &str| u64::from_str_radix(text, 16).ok();
    let rest = ((read(rest)? & 0x3fff) << 48) | read(last)?;
    let at = (read(high)? << 32) | (read(middle)? << 16) | ((read(low)? & 0xfff) << 4) | (rest >> NUMBER_BITS);
    let created = Timestamp::from_microsecond(at.cast_signed()).ok()?;
    let task = TaskId((rest & ((1 << NUMBER_BITS) - 1)).cast_signed());
    // Another program's that looks alike is not read as one of these.
    (uid_of(task, created) == uid).then_some((task, created))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_of_a_task_is_one_and_leads_back_to_it() {
        let created: Timestamp = "2026-11-22T12:00:00.123457Z".parse().unwrap();
        for number in [1, 77, (1 << 58) - 1] {
            let uid = uid_of(TaskId(number), created);
            assert_eq!(uid.len(), 36);
            assert_eq!((&uid[14..15], "89ab".contains(&uid[19..20])), ("8", true), "{uid}");
            assert_eq!(task_of(&uid), Some((TaskId(number), created)));
        }
        assert_eq!(task_of("296d835e-8f85-4224-8f36-c612cad1b9f8"), None);
        assert_eq!(task_of("lunch@example.com"), None);
    }

    #[test]
    fn a_uuid_of_a_series_is_not_that_of_its_first_task_and_leads_back_to_it() {
        let created: Timestamp = "2026-11-22T12:00:00.123457Z".parse().unwrap();
        let series = uid_of_series(TaskId(77), created);
        assert_ne!(series, uid_of(TaskId(77), created));
        assert_eq!(first_of(&series), Some((TaskId(77), created)));
        assert_eq!(first_of(&uid_of(TaskId(77), created)), None);
    }
}
