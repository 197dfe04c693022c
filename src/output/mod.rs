//! What a run leaves: its output, a file of raw bytes with an index beside it (O1), safe to display (O4), and its samples (R7).

pub mod index;
pub mod lines;
pub mod masks;
mod pieces;
pub mod reader;
pub mod sanitise;
pub mod sgr;
pub mod usage;
pub mod writer;

#[cfg(test)]
mod tests;

pub use index::Stream;
pub use lines::Line;
pub use masks::{Masks, MasksOf};
pub use reader::Reader;
pub use sanitise::{Span, sanitise, to_ansi, to_plain};
pub use sgr::{Colour, Sgr, Style};
pub use writer::Writer;
