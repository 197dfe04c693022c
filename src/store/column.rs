//! Columns as domain values and back.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Row};

/// An instant as its column: microseconds since the Unix epoch.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads an instant.
pub(super) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let value: i64 = row.get(column)?;
    Timestamp::from_microsecond(value).map_err(|e| invalid(row, column, e))
}

/// Reads an instant that may be NULL.
pub(super) fn instant_or_null(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(value) => Timestamp::from_microsecond(value).map(Some).map_err(|e| invalid(row, column, e)),
    }
}

/// Reads a word of the domain.
pub(super) fn word<T>(row: &Row<'_>, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| invalid(row, column, format!("unknown word `{text}`")))
}

/// Milliseconds of a duration, as its column.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The error for a value that the schema allows and the domain does not.
pub(super) fn invalid(
    row: &Row<'_>,
    column: &str,
    e: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    Error::FromSqlConversionFailure(index, Type::Text, e.into())
}
