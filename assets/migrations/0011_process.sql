-- How the process of a run is made and stopped (R4, R9), and runs that are paused.

ALTER TABLE tasks ADD COLUMN stop_signal TEXT NOT NULL DEFAULT 'TERM' CHECK (stop_signal <> '');
ALTER TABLE tasks ADD COLUMN pty INTEGER NOT NULL DEFAULT 0 CHECK (pty IN (0, 1));
ALTER TABLE tasks ADD COLUMN stdin TEXT;
-- References only, never a value: `GH=env:GH_TOKEN; TOKEN=file:/run/secrets/token`.
ALTER TABLE tasks ADD COLUMN secrets TEXT NOT NULL DEFAULT '';
CREATE INDEX tasks_secrets ON tasks (slug) WHERE secrets <> '' AND deleted_at IS NULL;

-- What is wanted of a run that lives, and since when its processes stand still. Its state stays `running`.
ALTER TABLE runs ADD COLUMN pause_requested INTEGER NOT NULL DEFAULT 0 CHECK (pause_requested IN (0, 1));
ALTER TABLE runs ADD COLUMN paused_at INTEGER;
CREATE INDEX runs_pause ON runs (id) WHERE pause_requested <> (paused_at IS NOT NULL);
