//! When in the week something happens: how often in each hour of each weekday.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The days of a week, from Monday.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Hours of a day.
pub const HOURS: usize = 24;

/// How often something happened: by weekday from Monday, and by hour.
pub type Week = [[u32; HOURS]; 7];

/// Counts instants by their weekday and hour in a zone. On a day with a change of the clock an hour counts as what the clock showed.
pub fn week(instants: &[Timestamp], zone: &TimeZone) -> Week {
    let mut week = Week::default();
    for at in instants {
        let (day, hour) = place(*at, zone);
        week[day][hour] += 1;
    }
    week
}

/// The weekday from Monday, and the hour, of an instant.
pub fn place(at: Timestamp, zone: &TimeZone) -> (usize, usize) {
    let civil = zone.to_datetime(at);
    let day = usize::try_from(civil.weekday().to_monday_zero_offset()).unwrap_or(0);
    let hour = usize::try_from(civil.hour()).unwrap_or(0);
    (day, hour)
}

/// In which of four parts of the most a number lies, from 1; 0 is none.
pub fn level(number: u32, most: u32) -> usize {
    if number == 0 { 0 } else { (u64::from(number) * 4).div_ceil(u64::from(most.max(1))).min(4) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::zone;

    #[test]
    fn instants_are_counted_by_what_the_clock_of_the_zone_showed() {
        let berlin = zone::zone("Europe/Berlin").unwrap();
        // Both are at 02:30 on the Sunday on which the clock goes back.
        let instants: Vec<Timestamp> = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T23:59:59Z"]
            .map(|at| at.parse().unwrap())
            .into();
        let week = week(&instants, &berlin);
        assert_eq!((week[6][2], week[1][0]), (2, 1));
        assert_eq!(week.iter().flatten().sum::<u32>(), 3);
    }

    #[test]
    fn a_little_is_not_nothing_and_the_most_is_the_top() {
        let levels = |most| [0, 1, 3, 5, 9, 12].map(|number| level(number, most));
        assert_eq!(levels(12), [0, 1, 1, 2, 3, 4]);
        assert_eq!(level(1, 1), 4);
        assert_eq!(level(0, 0), 0);
        assert_eq!(level(u32::MAX, u32::MAX), 4);
    }
}
