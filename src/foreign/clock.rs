//! What another scheduler does at changes of the clock, compared with what Tempo does (T4), for one schedule.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};

use crate::domain::cron::CronExpr;
use crate::domain::options::Days;

/// Changes of the clock within this many days are looked at: each of a year.
const DAYS: i64 = 370;
/// Counting ends here, which is what a schedule of every second has in the largest change.
const MANY: usize = 3 * 3600;
/// Larger changes are not daylight saving, and other schedulers have other rules for them.
const LARGEST_SECONDS: i32 = 3 * 3600;

/// What a scheduler promises at a change of the clock, by kinds of schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Vixie cron and its children, for schedules whose minute and hour do not begin with a star: what the clock skips runs right
    /// after it, each of it; nothing runs twice.
    VixieFixed,
    /// The same for schedules with such a star: real time.
    VixieWild,
    /// systemd: what the clock skips is left out (systemd#5595); in a repeated hour only the first pass runs (systemd#8647).
    Systemd,
}

impl Clock {
    /// The rule of Vixie cron for the five fields of an entry.
    pub fn of_crontab(fields: &str) -> Self {
        let wild = fields.split_whitespace().take(2).any(|field| field.starts_with('*'));
        // Of the nicknames only one names no time of the day.
        if wild || fields.trim().eq_ignore_ascii_case("@hourly") { Self::VixieWild } else { Self::VixieFixed }
    }

    const fn who(self) -> &'static str {
        match self {
            Self::VixieFixed | Self::VixieWild => "cron",
            Self::Systemd => "systemd",
        }
    }
}

/// One sentence for each kind of change of the clock at which this schedule, which rests on some days, runs differently; from `now`
/// on, for a year.
pub fn differences(expr: &CronExpr, except: &[Days], zone: &TimeZone, now: Timestamp, rule: Clock) -> Vec<String> {
    let Ok(end) = now.checked_add(SignedDuration::from_hours(DAYS * 24)) else { return Vec::new() };
    let (mut gap_said, mut overlap_said) = (false, false);
    let mut found = Vec::new();
    for change in zone.following(now).take_while(|change| change.timestamp() <= end) {
        let at = change.timestamp();
        let Ok(just_before) = at.checked_sub(SignedDuration::from_secs(1)) else { continue };
        let (before, after) = (zone.to_offset(just_before), change.offset());
        let shift = after.seconds() - before.seconds();
        let day = before.to_datetime(just_before).date();
        if shift == 0 || shift.abs() > LARGEST_SECONDS || except.iter().any(|days| days.contains(day)) {
            continue;
        }
        let said = if shift > 0 { &mut gap_said } else { &mut overlap_said };
        if !*said && let Some(line) = difference(expr, zone, at, before, after, rule) {
            *said = true;
            found.push(line);
        }
    }
    found
}

fn difference(
    expr: &CronExpr,
    zone: &TimeZone,
    at: Timestamp,
    before: Offset,
    after: Offset,
    rule: Clock,
) -> Option<String> {
    let (old, new) = (before.to_datetime(at), after.to_datetime(at));
    let (from, to) = (old.min(new), old.max(new));
    let written = written_in(expr, from, to)?;
    let gap = new > old;
    let theirs = match (rule, gap) {
        (Clock::VixieFixed, true) | (Clock::VixieFixed | Clock::Systemd, false) => written,
        (Clock::VixieWild | Clock::Systemd, true) => 0,
        (Clock::VixieWild, false) => 2 * written,
    };
    let ours = if gap { shifted(expr, zone, at, from, to)? } else { in_both_passes(expr, zone, at, from, to)? };
    if theirs == ours {
        return None;
    }
    let clock = |time: civil::DateTime| time.strftime("%H:%M").to_string();
    let what = if gap { "skips" } else { "shows" };
    let twice = if gap { "" } else { " twice" };
    Some(format!(
        "on {} the clock {what} {} to {}{twice}: {} runs it {} for that, Tempo {}",
        from.date(),
        clock(from),
        clock(to),
        rule.who(),
        times(theirs),
        times(ours),
    ))
}

/// How many wall times it names in a stretch.
fn written_in(expr: &CronExpr, from: civil::DateTime, to: civil::DateTime) -> Option<usize> {
    let from = Offset::UTC.to_timestamp(from).ok()?;
    let to = Offset::UTC.to_timestamp(to).ok()?;
    Some(slots(expr, &TimeZone::UTC, from)?.take_while(|(at, _)| *at < to).take(MANY).count())
}

