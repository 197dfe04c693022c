//! The output of a run: a file of raw bytes with an index beside it (O1), and its safe display (O4).

pub mod index;
pub mod lines;
mod pieces;
pub mod reader;
pub mod sanitise;
pub mod sgr;
pub mod writer;

#[cfg(test)]
mod tests;

pub use index::Stream;
pub use lines::Line;
pub use reader::Reader;
pub use sanitise::{Span, sanitise, to_ansi, to_plain};
pub use sgr::{Colour, Sgr, Style};
pub use writer::Writer;
