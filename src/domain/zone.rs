//! Time zones by their IANA names (T7), and the instant of a wall time in one.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::spelling::edit_distance;

/// A name that is no time zone, with the right ones that are nearest to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a time zone; {}", hint(.nearest))]
pub struct ZoneError {
    /// What was given.
    pub name: String,
    /// Up to three right names, the nearest first.
    pub nearest: Vec<String>,
}

fn hint(nearest: &[String]) -> String {
    match nearest {
        [] => "write one such as Europe/Berlin or UTC".into(),
        [name] => format!("did you mean {name}?"),
        [names @ .., last] => format!("did you mean {} or {last}?", names.join(", ")),
    }
}

/// The zone with this IANA name, in any case (T7).
pub fn zone(name: &str) -> Result<TimeZone, ZoneError> {
    match TimeZone::get(name) {
        Ok(zone) if !zone.is_unknown() => Ok(zone),
        _ => Err(ZoneError { name: name.to_owned(), nearest: nearest(name) }),
    }
}

/// The name of the machine's zone; `UTC` when it does not say.
pub fn local_zone_name() -> String {
    TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

/// The instant at which a wall time is meant (T4): the first one in a repeated hour, the end of the gap in one.
/// `None` at the ends of the calendar.
pub fn instant(wall: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let offset = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { after, .. } => {
            // With the offset of after the gap it lies before the gap, at most a gap's length.
            return zone.following(after.to_timestamp(wall).ok()?).next().map(|change| change.timestamp());
        }
    };
    offset.to_timestamp(wall).ok()
}

/// Whether the clock shows the wall time of `at` for the second time.
pub fn is_second_pass(at: Timestamp, zone: &TimeZone) -> bool {
    match zone.to_ambiguous_timestamp(zone.to_datetime(at)).offset() {
        AmbiguousOffset::Fold { after, .. } => zone.to_offset(at) == after,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => false,
    }
}

fn nearest(name: &str) -> Vec<String> {
    let wanted = name.to_lowercase().replace(' ', "_");
    let limit = 1 + wanted.chars().count() / 4;
    let mut found: Vec<(usize, String)> = jiff::tz::db()
        .available()
        .map(|zone| zone.as_str().to_owned())
        .filter(|zone| !zone.starts_with("posix/") && !zone.starts_with("right/"))
        .filter_map(|zone| {
            let lower = zone.to_lowercase();
            let city = lower.rsplit('/').next().unwrap_or_default();
            let distance = edit_distance(&wanted, &lower).min(edit_distance(&wanted, city));
            (distance <= limit).then_some((distance, zone))
        })
        .collect();
    found.sort();
    found.into_iter().take(3).map(|(_, zone)| zone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t7_right_names_are_taken_in_any_case() {
        for (name, expected) in
            [("Europe/Berlin", "Europe/Berlin"), ("america/new_york", "America/New_York"), ("utc", "UTC")]
        {
            assert_eq!(zone(name).unwrap().iana_name(), Some(expected));
        }
    }

    #[test]
    fn t7_wrong_names_are_refused_with_the_nearest_right_ones() {
        for (name, expected) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("berlin", "Europe/Berlin"),
            ("New York", "America/New_York"),
            ("America/New York", "America/New_York"),
            ("Asia/Calcuta", "Asia/Calcutta"),
            ("Lord Howe", "Australia/Lord_Howe"),
        ] {
            let error = zone(name).expect_err(name);
            assert_eq!(error.nearest.first().map(String::as_str), Some(expected), "{error}");
            assert!(error.nearest.len() <= 3);
        }
        assert_eq!(
            zone("Nowhere/At all").unwrap_err().to_string(),
            "`Nowhere/At all` is not a time zone; write one such as Europe/Berlin or UTC"
        );
        assert!(zone("Etc/Unknown").is_err());
        assert!(zone("").is_err());
        let text = zone("Europe/Berln").unwrap_err().to_string();
        assert!(text.starts_with("`Europe/Berln` is not a time zone; did you mean Europe/Berlin"), "{text}");
    }

    #[test]
    fn t7_the_machines_zone_has_a_name_that_is_one() {
        assert!(zone(&local_zone_name()).is_ok());
    }

    #[test]
    fn t4_a_wall_time_means_its_first_instant_or_the_end_of_the_gap() {
        let berlin = zone("Europe/Berlin").unwrap();
        for (wall, expected, second) in [
            ("2026-06-01T12:00", "2026-06-01T10:00:00Z", None),
            ("2026-03-29T02:00", "2026-03-29T01:00:00Z", None),
            ("2026-03-29T02:59:59", "2026-03-29T01:00:00Z", None),
            ("2026-03-29T03:00", "2026-03-29T01:00:00Z", None),
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z", Some("2026-10-25T01:30:00Z")),
        ] {
            let at = instant(wall.parse().unwrap(), &berlin).unwrap();
            assert_eq!(at, expected.parse().unwrap(), "{wall}");
            assert!(!is_second_pass(at, &berlin));
            assert!(second.is_none_or(|second| is_second_pass(second.parse().unwrap(), &berlin)));
        }
    }
}
