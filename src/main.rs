//! The `tempo` binary.
fn main() {}
