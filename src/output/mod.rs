//! What a run leaves: its output, a file of raw bytes with an index beside it (O1), what of it is not kept (O2), safe to display (O4), and its samples (R7).

pub mod compare;
pub mod display;
pub mod gap;
pub mod index;
pub mod level;
pub mod lines;
pub mod masks;
mod merged;
mod pieces;
pub mod reader;
mod room;
pub mod sanitise;
pub mod scan;
mod sections;
pub mod sgr;
pub mod usage;
pub mod writer;

#[cfg(test)]
mod tests;

pub use display::{Display, Form, SkipLines};
pub use gap::{Gap, Missing, Rows};
pub use index::Stream;
pub use level::Level;
pub use lines::Line;
pub use masks::{Masks, MasksOf};
pub use merged::Merged;
pub use reader::{Part, Reader};
pub use sanitise::{Span, sanitise, to_ansi, to_plain};
pub use sections::SectionSearch;
pub use sgr::{Colour, Sgr, Style};
pub use writer::{Counts, Dropped, Writer};
