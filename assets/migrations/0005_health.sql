-- How tasks fare: failures in a row, and when a success is expected (R12).
ALTER TABLE tasks ADD COLUMN pause_after INTEGER CHECK (pause_after > 0);
ALTER TABLE tasks ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;           -- in a row, since the last success or resumption
ALTER TABLE tasks ADD COLUMN expect_by TEXT;                                -- `25h` or `06:00`
ALTER TABLE tasks ADD COLUMN expect_since INTEGER;                          -- the last success, or from when on it is expected
ALTER TABLE tasks ADD COLUMN expect_met INTEGER NOT NULL DEFAULT 0;         -- whether that was a success in time
ALTER TABLE tasks ADD COLUMN expect_at INTEGER;                             -- late from then on; NULL when late, at rest or not expected
ALTER TABLE tasks ADD COLUMN late_since INTEGER;
CREATE INDEX tasks_expect ON tasks (expect_at) WHERE expect_at IS NOT NULL;
CREATE INDEX tasks_late ON tasks (late_since) WHERE late_since IS NOT NULL;
