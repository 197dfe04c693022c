-- Why a run waits or a task rests: conditions, and the rests of tasks.

-- From when until when the schedules of a task rested, and why when Tempo itself put them to rest.
CREATE TABLE pauses (
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    paused_at  INTEGER NOT NULL,
    resumed_at INTEGER CHECK (resumed_at >= paused_at),
    reason     TEXT,
    PRIMARY KEY (task_id, paused_at)
) STRICT, WITHOUT ROWID;
INSERT INTO pauses (task_id, paused_at) SELECT id, updated_at FROM tasks WHERE paused = 1;

-- What has to hold before a run that nobody asked for by hand, as `load<4; cmd:true`, and how long it waits for that.
ALTER TABLE tasks ADD COLUMN conditions TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN condition_window_ms INTEGER NOT NULL DEFAULT 1800000 CHECK (condition_window_ms > 0);
ALTER TABLE runs ADD COLUMN held_since INTEGER;     -- since when its conditions do not hold
