//! Finding tasks: what a filter finds among very many, as a set of their numbers, from which pages, counts and names are read.
//!
//! A filter is answered in two steps. First each of its parts is read from an index that holds all that the part needs, as a bit for
//! each task, and the bits are joined as the filter says: that costs the same for a rare meeting of frequent things as for any other
//! filter. Then a page is read along the index of its order, past what has no bit, or of few tasks their places are sorted. What no
//! index knows exactly, as where in a task a text stands, is asked of the rows that are left.

mod build;
mod finder;
mod pages;
mod set;
mod sql;
#[cfg(test)]
mod tests;

pub use finder::{Finder, Found};
pub(super) use sql::know_texts;
