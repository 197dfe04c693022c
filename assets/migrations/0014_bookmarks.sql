-- Lines of outputs that a person marked.

CREATE TABLE bookmarks (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    line   INTEGER NOT NULL CHECK (line >= 0),   -- from 0
    at     INTEGER NOT NULL,                     -- microseconds
    PRIMARY KEY (run_id, line)
) STRICT, WITHOUT ROWID;
