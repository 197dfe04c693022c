//! UUIDs of tasks and series that no other program has named.

use jiff::Timestamp;

use crate::domain::TaskId;

/// The first byte of each: of another program's few begin so.
const MARK: u64 = 0x54;

/// Bits of the number that a store drew when it was made.
const ORIGIN_BITS: u32 = 40;

/// Bits of the second in which a task was added: a number is given again when the last task is removed for good.
const SECOND_BITS: u32 = 34;

/// Bits of the number of a task.
const NUMBER_BITS: u32 = 40;

/// The number that stands for the series that began with a task.
const SERIES: i64 = 1 << (NUMBER_BITS - 1);

const fn mask(bits: u32) -> u128 {
    (1 << bits) - 1
}

/// The number of a store in what it names: [`uid_of`] of two stores have nothing in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin(pub i64);

/// The UUID of the series that began with a task.
pub fn uid_of_series(origin: Origin, first: TaskId, created: Timestamp) -> String {
    uid_of(origin, TaskId(first.0 | SERIES), created)
}

/// The task with which the series began of which [`uid_of_series`] has made this, if it was that.
pub fn first_of(uid: &str) -> Option<TaskId> {
    number_of(uid).filter(|number| number & SERIES != 0).map(|number| TaskId(number & !SERIES))
}

/// The UUID (version 8, RFC 9562) of a task that no other program has named: of the store, the number of the task and when it was
/// added.
pub fn uid_of(origin: Origin, task: TaskId, created: Timestamp) -> String {
    let part = |number: i64, bits: u32| u128::from(number.cast_unsigned()) & mask(bits);
    let first = (u128::from(MARK) << ORIGIN_BITS) | part(origin.0, ORIGIN_BITS);
    let rest = (part(created.as_second(), SECOND_BITS) << NUMBER_BITS) | part(task.0, NUMBER_BITS);
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        first >> 16,
        first & mask(16),
        rest >> 62,
        0x8000 | ((rest >> 48) & mask(14)),
        rest & mask(48)
    )
}

/// The task of which [`uid_of`] has made this, if it was that, here or in another store: who looks for it makes its UUID and compares.
pub fn task_of(uid: &str) -> Option<TaskId> {
    number_of(uid).filter(|number| number & SERIES == 0).map(TaskId)
}

/// Whether it looks as those that are made here.
pub fn is_ours(uid: &str) -> bool {
    number_of(uid).is_some()
}

fn number_of(uid: &str) -> Option<i64> {
    let parts: Vec<&str> = uid.split('-').collect();
    let [first, _, version, variant, last] = parts.as_slice() else { return None };
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_one = lengths == [8, 4, 4, 4, 12]
        && parts.iter().all(|part| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        && first.starts_with(&format!("{MARK:02x}"))
        && version.starts_with('8')
        && variant.starts_with(['8', '9', 'a', 'b']);
    let number = u64::from_str_radix(last, 16).ok().filter(|_| is_one)?;
    Some((u128::from(number) & mask(NUMBER_BITS)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Origin = Origin(0xfe_dcba_9876);

    fn created() -> Timestamp {
        "2026-11-22T12:00:00.123457Z".parse().unwrap()
    }

    #[test]
    fn a_uuid_of_a_task_is_one_and_leads_back_to_it() {
        for number in [1, 77, SERIES - 1] {
            let uid = uid_of(HERE, TaskId(number), created());
            assert_eq!(uid.len(), 36);
            assert_eq!((&uid[14..15], "89ab".contains(&uid[19..20])), ("8", true), "{uid}");
            assert_eq!((task_of(&uid), first_of(&uid)), (Some(TaskId(number)), None));
        }
        assert_eq!(uid_of(HERE, TaskId(0x11), created()), format!("54fedcba-9876-{}0000000011", second()));
        for other in
            ["296d835e-8f85-4224-8f36-c612cad1b9f8", "lunch@example.com", "54+edcba-9876-8000-8000-000000000001"]
        {
            assert_eq!((task_of(other), is_ours(other)), (None, false), "{other}");
        }
    }

    /// The part of the second, as another calculation has it.
    fn second() -> String {
        let bits = format!("{:034b}", created().as_second());
        let version = u16::from_str_radix(&bits[..12], 2).unwrap();
        let variant = u16::from_str_radix(&format!("10{}", &bits[12..26]), 2).unwrap();
        let last = u8::from_str_radix(&bits[26..], 2).unwrap();
        format!("8{version:03x}-{variant:04x}-{last:02x}")
    }

    #[test]
    fn uuids_of_two_stores_two_tasks_and_two_seconds_differ() {
        let next = created() + jiff::SignedDuration::from_secs(1);
        let all = [
            uid_of(HERE, TaskId(1), created()),
            uid_of(Origin(1), TaskId(1), created()),
            uid_of(HERE, TaskId(2), created()),
            uid_of(HERE, TaskId(1), next),
            uid_of_series(HERE, TaskId(1), created()),
        ];
        let unlike: std::collections::HashSet<&String> = all.iter().collect();
        assert_eq!(unlike.len(), all.len(), "{all:?}");
    }

    #[test]
    fn a_uuid_of_a_series_is_not_that_of_its_first_task_and_leads_back_to_it() {
        let series = uid_of_series(HERE, TaskId(77), created());
        assert_eq!((first_of(&series), task_of(&series), is_ours(&series)), (Some(TaskId(77)), None, true));
    }
}
