-- How far the wall clock was from the time since boot when intervals were last brought in line with it (T2).

CREATE TABLE clock (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    boot      TEXT    NOT NULL,
    offset_us INTEGER NOT NULL
) STRICT;
