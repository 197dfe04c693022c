-- The spine: tasks, schedules, slots, runs and their attempts.
-- Instants are microseconds since the Unix epoch, UTC (columns named *_at and scheduled_for); durations are microseconds (*_us)
-- or milliseconds (*_ms). Words are the ones of the domain (`word()`).

CREATE TABLE tasks (
    id          INTEGER PRIMARY KEY,
    slug        TEXT    NOT NULL CHECK (slug <> ''),
    name        TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('command', 'script', 'todo')),
    command     TEXT,                       -- kind command: the shell command line
    script      TEXT,                       -- kind script: absolute path
    status      TEXT    CHECK (status IN ('open', 'in_progress', 'completed', 'cancelled')),
    category    TEXT    NOT NULL DEFAULT '',
    priority    INTEGER NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
    assignee    TEXT,
    due_at      INTEGER,
    paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    overlap     TEXT    NOT NULL DEFAULT 'skip',
    timeout_ms  INTEGER CHECK (timeout_ms > 0),
    grace_ms    INTEGER NOT NULL DEFAULT 10000 CHECK (grace_ms >= 0),
    cwd         TEXT,
    env         TEXT    NOT NULL DEFAULT '{}',
    shell       TEXT    NOT NULL DEFAULT '/bin/sh',
    last_run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER,                    -- in the trash since
    CHECK ((kind = 'command') = (command IS NOT NULL)),
    CHECK ((kind = 'script') = (script IS NOT NULL)),
    CHECK ((kind = 'todo') = (status IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX tasks_slug ON tasks (slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_last_run ON tasks (last_run_id) WHERE last_run_id IS NOT NULL;

CREATE TABLE task_tags (
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    tag     TEXT    NOT NULL CHECK (tag <> ''),
    PRIMARY KEY (task_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules (
    id           INTEGER PRIMARY KEY,
    task_id      INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL CHECK (kind IN ('cron', 'every', 'at', 'startup')),
    expr         TEXT    NOT NULL,
    zone         TEXT    NOT NULL,
    anchor_at    INTEGER NOT NULL,          -- intervals count from here; nothing is due before
    watermark_at INTEGER NOT NULL,          -- every slot up to here has been decided
    next_at      INTEGER,                   -- the next slot; NULL while paused, in the trash, or at the end
    boot         TEXT,                      -- kind startup: the boot that has been decided
    CHECK (next_at IS NULL OR next_at > watermark_at)
) STRICT;
CREATE INDEX schedules_task ON schedules (task_id, next_at);
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedules_startup ON schedules (id) WHERE kind = 'startup';

CREATE TABLE runs (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id        INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    state          TEXT    NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'stopping', 'waiting_retry', 'finished')),
    outcome        TEXT    CHECK (outcome IN ('succeeded', 'failed', 'signaled', 'timed_out', 'over_memory', 'cancelled',
                                              'could_not_start', 'skipped', 'lost')),
    exit_code      INTEGER,
    signal         INTEGER,
    "trigger"      TEXT    NOT NULL CHECK ("trigger" IN ('schedule', 'manual', 'startup', 'after', 'retry', 'catch_up', 'api')),
    attempt        INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
    priority       INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 10),
    args           TEXT    NOT NULL DEFAULT '[]',   -- extra arguments of a manual run, a JSON array
    schedule_id    INTEGER REFERENCES schedules (id) ON DELETE SET NULL,
    scheduled_for  INTEGER,
    queued_at      INTEGER NOT NULL,
    started_at     INTEGER,
    finished_at    INTEGER,
    stop_requested TEXT    CHECK (stop_requested IN ('stop', 'kill')),
    boot           TEXT,                            -- the boot of the machine in which it was started
    reason         TEXT,
    CHECK ((state = 'finished') = (outcome IS NOT NULL)),
    CHECK ((state = 'finished') = (finished_at IS NOT NULL)),
    CHECK ((outcome = 'succeeded') = (exit_code IS 0)),
    CHECK (outcome IS NOT 'failed' OR exit_code IS NOT NULL),
    CHECK (outcome IS NOT 'signaled' OR signal IS NOT NULL)
) STRICT;
CREATE INDEX runs_task ON runs (task_id, id);
CREATE INDEX runs_queue ON runs (priority, id) WHERE state = 'queued';
CREATE INDEX runs_queued_task ON runs (task_id, id) WHERE state = 'queued';
CREATE INDEX runs_live ON runs (task_id, id) WHERE state IN ('starting', 'running', 'stopping');
CREATE INDEX runs_stop ON runs (id) WHERE stop_requested IS NOT NULL AND state <> 'finished';
CREATE INDEX runs_bad ON runs (finished_at) WHERE outcome IN ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start', 'lost');

CREATE TABLE attempts (
    run_id        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number >= 1),
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL,
    exit_code     INTEGER,
    signal        INTEGER,
    cpu_us        INTEGER NOT NULL,
    max_rss_bytes INTEGER NOT NULL,
    output_bytes  INTEGER NOT NULL,
    dropped_bytes INTEGER NOT NULL,                 -- output that could not be kept
    strays        INTEGER NOT NULL,                 -- descendants that had to be ended after the process itself
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE slots (
    schedule_id INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    due_at      INTEGER NOT NULL,
    zone        TEXT    NOT NULL,
    civil       TEXT    NOT NULL,
    decision    TEXT    NOT NULL CHECK (decision IN ('run', 'skipped', 'missed')),
    reason      TEXT,
    run_id      INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    decided_at  INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, due_at),
    CHECK ((decision = 'run') = (reason IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX slots_run ON slots (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX runs_schedule ON runs (schedule_id) WHERE schedule_id IS NOT NULL;
