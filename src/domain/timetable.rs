//! The slots of a rule: within its start and end, and not on excluded days, or moved off them (T10).

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::options::Excluded;
use super::quantity::format_duration;
use super::rule::Rule;
use super::when::{Due, When};
use super::zone;

/// So many excluded days in a row, or of slots one after the other, mean that nothing more comes.
const LONGEST_DAYS: usize = 4000;

/// So many coming slots are compared with the jitter.
const COMPARED: usize = 20;

/// A rule with everything else that says when it is due.
#[derive(Debug, Clone, Copy)]
pub struct Timetable<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The zone in which it is meant.
    pub zone: &'a TimeZone,
    /// Intervals without a start count from here; nothing is due at or before it.
    pub anchor: Timestamp,
    /// More excluded days.
    pub calendar: Option<&'a Calendar>,
}

impl Timetable<'_> {
    /// The first slot strictly after `after` (T1). Two slots at one instant are one.
    pub fn next_after(&self, after: Timestamp) -> Option<Due> {
        match self.rule.options.excluded.unwrap_or(Excluded::Skip) {
            Excluded::Skip => self.next_skipping(after),
            Excluded::Shift => self.next_shifting(after),
        }
    }

    /// The shortest distance of the coming slots, on the clock or in real time, whichever is longer there: a change of the clock
    /// makes it no shorter. `None` when fewer than two come.
    pub fn shortest_distance(&self, now: Timestamp) -> Option<Duration> {
        let coming: Vec<Due> =
            std::iter::successors(self.next_after(now), |due| self.next_after(due.at)).take(COMPARED).collect();
        let distance = |pair: &[Due]| {
            let real = pair[1].at.duration_since(pair[0].at);
            real.max(pair[1].civil.duration_since(pair[0].civil)).unsigned_abs()
        };
        coming.windows(2).map(distance).min()
    }

    /// Whether its jitter (T9) is no longer than the way to the next slot. The error names the key.
    pub fn check_jitter(&self, now: Timestamp) -> Result<(), String> {
        let Some(jitter) = self.rule.options.jitter else { return Ok(()) };
        match self.shortest_distance(now).filter(|distance| *distance < jitter) {
            Some(distance) => {
                let (jitter, distance) = (format_duration(jitter), format_duration(distance));
                Err(format!("jitter: {jitter} is longer than the {distance} between two slots"))
            }
            None => Ok(()),
        }
    }

    /// What excludes this day, in words; `None` when nothing does.
    pub fn exclusion(&self, day: Date) -> Option<String> {
        let except = self.rule.options.except.iter().find(|days| days.contains(day));
        except.map(ToString::to_string).or_else(|| match self.calendar?.name(day)? {
            "" => Some("its calendar".to_owned()),
            name => Some(name.to_owned()),
        })
    }

    /// The first excluded day after `after` and before `until` on which something would be due.
    pub fn next_excluded(&self, after: Timestamp, until: Timestamp) -> Option<Due> {
        if self.rule.options.except.is_empty() && self.calendar.is_none() {
            return None;
        }
        let mut after = after;
        for _ in 0..LONGEST_DAYS {
            let due = self.unexcluding(after).filter(|due| due.at < until)?;
            if self.is_excluded(due.civil.date()) {
                return Some(due);
            }
            after = self.end_of_day(&due);
        }
        None
    }

    /// Whether an instant lies within the start and the end of the rule.
    pub fn is_between_edges(&self, at: Timestamp) -> bool {
        let start = self.rule.options.start.and_then(|start| start.first(self.zone));
        start.is_none_or(|start| at >= start) && self.is_before_end(at)
    }

    /// The last instant of the day of a slot, from where the search goes on.
    pub fn end_of_day(&self, due: &Due) -> Timestamp {
        let tomorrow = due.civil.date().tomorrow().ok();
        let midnight = tomorrow.and_then(|day| zone::instant(day.to_datetime(Time::midnight()), self.zone));
        midnight.map_or(due.at, just_before).max(due.at)
    }

    /// The first slot by the rule, its start and its end alone.
    fn unexcluding(&self, after: Timestamp) -> Option<Due> {
        let Rule { when, options } = self.rule;
        let (mut after, mut anchor) = (after.max(self.anchor), self.anchor);
        if let Some(start) = options.start.and_then(|start| start.first(self.zone)) {
            after = after.max(just_before(start));
            if let When::Every(period) = when {
                // So that the first one is at the start.
                anchor = start.checked_sub(*period).ok()?;
            }
        }
        when.next_after(after, self.zone, anchor).filter(|due| self.is_before_end(due.at))
    }

    fn next_skipping(&self, after: Timestamp) -> Option<Due> {
        let mut after = after;
        for _ in 0..LONGEST_DAYS {
            let due = self.unexcluding(after)?;
            if !self.is_excluded(due.civil.date()) {
                return Some(due);
            }
            after = self.end_of_day(&due);
        }
        None
    }

    fn next_shifting(&self, after: Timestamp) -> Option<Due> {
        // What is moved comes later than it was due: of the days before `after`, it can only land on the next working day.
        let mut target = self.working_day_from(self.zone.to_datetime(after).date())?;
        let mut moved = self.moved_onto(target, after);
        let mut cursor = after;
        for _ in 0..LONGEST_DAYS {
            let Some(due) = self.unexcluding(cursor) else { break };
            if moved.is_some_and(|moved| moved.at < due.at) {
                break;
            }
            let day = due.civil.date();
            if !self.is_excluded(day) {
                return Some(due);
            }
            let next = self.working_day_from(day)?;
            if next > target {
                target = next;
                moved = earlier(moved, self.moved_onto(target, after));
            }
            cursor = self.end_of_day(&due);
        }
        moved
    }

    /// The first slot after `after` that an excluded day moves onto this working day.
    fn moved_onto(&self, target: Date, after: Timestamp) -> Option<Due> {
        let mut first = None;
        let mut day = target.yesterday().ok()?;
        for _ in 0..LONGEST_DAYS {
            if self.is_working(day) {
                break;
            }
            if self.is_excluded(day) {
                first = earlier(first, self.moved(day, target, after));
            }
            day = day.yesterday().ok()?;
        }
        first
    }

    fn moved(&self, day: Date, target: Date, after: Timestamp) -> Option<Due> {
        let now = self.zone.to_datetime(after);
        let from = match now.date().cmp(&target) {
            std::cmp::Ordering::Less => Time::midnight(),
            std::cmp::Ordering::Equal => now.time(),
            std::cmp::Ordering::Greater => return None,
        };
        let mut cursor = just_before(zone::instant(day.to_datetime(from), self.zone)?);
        loop {
            let due = self.unexcluding(cursor).filter(|due| due.civil.date() == day)?;
            let civil = target.to_datetime(due.civil.time());
            let at = zone::instant(civil, self.zone).filter(|at| self.is_before_end(*at))?;
            if at > after {
                return Some(Due { at, civil, moved_from: Some(day) });
            }
            cursor = due.at;
        }
    }

    fn working_day_from(&self, day: Date) -> Option<Date> {
        let days = std::iter::successors(Some(day), |day| day.tomorrow().ok());
        days.take(LONGEST_DAYS).find(|day| self.is_working(*day))
    }

    fn is_working(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.is_excluded(day)
    }

    fn is_excluded(&self, day: Date) -> bool {
        self.rule.options.except.iter().any(|days| days.contains(day))
            || self.calendar.is_some_and(|calendar| calendar.name(day).is_some())
    }

    fn is_before_end(&self, at: Timestamp) -> bool {
        self.rule.options.end.and_then(|end| end.last(self.zone)).is_none_or(|end| at <= end)
    }
}

