//! Columns as domain values and back.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Row};

/// What has values by the names of columns.
pub(super) trait Named {
    /// The value of a column.
    fn value<T: FromSql>(&self, column: &str) -> rusqlite::Result<T>;
    /// Which one it is.
    fn index(&self, column: &str) -> usize;
}

impl Named for Row<'_> {
    fn value<T: FromSql>(&self, column: &str) -> rusqlite::Result<T> {
        self.get(column)
    }

    fn index(&self, column: &str) -> usize {
        self.as_ref().column_index(column).unwrap_or_default()
    }
}

/// A row of many columns, which are read in their order: each name is looked for behind the one before, and not from the first on.
pub(super) struct InOrder<'row, 'stmt> {
    row: &'row Row<'stmt>,
    next: Cell<usize>,
}

impl<'row, 'stmt> InOrder<'row, 'stmt> {
    pub(super) const fn new(row: &'row Row<'stmt>) -> Self {
        Self { row, next: Cell::new(0) }
    }

    /// The value of a column.
    pub(super) fn get<T: FromSql>(&self, column: &str) -> rusqlite::Result<T> {
        let statement = self.row.as_ref();
        let (next, count) = (self.next.get(), statement.column_count());
        let is_it = |at: &usize| statement.column_name(*at).is_ok_and(|name| name == column);
        let at = (next..count).chain(0..next).find(is_it).ok_or_else(|| Error::InvalidColumnName(column.to_owned()))?;
        self.next.set(at + 1);
        self.row.get(at)
    }
}

impl Named for InOrder<'_, '_> {
    fn value<T: FromSql>(&self, column: &str) -> rusqlite::Result<T> {
        self.get(column)
    }

    fn index(&self, column: &str) -> usize {
        self.row.index(column)
    }
}

/// An instant as its column: microseconds since the Unix epoch.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads an instant.
pub(super) fn instant(row: &impl Named, column: &str) -> rusqlite::Result<Timestamp> {
    let value: i64 = row.value(column)?;
    Timestamp::from_microsecond(value).map_err(|e| invalid(row, column, e))
}

/// Reads an instant that may be NULL.
pub(super) fn instant_or_null(row: &impl Named, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    match row.value::<Option<i64>>(column)? {
        None => Ok(None),
        Some(value) => Timestamp::from_microsecond(value).map(Some).map_err(|e| invalid(row, column, e)),
    }
}

/// Reads a word of the domain.
pub(super) fn word<T>(row: &impl Named, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.value(column)?;
    parse(&text).ok_or_else(|| invalid(row, column, format!("unknown word `{text}`")))
}

/// Milliseconds of a duration, as its column.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The error for a value that the schema allows and the domain does not.
pub(super) fn invalid(
    row: &impl Named,
    column: &str,
    e: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> Error {
    Error::FromSqlConversionFailure(row.index(column), Type::Text, e.into())
}
