-- What a task carries for people.

ALTER TABLE tasks ADD COLUMN description TEXT NOT NULL DEFAULT '';         -- Markdown
ALTER TABLE tasks ADD COLUMN progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100);
ALTER TABLE tasks ADD COLUMN type TEXT CHECK (type <> '');                 -- as the settings declare it
ALTER TABLE tasks ADD COLUMN custom TEXT NOT NULL DEFAULT '{}';            -- the fields of its type: an object of texts
ALTER TABLE tasks ADD COLUMN reminders TEXT NOT NULL DEFAULT '';           -- `1d, 2h, 2026-12-24T09:00:00Z`
-- Of a to-do: when it was begun for the first time, and when it was completed or given up.
ALTER TABLE tasks ADD COLUMN begun_at INTEGER;
ALTER TABLE tasks ADD COLUMN done_at INTEGER;

-- What a person noted about a task; with a run, that its output belongs to it.
CREATE TABLE notes (
    id      INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    text    TEXT    NOT NULL,
    run_id  INTEGER REFERENCES runs (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX notes_task ON notes (task_id, id);
CREATE INDEX notes_run ON notes (run_id) WHERE run_id IS NOT NULL;

-- When a person worked on a to-do: from when it was in progress until it was not any more.
CREATE TABLE spells (
    task_id  INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,                           -- NULL: it goes on
    PRIMARY KEY (task_id, begun_at),
    CHECK (ended_at >= begun_at)
) STRICT, WITHOUT ROWID;

-- However the status changes, also by an undo.
CREATE TRIGGER tasks_status_changes AFTER UPDATE OF status ON tasks WHEN new.status IS NOT old.status BEGIN
    UPDATE tasks SET
        begun_at = CASE WHEN new.status = 'in_progress' THEN coalesce(begun_at, new.updated_at) ELSE begun_at END,
        done_at = CASE WHEN new.status IN ('completed', 'cancelled') THEN new.updated_at END
    WHERE id = new.id;
    UPDATE spells SET ended_at = max(new.updated_at, begun_at) WHERE task_id = new.id AND ended_at IS NULL;
    INSERT OR IGNORE INTO spells (task_id, begun_at) SELECT new.id, new.updated_at WHERE new.status = 'in_progress';
END;
CREATE TRIGGER tasks_status_comes AFTER INSERT ON tasks WHEN new.status IS NOT NULL AND new.status <> 'open' BEGIN
    UPDATE tasks SET
        begun_at = CASE WHEN new.status = 'in_progress' THEN new.updated_at END,
        done_at = CASE WHEN new.status IN ('completed', 'cancelled') THEN new.updated_at END
    WHERE id = new.id;
    INSERT INTO spells (task_id, begun_at) SELECT new.id, new.updated_at WHERE new.status = 'in_progress';
END;

UPDATE tasks SET
    begun_at = CASE WHEN status = 'in_progress' THEN updated_at END,
    done_at = CASE WHEN status IN ('completed', 'cancelled') THEN updated_at END
WHERE kind = 'todo';
INSERT INTO spells (task_id, begun_at) SELECT id, updated_at FROM tasks WHERE status = 'in_progress';
