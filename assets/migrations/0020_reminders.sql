-- Reminders by their instants (A4), and to-dos that come again (A2).

-- One row for each instant at which somebody is to be reminded of a task. What has come stays, so that it does not come twice.
CREATE TABLE reminders (
    task_id  INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,                  -- when it is to come
    fired_at INTEGER,                           -- when it came; NULL: it is still to come
    PRIMARY KEY (task_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminders_next ON reminders (at) WHERE fired_at IS NULL;
CREATE INDEX reminders_came ON reminders (fired_at) WHERE fired_at IS NOT NULL;

-- A to-do that comes again: its instances are tasks, of which the open one has this slug.
CREATE TABLE series (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT    NOT NULL CHECK (slug <> '')
) STRICT;

ALTER TABLE tasks ADD COLUMN recur TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN series_id INTEGER REFERENCES series (id);
ALTER TABLE tasks ADD COLUMN series_index INTEGER;      -- from 1
ALTER TABLE tasks ADD COLUMN series_at INTEGER;         -- the date of the series that it stands for, wherever its due time is moved
CREATE UNIQUE INDEX tasks_series ON tasks (series_id, series_index) WHERE series_id IS NOT NULL;
CREATE UNIQUE INDEX tasks_series_open ON tasks (series_id)
    WHERE series_id IS NOT NULL AND deleted_at IS NULL AND status IN ('open', 'in_progress');
