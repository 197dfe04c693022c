//! Keeps elapsed time apart from the clock on the wall: intervals go on when that is set (T2), and the calendar waits until it
//! is (T11).

use jiff::{SignedDuration, Timestamp};

use super::turn::Situation;
use crate::domain::clock::{EARLIEST, SET, is_unset};
use crate::domain::schedule::{Decision, Schedule, Slot};
use crate::domain::when::{Due, When};
use crate::store::{Db, Result, clock, schedules, slots};

/// A clock that is set back by more than this had been plainly wrong: what was decided ahead of time is planned anew.
const FAR: SignedDuration = SignedDuration::from_hours(24);

/// Brings the schedules in line with the clock, if it was set since the last turn or the last engine of this boot; then says by
/// how much.
pub(super) fn follow(db: &Db, situation: &Situation) -> Result<Option<SignedDuration>> {
    let now = situation.now;
    let offset = now.as_microsecond() - situation.since_boot;
    let known = clock::offset(db, &situation.boot)?;
    let moved = known.map(|known| SignedDuration::from_micros(offset - known));
    match (known, moved) {
        (Some(_), Some(moved)) if moved.abs() <= SET => return Ok(None),
        (Some(known), Some(moved)) => {
            tracing::warn!(seconds = moved.as_secs_f64(), "the clock was set");
            let was_unset = Timestamp::from_microsecond(known + situation.since_boot).is_ok_and(is_unset);
            // What was planned before the boot on a clock that was right is right again.
            clock::move_intervals(db, moved, if was_unset { EARLIEST } else { Timestamp::MAX })?;
            if moved < -FAR {
                for schedule in schedules::decided_beyond(db, now)? {
                    schedules::replan(db, &schedule, now)?;
                }
            }
        }
        _ => {}
    }
    clock::note_offset(db, &situation.boot, offset)?;
    if is_unset(now) {
        tracing::warn!(%now, "the clock is not set: calendar schedules wait until it is");
        return Ok(moved);
    }
    for schedule in schedules::planned_before(db, EARLIEST)? {
        unplanned(db, &schedule, now)?;
        schedules::replan(db, &schedule, now)?;
    }
    Ok(moved)
}

/// Writes down that the next slot was planned by a clock that showed nothing.
fn unplanned(db: &Db, schedule: &Schedule, now: Timestamp) -> Result<()> {
    let (Some(at), false) = (schedule.slot_at, matches!(schedule.rule.when, When::Every(_))) else { return Ok(()) };
    if slots::is_decided(db, schedule.id, at)? {
        return Ok(());
    }
    let zone = schedules::zone_of(schedule)?;
    let due = Due { at, civil: zone.to_datetime(at), moved_from: None };
    let slot = Slot {
        schedule: schedule.id,
        due_at: at,
        zone: schedule.zone.clone(),
        civil: due.civil_text(),
        decision: Decision::Missed,
        reason: Some("the clock was not set; what it showed until then is not made up for".to_owned()),
        run: None,
        decided_at: now,
    };
    slots::decide(db, &slot)
}

#[cfg(test)]
mod tests;
