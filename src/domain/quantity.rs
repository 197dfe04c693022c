//! Durations, sizes, instants and zones as people write them.
use jiff::tz::TimeZone;
/// Zone.
pub fn zone(name: &str) -> Result<TimeZone, jiff::Error> {
    TimeZone::get(name)
}
