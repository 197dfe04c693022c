//! Durations, sizes, instants and zones as people write them.
use jiff::tz::TimeZone;
/// Zone.
pub fn zone(name: &str) -> Result<TimeZone, jiff::Error> {
    TimeZone::get(name)
}
/// Dur.
pub fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let (n, u) = text.split_at(text.len().saturating_sub(1));
    let n: u64 = n.parse().map_err(|_| format!("`{text}` is not a duration"))?;
    Ok(std::time::Duration::from_secs(
        n * match u {
            "m" => 60,
            "h" => 3600,
            _ => 1,
        },
    ))
}
/// Fmt.
pub fn format_duration(d: std::time::Duration) -> String {
    format!("{}s", d.as_secs())
}
/// Time.
pub fn parse_time(text: &str, zone: &TimeZone, _now: jiff::Timestamp) -> Result<jiff::Timestamp, String> {
    let t: jiff::civil::DateTime = text.parse().map_err(|e| format!("{e}"))?;
    zone.to_timestamp(t).map_err(|e| format!("{e}"))
}
