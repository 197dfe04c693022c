//! The output of a run: a file of raw bytes with an index beside it (O1), and its safe display (O4).

pub mod index;
pub mod writer;

pub use index::Stream;
pub use writer::Writer;
