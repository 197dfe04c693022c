-- What tasks wait for (A3), and the to-dos that failing tasks open.

-- A task that waits for another one: a to-do for it to be completed, a machine task for it to have succeeded.
CREATE TABLE dependencies (
    task_id   INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    -- One in the trash stays there as long as something depends on it.
    on_id     INTEGER NOT NULL REFERENCES tasks (id),
    every_run INTEGER NOT NULL DEFAULT 0 CHECK (every_run IN (0, 1)),   -- a to-do: each run opens it again
    seen_at   INTEGER,                  -- the success of a machine task that is used up; NULL: none
    PRIMARY KEY (task_id, on_id),
    CHECK (task_id <> on_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependencies_on ON dependencies (on_id);

ALTER TABLE tasks ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;    -- how many dependencies are not met
ALTER TABLE tasks ADD COLUMN blocked_since INTEGER;                 -- NULL while none is
ALTER TABLE tasks ADD COLUMN succeeded_at INTEGER;                  -- when its run that succeeded last ended
CREATE INDEX tasks_blocked ON tasks (slug) WHERE blocked > 0 AND deleted_at IS NULL;
-- It was admitted, and waits for no dependency any more.
ALTER TABLE runs ADD COLUMN cleared INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1));

UPDATE tasks SET succeeded_at = (
    SELECT max(finished_at) FROM runs WHERE task_id = tasks.id AND outcome = 'succeeded' AND purpose = 'work'
) WHERE last_run_id IS NOT NULL;

-- The dependencies that are not met: the one place that says so. A to-do that is over waits for nothing. What was given up or
-- deleted holds up no person; a machine waits for it all the same, since nobody has done it.
CREATE VIEW unmet AS
SELECT d.task_id, d.on_id,
    o.slug || iif(o.kind = 'todo', ' to be done', ' to succeed')
        || CASE WHEN o.deleted_at IS NOT NULL THEN ' (it is in the trash)' WHEN o.status IS 'cancelled' THEN ' (it is cancelled)' ELSE '' END
        AS what
FROM dependencies d JOIN tasks t ON t.id = d.task_id JOIN tasks o ON o.id = d.on_id
WHERE (t.status IS NULL OR t.status IN ('open', 'in_progress'))
    AND NOT (t.kind = 'todo' AND (o.deleted_at IS NOT NULL OR o.status IS 'cancelled'))
    AND CASE o.kind WHEN 'todo' THEN o.status <> 'completed'
        ELSE o.succeeded_at IS d.seen_at END;

CREATE TRIGGER dependencies_come AFTER INSERT ON dependencies BEGIN
    UPDATE tasks SET blocked = (SELECT count(*) FROM unmet WHERE task_id = new.task_id) WHERE id = new.task_id;
END;
CREATE TRIGGER dependencies_change AFTER UPDATE OF seen_at ON dependencies WHEN new.seen_at IS NOT old.seen_at BEGIN
    UPDATE tasks SET blocked = (SELECT count(*) FROM unmet WHERE task_id = new.task_id) WHERE id = new.task_id;
END;
CREATE TRIGGER dependencies_go AFTER DELETE ON dependencies BEGIN
    UPDATE tasks SET blocked = (SELECT count(*) FROM unmet WHERE task_id = old.task_id) WHERE id = old.task_id;
END;
CREATE TRIGGER tasks_wait AFTER UPDATE OF kind, status ON tasks WHEN new.kind <> old.kind OR new.status IS NOT old.status BEGIN
    UPDATE tasks SET blocked = (SELECT count(*) FROM unmet WHERE task_id = new.id)
    WHERE id = new.id AND EXISTS (SELECT 1 FROM dependencies WHERE task_id = new.id);
END;
CREATE TRIGGER tasks_are_waited_for AFTER UPDATE OF kind, status, deleted_at, succeeded_at ON tasks
WHEN new.kind <> old.kind OR new.status IS NOT old.status OR new.deleted_at IS NOT old.deleted_at
    OR new.succeeded_at IS NOT old.succeeded_at BEGIN
    UPDATE tasks SET blocked = (SELECT count(*) FROM unmet WHERE task_id = tasks.id)
    WHERE id IN (SELECT task_id FROM dependencies WHERE on_id = new.id);
END;
CREATE TRIGGER tasks_blocked_changes AFTER UPDATE OF blocked ON tasks WHEN (new.blocked > 0) <> (old.blocked > 0) BEGIN
    UPDATE tasks SET blocked_since = iif(new.blocked > 0, CAST(unixepoch('subsec') * 1000000 AS INTEGER), NULL) WHERE id = new.id;
END;
CREATE TRIGGER runs_succeed AFTER UPDATE OF outcome ON runs
WHEN new.outcome = 'succeeded' AND old.outcome IS NULL AND new.purpose = 'work' BEGIN
    UPDATE tasks SET succeeded_at = new.finished_at WHERE id = new.task_id;
END;

-- After so many failures in a row a to-do is opened; which one, until the task succeeds.
ALTER TABLE tasks ADD COLUMN todo_after INTEGER CHECK (todo_after > 0);
ALTER TABLE tasks ADD COLUMN todo_id INTEGER REFERENCES tasks (id) ON DELETE SET NULL;
CREATE INDEX tasks_todo ON tasks (todo_id) WHERE todo_id IS NOT NULL;
CREATE INDEX tasks_failing ON tasks (id)
    WHERE todo_after IS NOT NULL AND failures >= todo_after AND todo_id IS NULL AND deleted_at IS NULL;

-- A note that was taken away can come back by an undo.
ALTER TABLE notes ADD COLUMN deleted_at INTEGER;
CREATE INDEX notes_deleted ON notes (deleted_at) WHERE deleted_at IS NOT NULL;