fn earlier(a: Option<Due>, b: Option<Due>) -> Option<Due> {
    [a, b].into_iter().flatten().min_by_key(|due| due.at)
}

fn just_before(at: Timestamp) -> Timestamp {
    at.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every slot until `end`, the slow way: each one alone is left out or moved.
    fn slowly(timetable: &Timetable<'_>, end: Timestamp) -> BTreeSet<Timestamp> {
        let Timetable { rule, zone, anchor, .. } = *timetable;
        let mut slots = BTreeSet::new();
        let mut after = anchor;
        while let Some(due) = rule.when.next_after(after, zone, anchor).filter(|due| due.at <= end) {
            after = due.at;
            let mut day = due.civil.date();
            if timetable.exclusion(day).is_none() {
                slots.insert(due.at);
            } else if rule.options.excluded == Some(Excluded::Shift) {
                while timetable.exclusion(day).is_some() || matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
                {
                    day = day.tomorrow().unwrap();
                }
                slots.extend(zone::instant(day.to_datetime(due.civil.time()), zone).filter(|at| *at <= end));
            }
        }
        slots
    }

    #[test]
    fn t1_t4_t10_the_slots_are_those_of_the_slow_way_over_a_year_with_both_changes_of_the_clock() {
        let anchor: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2027-02-01T00:00:00Z".parse().unwrap();
        let calendar =
            Calendar::parse("2026-03-27..2026-03-30 Spring\n2026-10-23..2026-10-27 Autumn\n2026-12-24..2027-01-03");
        let calendar = calendar.unwrap();
        for zone in ["Europe/Berlin", "Africa/Cairo"] {
            let zone = zone::zone(zone).unwrap();
            for when in ["30 2 * * *", "30 1,2,23 * * sat,sun", "15 */5 * * *", "0 12 1 * *", "at 2026-12-26T09:00:00Z"]
            {
                for except in ["", "except=sat,sun", "except=2026-03-29,2026-10-25,mon"] {
                    for excluded in ["", "excluded=shift"] {
                        let text = format!("{when} calendar=/days {except} {excluded}");
                        let rule = Rule::parse(&text, &zone, anchor, Path::new("/")).unwrap();
                        let timetable = Timetable { rule: &rule, zone: &zone, anchor, calendar: Some(&calendar) };
                        let expected = slowly(&timetable, end);
                        let first = timetable.next_after(anchor);
                        let chain = std::iter::successors(first, |due| timetable.next_after(due.at));
                        let found: Vec<Timestamp> = chain.map(|due| due.at).take_while(|at| *at <= end).collect();
                        assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "{text} in {zone:?}");
                        // From between the slots, too, as after a pause.
                        let mut after = anchor;
                        while after < end {
                            let expected = expected.range(after + SignedDuration::from_micros(1)..).next().copied();
                            let found = timetable.next_after(after).map(|due| due.at).filter(|at| *at <= end);
                            assert_eq!(found, expected, "{text} after {after}");
                            after += SignedDuration::from_mins(60 * 24 * 9 + 427);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn t10_what_never_comes_ends() {
        let anchor: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let zone = TimeZone::UTC;
        for (text, calendar) in [
            ("0 9 * * sun except=sun", ""),
            ("* * * * * calendar=/days", "mon\ntue\nwed\nthu\nfri\nsat\nsun"),
            ("0 9 * * sun calendar=/days excluded=shift", "mon\ntue\nwed\nthu\nfri\nsat\nsun"),
            ("at 2026-02-14T09:00:00Z except=sat", ""),
            ("every 1s except=2026-01-01..2026-12-31 end=2026-12-31", ""),
        ] {
            let rule = Rule::parse(text, &zone, anchor, Path::new("/")).unwrap();
            let calendar = Calendar::parse(calendar).unwrap();
            let timetable = Timetable { rule: &rule, zone: &zone, anchor, calendar: Some(&calendar) };
            assert_eq!(timetable.next_after(anchor), None, "{text}");
        }
    }

    #[test]
    fn t9_a_jitter_may_be_as_long_as_the_way_to_the_next_slot_and_a_change_of_the_clock_makes_that_no_shorter() {
        let zone = zone::zone("Europe/Berlin").unwrap();
        let check = |text: &str, now: &str| {
            let now = now.parse().unwrap();
            let rule = Rule::parse(text, &zone, now, Path::new("/")).unwrap();
            Timetable { rule: &rule, zone: &zone, anchor: now, calendar: None }.check_jitter(now)
        };
        let longer =
            |jitter, distance| Err(format!("jitter: {jitter} is longer than the {distance} between two slots"));
        let winter = "2026-11-20T09:30:00Z";
        assert_eq!(check("*/5 * * * * jitter=10m", winter), longer("10m", "5m"));
        assert_eq!(check("every 5m jitter=5m1s", winter), longer("5m1s", "5m"));
        assert_eq!(check("0 9,10 * * * jitter=2h", winter), longer("2h", "1h"));
        for text in ["*/5 * * * * jitter=5m", "at 2026-12-24 18:00 jitter=1d", "startup jitter=1d", "@yearly jitter=1d"]
        {
            assert_eq!(check(text, winter), Ok(()), "{text}");
        }
        // The day before the clock skips, and the one before it repeats an hour.
        for now in ["2027-03-27T09:30:00Z", "2026-10-24T09:30:00Z"] {
            assert_eq!(check("30 1,2,3 * * * jitter=1h", now), Ok(()), "{now}");
            assert_eq!(check("0 * * * * jitter=1h", now), Ok(()), "{now}");
        }
    }
}
