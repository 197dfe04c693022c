-- The journal of what people changed, which undo and redo go by, and the trash (S5).

CREATE TABLE changes (
    id         INTEGER PRIMARY KEY,
    step       INTEGER NOT NULL,    -- what one command or one key changed, of one task or several; ascending
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    -- JSON objects of what differs: columns of `tasks` by their names, `tags` as a list, and `schedules` as a list of
    -- [kind, expr, options, zone]. NULL where there was no such task, or it was in the trash.
    before     TEXT,
    after      TEXT,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL CHECK (changed_by IN ('dashboard', 'cli')),
    undone     INTEGER,             -- NULL while it holds; else ascending in the order in which steps were undone
    CHECK (before IS NOT NULL OR after IS NOT NULL)
) STRICT;
CREATE INDEX changes_step ON changes (step, id);
CREATE INDEX changes_held ON changes (step, id) WHERE undone IS NULL;
CREATE INDEX changes_undone ON changes (undone, id) WHERE undone IS NOT NULL;
CREATE INDEX changes_task ON changes (task_id, step);

CREATE INDEX tasks_trash ON tasks (deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX tasks_trash_slug ON tasks (slug, deleted_at) WHERE deleted_at IS NOT NULL;
