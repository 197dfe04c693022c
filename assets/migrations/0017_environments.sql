-- The environments of Python scripts, and the runs that build them.

ALTER TABLE tasks ADD COLUMN python TEXT;                       -- the interpreter that it names: `3.12`, a path, or a name

-- What a run is for. One that builds an environment is seen among the runs of its task, and counts for nothing else.
ALTER TABLE runs ADD COLUMN purpose TEXT NOT NULL DEFAULT 'work' CHECK (purpose IN ('work', 'environment'));
-- The run that builds what this one waits for.
ALTER TABLE runs ADD COLUMN awaits INTEGER;
CREATE INDEX runs_builds ON runs (task_id, id) WHERE purpose = 'environment' AND state <> 'finished';
CREATE INDEX runs_awaits ON runs (awaits) WHERE awaits IS NOT NULL;

CREATE TABLE environments (
    task_id    INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    -- How often that changed of which it is made, and how many of these changes were looked at.
    asked      INTEGER NOT NULL DEFAULT 1,
    looked     INTEGER NOT NULL DEFAULT 0,
    state      TEXT    CHECK (state IN ('ready', 'building', 'failed', 'impossible')),  -- NULL: it has none, or nobody has looked
    key        TEXT,                            -- of what it is made, as a hash
    python     TEXT,                            -- the interpreter
    version    TEXT,
    folder     TEXT,                            -- of one that is ready
    packages   INTEGER,                         -- in it
    locked     INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    drift      INTEGER NOT NULL DEFAULT 0 CHECK (drift IN (0, 1)),     -- its requirements have changed since they were locked
    run_id     INTEGER,                         -- which built it, builds it, or failed to
    reason     TEXT,                            -- why there is none
    changed_at INTEGER
) STRICT;
CREATE INDEX environments_asked ON environments (task_id) WHERE asked <> looked;
CREATE INDEX environments_building ON environments (task_id) WHERE state = 'building';

INSERT INTO environments (task_id) SELECT id FROM tasks WHERE kind = 'script';
CREATE TRIGGER tasks_script_comes AFTER INSERT ON tasks WHEN new.kind = 'script' BEGIN
    INSERT INTO environments (task_id) VALUES (new.id);
END;
CREATE TRIGGER tasks_script_changes AFTER UPDATE OF kind, script, python, env, deleted_at ON tasks
WHEN new.kind = 'script' AND (new.kind <> old.kind OR new.script IS NOT old.script OR new.python IS NOT old.python
                              OR new.env <> old.env OR new.deleted_at IS NOT old.deleted_at) BEGIN
    INSERT INTO environments (task_id) VALUES (new.id) ON CONFLICT (task_id) DO UPDATE SET asked = asked + 1;
END;
CREATE TRIGGER tasks_script_goes AFTER UPDATE OF kind ON tasks WHEN old.kind = 'script' AND new.kind <> 'script' BEGIN
    DELETE FROM environments WHERE task_id = new.id;
END;
CREATE TRIGGER versions_come AFTER INSERT ON versions BEGIN
    UPDATE environments SET asked = asked + 1 WHERE task_id = new.task_id;
END;
