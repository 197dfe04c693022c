-- What runs after other tasks (R11).

CREATE TABLE upstreams (
    task_id     INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    -- One in the trash stays there as long as something is to run after it.
    upstream_id INTEGER NOT NULL REFERENCES tasks (id),
    condition   TEXT    NOT NULL CHECK (condition IN ('success', 'failure', 'any')),
    -- The present round: the latest end of the upstream in it, and whether that counts.
    run_id      INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    met         INTEGER NOT NULL DEFAULT 0 CHECK (met IN (0, 1)),
    PRIMARY KEY (task_id, upstream_id),
    CHECK (task_id <> upstream_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX upstreams_upstream ON upstreams (upstream_id);
CREATE INDEX upstreams_run ON upstreams (run_id) WHERE run_id IS NOT NULL;

-- Of a run with the trigger `after`: the runs that it came after, as `#12 of backup, #13 of mirror`.
ALTER TABLE runs ADD COLUMN came_after TEXT;
CREATE INDEX runs_after ON runs (task_id, id) WHERE "trigger" = 'after';
