-- Several attempts of a run: retries, the wait between two of them, and the deadline over all (R5, R6).

ALTER TABLE tasks ADD COLUMN retry TEXT NOT NULL DEFAULT '';     -- `3 delay=10s on=1,timeout`: begins with how many more attempts
ALTER TABLE tasks ADD COLUMN deadline_ms INTEGER CHECK (deadline_ms > 0);

-- When the next attempt is due; an attempt that waits for admission is queued, as a first one is.
ALTER TABLE runs ADD COLUMN retry_at INTEGER CHECK ((retry_at IS NOT NULL) = (state = 'waiting_retry'));
-- From when the deadline counts: the admission of the first attempt; moved along when the clock is set.
ALTER TABLE runs ADD COLUMN deadline_from INTEGER;
CREATE INDEX runs_retry ON runs (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX runs_retry_task ON runs (task_id, id) WHERE state = 'waiting_retry';
CREATE INDEX runs_deadline ON runs (deadline_from) WHERE state = 'queued' AND attempt > 1 AND deadline_from IS NOT NULL;

-- Every attempt that is over has a row, also one that was lost or never began. What nobody knows of it is NULL: of a lost one its
-- end and what it used, of one that never began its start, too.
CREATE TABLE attempts_2 (
    run_id        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number >= 1),
    started_at    INTEGER,
    ended_at      INTEGER,
    outcome       TEXT    NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'signaled', 'timed_out', 'over_memory', 'cancelled',
                                                      'could_not_start', 'lost')),
    exit_code     INTEGER,
    signal        INTEGER,
    cpu_us        INTEGER,
    max_rss_bytes INTEGER,
    output_bytes  INTEGER,
    dropped_bytes INTEGER NOT NULL,                 -- output that could not be kept
    strays        INTEGER NOT NULL,                 -- descendants that had to be ended after the process itself
    reason        TEXT,                             -- what there is to say beyond the outcome
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO attempts_2 (run_id, number, started_at, ended_at, outcome, exit_code, signal, cpu_us, max_rss_bytes, output_bytes,
                        dropped_bytes, strays, reason)
    SELECT a.run_id, a.number, a.started_at, a.ended_at, r.outcome, a.exit_code, a.signal, a.cpu_us, a.max_rss_bytes,
           a.output_bytes, a.dropped_bytes, a.strays, r.reason
    FROM attempts a JOIN runs r ON r.id = a.run_id WHERE r.outcome IS NOT NULL AND r.outcome <> 'skipped';
DROP TABLE attempts;
ALTER TABLE attempts_2 RENAME TO attempts;
