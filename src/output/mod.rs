//! The output of a run: a file of raw bytes with an index beside it (O1), and its safe display (O4).
