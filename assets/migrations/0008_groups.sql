-- Concurrency groups and draining (R3).

ALTER TABLE tasks ADD COLUMN groups TEXT NOT NULL DEFAULT '';   -- names, as `disk, net`

-- There is a row while nothing new may start.
CREATE TABLE drain (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    since INTEGER NOT NULL
) STRICT;
