-- What was said to the person (UX 4), and what one run was asked for with.

CREATE TABLE messages (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,      -- ascending, also after all were cleared
    at      INTEGER NOT NULL,
    level   TEXT    NOT NULL CHECK (level IN ('info', 'ok', 'warn', 'error')),
    text    TEXT    NOT NULL,
    -- Its source. No references: a message outlives what it is about.
    task_id INTEGER,
    run_id  INTEGER,
    session TEXT    NOT NULL                        -- who said it: `engine`, or `dashboard 4711`
) STRICT;
CREATE INDEX messages_at ON messages (at);
CREATE INDEX messages_loud ON messages (id) WHERE level IN ('warn', 'error');

-- Up to which message the list was looked at, in whichever dashboard.
CREATE TABLE messages_read (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    upto INTEGER NOT NULL
) STRICT;
INSERT INTO messages_read VALUES (1, 0);

ALTER TABLE runs ADD COLUMN env TEXT NOT NULL DEFAULT '{}';                     -- variables of this run alone, a JSON object
ALTER TABLE runs ADD COLUMN stop_signal INTEGER CHECK (stop_signal BETWEEN 1 AND 64);   -- in place of the task's own
ALTER TABLE runs ADD COLUMN kill_at INTEGER;                                    -- when the grace after its stop signal is over

CREATE INDEX IF NOT EXISTS task_tags_tag ON task_tags (tag);
