//! Says which slots will be lost before they are, because the run before them takes longer than there is time (R2).

use std::time::Duration;

use jiff::Timestamp;

use super::RunId;
use super::task::Overlap;
use super::why::about;

/// With fewer runs than this nothing is usual.
const FEWEST: usize = 3;

/// How long a run usually takes: 19 of 20 took no longer.
pub fn usual(durations: &[Duration]) -> Option<Duration> {
    if durations.len() < FEWEST {
        return None;
    }
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * 95).div_ceil(100);
    sorted.get(rank - 1).copied()
}

/// Slots that start before `until` will be skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The run in their way is not expected to end before.
    pub until: Timestamp,
    /// Why: the end of the sentence "the 14:00 slot will be skipped: ...".
    pub because: String,
}

/// Looks ahead for a task with this live run. `usual` is how long a run of it usually takes; `slots` are when its next slots
/// start, the first two of them.
pub fn forecast(
    overlap: Overlap,
    (run, started): (RunId, Timestamp),
    usual: Option<Duration>,
    slots: &[Timestamp],
    now: Timestamp,
) -> Option<Forecast> {
    let next = *slots.first()?;
    if overlap != Overlap::Skip {
        return None;
    }
    if let Some(usual) = usual {
        let end = started.checked_add(usual).ok()?;
        if end > now {
            return (end > next)
                .then(|| Forecast { until: end, because: format!("run #{run} usually takes {}", about(usual)) });
        }
    }
    // It takes longer than usual, or nothing is: one that has outlasted a whole period will outlast what is left of this one.
    let elapsed: Duration = now.duration_since(started).try_into().ok()?;
    let period: Duration = slots.get(1)?.duration_since(next).try_into().ok()?;
    (elapsed >= period).then(|| Forecast {
        until: next.saturating_add(Duration::from_micros(1)).unwrap_or(next),
        because: format!("run #{run} takes longer than the {} between two slots", about(period)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * MINUTE)
    }

    #[test]
    fn usual_is_what_nineteen_of_twenty_runs_do_not_exceed() {
        assert_eq!(usual(&[minutes(1), minutes(2)]), None);
        assert_eq!(usual(&[minutes(3), minutes(1), minutes(2)]), Some(minutes(3)));
        let mut twenty: Vec<Duration> = (1..=19).map(minutes).collect();
        twenty.push(minutes(1000));
        assert_eq!(usual(&twenty), Some(minutes(19)), "one outlier is not usual");
    }

    #[test]
    fn r2_a_slot_is_announced_as_lost_while_its_predecessor_is_expected_to_run() {
        // A slot every 10 minutes; the run of minute 0 is live.
        let slots = [at(10), at(20)];
        let look = |overlap, usual: Option<u64>, now: i64| {
            let slots: Vec<Timestamp> = slots.iter().map(|slot| *slot + minutes(now as u64 / 10 * 10)).collect();
            forecast(overlap, (RunId(12), at(0)), usual.map(minutes), &slots, at(now))
        };
        let until = |minute: i64, because: &str| Some(Forecast { until: at(minute), because: because.to_owned() });
        assert_eq!(look(Overlap::Skip, Some(12), 5), until(12, "run #12 usually takes 12m"));
        assert_eq!(look(Overlap::Skip, Some(25), 15), until(25, "run #12 usually takes 25m"));
        assert_eq!(look(Overlap::Skip, Some(8), 5), None, "there is time enough");
        assert_eq!(look(Overlap::Skip, Some(10), 5), None, "it ends as the slot comes");
        assert_eq!(look(Overlap::Skip, None, 5), None, "nothing is known");
        assert_eq!(look(Overlap::Skip, Some(8), 9), None, "longer than usual, but no whole period");
        for usual in [None, Some(8)] {
            let found = look(Overlap::Skip, usual, 13).unwrap();
            assert_eq!(found.because, "run #12 takes longer than the 10m between two slots");
            assert!(found.until > at(20) && found.until < at(21), "the next slot, and no more");
        }
        for overlap in [Overlap::Queue, Overlap::QueueAll, Overlap::Parallel(2), Overlap::Replace] {
            assert_eq!(look(overlap, Some(12), 5), None, "{overlap}: no slot is lost");
        }
    }
}
