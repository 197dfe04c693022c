//! A run that succeeded, and yet was not as the ones before it: it printed nothing, took far longer, or printed far more.

use std::time::Duration;

use super::quantity::{format_bytes, format_elapsed};

/// Runs that succeeded before, of which there must be so many before any is unusual.
const LEAST: usize = 5;
/// So many times as long as usual is unusual.
const LONGER: u32 = 5;
/// So many times as much output as usual is unusual.
const MORE: u64 = 100;
/// What takes less is not worth a word: there the machine makes the difference.
const SHORT: Duration = Duration::from_secs(2);
/// Nor is the size of so little output.
const LITTLE: u64 = 1024;

/// What a run took and printed that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// How long it took.
    pub took: Duration,
    /// Bytes that it printed.
    pub printed: u64,
}

/// In what it differs from the runs before it that succeeded, in words: `took 12:04, 6 times its usual 2:01`. The usual is the
/// median, so that what is unusual for long becomes usual.
pub fn unusual(run: Done, before: &[Done]) -> Option<String> {
    if before.len() < LEAST {
        return None;
    }
    let mut words = Vec::new();
    let took = median(before.iter().map(|done| done.took)).max(SHORT);
    if run.took >= took * LONGER {
        let times = run.took.as_secs_f64() / took.as_secs_f64();
        words.push(format!("took {}, {times:.0} times its usual {}", format_elapsed(run.took), format_elapsed(took)));
    }
    let printed = median(before.iter().map(|done| done.printed));
    if run.printed == 0 && printed > 0 {
        words.push(format!("printed nothing; {} is usual", format_bytes(printed)));
    } else if run.printed >= printed.max(LITTLE).saturating_mul(MORE) {
        let usual = printed.max(LITTLE);
        words.push(format!(
            "printed {}, {} times its usual {}",
            format_bytes(run.printed),
            run.printed / usual,
            format_bytes(usual)
        ));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// The one in the middle; of an even number the smaller of the two.
fn median<T: Ord + Copy + Default>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(seconds: u64, printed: u64) -> Done {
        Done { took: Duration::from_secs(seconds), printed }
    }

    #[test]
    fn a_run_that_is_as_those_before_needs_no_word() {
        let before = [done(60, 10_000), done(62, 9_000), done(300, 0), done(58, 12_000), done(61, 11_000)];
        assert_eq!(unusual(done(290, 100_000), &before), None);
        assert_eq!(unusual(done(0, 1), &before), None, "faster and shorter is no warning");
    }

    #[test]
    fn what_takes_five_times_as_long_or_prints_a_hundred_times_as_much_or_nothing_is_said() {
        let before = [done(60, 10_000); 6];
        assert_eq!(unusual(done(300, 10_000), &before).unwrap(), "took 5:00, 5 times its usual 1:00");
        assert_eq!(unusual(done(60, 0), &before).unwrap(), "printed nothing; 9.8 KiB is usual");
        assert_eq!(unusual(done(60, 1_000_000), &before).unwrap(), "printed 977 KiB, 100 times its usual 9.8 KiB");
        assert_eq!(
            unusual(done(600, 0), &before).unwrap(),
            "took 10:00, 10 times its usual 1:00; printed nothing; 9.8 KiB is usual"
        );
    }

    #[test]
    fn without_enough_runs_before_nothing_is_known() {
        assert_eq!(unusual(done(6000, 0), &[done(1, 10_000); 4]), None);
    }

    #[test]
    fn moments_and_a_few_bytes_are_not_worth_a_word() {
        let before = [done(0, 0); 9];
        assert_eq!(unusual(done(9, 99 * 1024), &before), None);
        assert!(unusual(done(10, 0), &before).is_some());
        assert_eq!(unusual(done(0, 0), &before), None, "a task that never prints anything may do so");
    }
}
