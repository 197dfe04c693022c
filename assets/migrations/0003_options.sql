-- Options of schedules (T6, T9, T10), and runs that wait for an instant.

ALTER TABLE schedules ADD COLUMN options TEXT NOT NULL DEFAULT '';  -- the words after the rule: `missed=all jitter=5m`
-- The due instant of the next slot; next_at is from now on when it starts, which is later by the jitter.
ALTER TABLE schedules ADD COLUMN slot_at INTEGER CHECK (slot_at IS NULL OR (slot_at > watermark_at AND slot_at <= next_at));
UPDATE schedules SET slot_at = next_at;
CREATE INDEX schedules_calendar ON schedules (id) WHERE instr(options, 'calendar=') > 0;

-- Not to be admitted before; NULL as soon as it has come.
ALTER TABLE runs ADD COLUMN not_before INTEGER CHECK (not_before IS NULL OR state = 'queued');
DROP INDEX runs_queue;
CREATE INDEX runs_queue ON runs (priority, ("trigger" = 'catch_up'), id) WHERE state = 'queued' AND not_before IS NULL;
CREATE INDEX runs_held ON runs (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX runs_held_schedule ON runs (schedule_id) WHERE not_before IS NOT NULL;

-- A slot that was run can have a reason, too: it was missed and is made up for.
CREATE TABLE slots_2 (
    schedule_id INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    due_at      INTEGER NOT NULL,
    zone        TEXT    NOT NULL,
    civil       TEXT    NOT NULL,
    decision    TEXT    NOT NULL CHECK (decision IN ('run', 'skipped', 'missed')),
    reason      TEXT,
    run_id      INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    decided_at  INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, due_at),
    CHECK (decision = 'run' OR reason IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO slots_2 SELECT schedule_id, due_at, zone, civil, decision, reason, run_id, decided_at FROM slots;
DROP TABLE slots;
ALTER TABLE slots_2 RENAME TO slots;
CREATE INDEX slots_run ON slots (run_id) WHERE run_id IS NOT NULL;
