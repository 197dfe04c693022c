//! Durations, sizes, instants and zones as people write them.
