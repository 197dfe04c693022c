-- What became of it: the rests of tasks.

-- From when until when the schedules of a task rested, and why when Tempo itself put them to rest.
CREATE TABLE pauses (
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    paused_at  INTEGER NOT NULL,
    resumed_at INTEGER CHECK (resumed_at >= paused_at),
    reason     TEXT,
    PRIMARY KEY (task_id, paused_at)
) STRICT, WITHOUT ROWID;
INSERT INTO pauses (task_id, paused_at) SELECT id, updated_at FROM tasks WHERE paused = 1;
