-- How much of an output is kept (O2), and for how long (O3).

ALTER TABLE tasks ADD COLUMN output_cap INTEGER CHECK (output_cap >= 0);   -- bytes; 0: all of it; NULL: as the settings say

-- What the folder of a run takes on the disk. NULL: nobody has looked since it ended; 0: there is none.
ALTER TABLE runs ADD COLUMN kept_bytes INTEGER CHECK (kept_bytes >= 0);
-- When its folder was removed, and by which limit.
ALTER TABLE runs ADD COLUMN removed_at INTEGER;
ALTER TABLE runs ADD COLUMN removed_by TEXT;
CREATE INDEX runs_unmeasured ON runs (id) WHERE state = 'finished' AND kept_bytes IS NULL;
CREATE INDEX runs_kept ON runs (finished_at, id) WHERE kept_bytes > 0;
CREATE INDEX runs_kept_task ON runs (task_id, id) WHERE kept_bytes > 0;

-- What all folders take, in one row.
CREATE TABLE outputs (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO outputs VALUES (1, 0);
CREATE TRIGGER runs_kept_changes AFTER UPDATE OF kept_bytes ON runs
WHEN coalesce(new.kept_bytes, 0) <> coalesce(old.kept_bytes, 0) BEGIN
    UPDATE outputs SET bytes = bytes + coalesce(new.kept_bytes, 0) - coalesce(old.kept_bytes, 0) WHERE id = 1;
END;
-- Runs that went with their task, and of which the folder is still to be removed. A folder of which the database never knew is not.
CREATE TABLE leftovers (run_id INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER runs_kept_goes AFTER DELETE ON runs WHEN old.kept_bytes IS NULL OR old.kept_bytes > 0 BEGIN
    UPDATE outputs SET bytes = bytes - coalesce(old.kept_bytes, 0) WHERE id = 1;
    INSERT OR IGNORE INTO leftovers VALUES (old.id);
END;