/// How many slots Tempo moves out of a gap.
fn shifted(
    expr: &CronExpr,
    zone: &TimeZone,
    at: Timestamp,
    from: civil::DateTime,
    to: civil::DateTime,
) -> Option<usize> {
    let asked = slots(expr, zone, at)?.take_while(|(slot, _)| *slot == at);
    Some(asked.filter(|(_, wall)| (from..to).contains(wall)).take(MANY).count())
}

/// How many slots Tempo has in the two passes of a repeated stretch.
fn in_both_passes(
    expr: &CronExpr,
    zone: &TimeZone,
    at: Timestamp,
    from: civil::DateTime,
    to: civil::DateTime,
) -> Option<usize> {
    let length = to.duration_since(from);
    let (begin, end) = (at.checked_sub(length).ok()?, at.checked_add(length).ok()?);
    Some(slots(expr, zone, begin)?.take_while(|(slot, _)| *slot < end).take(2 * MANY).count())
}

/// The slots from an instant on, itself included.
fn slots<'a>(
    expr: &'a CronExpr,
    zone: &'a TimeZone,
    from: Timestamp,
) -> Option<impl Iterator<Item = (Timestamp, civil::DateTime)> + 'a> {
    let just_before = from.checked_sub(SignedDuration::from_micros(1)).ok()?;
    let first = expr.next_slot(just_before, zone);
    Some(std::iter::successors(first, move |(at, _)| expr.next_slot(*at, zone)))
}

fn times(number: usize) -> String {
    match number {
        0 => "not at all".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number => format!("{number} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::zone::zone;

    fn said(text: &str, zone_name: &str, rule: Clock) -> Vec<String> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        differences(&CronExpr::parse(text).unwrap(), &[], &zone(zone_name).unwrap(), now, rule)
    }

    #[test]
    fn t4_where_vixie_cron_and_tempo_agree_nothing_is_said() {
        for text in
            ["30 2 * * *", "*/15 * * * *", "0 * * * *", "* 2 * * *", "0 12 * * *", "0-59/5 9-17 * * *", "5 */3 * * *"]
        {
            assert_eq!(said(text, "Europe/Berlin", Clock::of_crontab(text)), Vec::<String>::new(), "{text}");
            assert_eq!(said(text, "UTC", Clock::of_crontab(text)), Vec::<String>::new(), "{text}");
        }
        assert_eq!(said("0 * * * *", "Europe/Berlin", Clock::of_crontab("@hourly")), Vec::<String>::new());
    }

    #[test]
    fn t4_several_times_in_a_gap_are_each_made_up_by_cron_and_once_by_tempo() {
        assert_eq!(
            said("0,30 2 * * *", "Europe/Berlin", Clock::of_crontab("0,30 2 * * *")),
            ["on 2027-03-28 the clock skips 02:00 to 03:00: cron runs it twice for that, Tempo once"]
        );
    }

    #[test]
    fn t4_a_step_without_a_star_is_fixed_for_cron_and_real_time_for_tempo() {
        assert_eq!(
            said("0-59/20 1-3 * * *", "America/New_York", Clock::of_crontab("0-59/20 1-3 * * *")),
            [
                "on 2027-03-14 the clock skips 02:00 to 03:00: cron runs it 3 times for that, Tempo not at all",
                "on 2027-11-07 the clock shows 01:00 to 02:00 twice: cron runs it 3 times for that, Tempo 6 times",
            ]
        );
    }

    #[test]
    fn t4_systemd_leaves_gaps_out_and_is_silent_in_the_second_pass() {
        // As `systemd-analyze calendar --base-time=... --iterations=...` of systemd 252 shows.
        assert_eq!(
            said("30 2 * * *", "Europe/Berlin", Clock::Systemd),
            ["on 2027-03-28 the clock skips 02:00 to 03:00: systemd runs it not at all for that, Tempo once"]
        );
        assert_eq!(
            said("*/15 * * * *", "Europe/Berlin", Clock::Systemd),
            ["on 2027-10-31 the clock shows 02:00 to 03:00 twice: systemd runs it 4 times for that, Tempo 8 times"]
        );
        assert_eq!(said("0 6,18 * * *", "Europe/Berlin", Clock::Systemd), Vec::<String>::new());
        assert_eq!(
            said("* * * * * *", "Europe/Berlin", Clock::Systemd),
            [
                "on 2027-10-31 the clock shows 02:00 to 03:00 twice: systemd runs it 3600 times for that, Tempo 7200 times"
            ]
        );
    }
}
