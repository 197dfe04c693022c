-- What the list of tasks can be ordered by, each through an index, and what the timeline reads along.

-- How a run counts in the order of states: 1 it lives, 2 it waits, 3 it ended badly, 4 well, 5 otherwise.
ALTER TABLE runs ADD COLUMN class INTEGER AS (
    CASE WHEN state IN ('starting', 'running', 'stopping') THEN 1
         WHEN state <> 'finished' THEN 2
         WHEN outcome = 'succeeded' THEN 4
         WHEN outcome IN ('cancelled', 'skipped') THEN 5
         ELSE 3 END) VIRTUAL;

ALTER TABLE tasks ADD COLUMN last_class INTEGER NOT NULL DEFAULT 0;     -- of its newest run; 0: there is none
ALTER TABLE tasks ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;         -- slots that were missed since its newest run
ALTER TABLE tasks ADD COLUMN upcoming_at INTEGER;                       -- the earliest next slot of its schedules
ALTER TABLE tasks ADD COLUMN tag TEXT NOT NULL DEFAULT '';              -- the first of its tags

-- What needs a person comes first: runs, failed, missed, waits, ended well, has not run, rests, is done.
ALTER TABLE tasks ADD COLUMN rank INTEGER AS (
    CASE WHEN kind = 'todo' THEN CASE status WHEN 'in_progress' THEN 0 WHEN 'open' THEN 5 ELSE 7 END
         WHEN last_class = 1 THEN 0
         WHEN last_class = 2 THEN 3
         WHEN paused THEN 6
         WHEN late_since IS NOT NULL OR missed > 0 THEN 2
         WHEN last_class = 3 THEN 1
         WHEN last_class = 0 THEN 5
         ELSE 4 END) VIRTUAL;
-- Ascending, those without at the end.
ALTER TABLE tasks ADD COLUMN order_next INTEGER AS (coalesce(upcoming_at, 9223372036854775807)) VIRTUAL;
ALTER TABLE tasks ADD COLUMN order_last INTEGER AS (-coalesce(last_run_id, 0)) VIRTUAL;

UPDATE tasks SET
    last_class = coalesce((SELECT class FROM runs WHERE id = tasks.last_run_id), 0),
    upcoming_at = (SELECT min(next_at) FROM schedules WHERE task_id = tasks.id),
    tag = coalesce((SELECT min(tag) FROM task_tags WHERE task_id = tasks.id), '');

CREATE INDEX tasks_by_state ON tasks (rank, slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_next ON tasks (order_next, slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_last ON tasks (order_last, slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_category ON tasks (category, slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_tag ON tasks (tag, slug) WHERE deleted_at IS NULL;
CREATE INDEX tasks_paused ON tasks (id) WHERE paused = 1 AND deleted_at IS NULL;

CREATE TRIGGER runs_class_changes AFTER UPDATE OF state, outcome ON runs WHEN new.class <> old.class BEGIN
    UPDATE tasks SET last_class = new.class WHERE id = new.task_id AND last_run_id = new.id;
END;
CREATE TRIGGER tasks_last_run_changes AFTER UPDATE OF last_run_id ON tasks BEGIN
    UPDATE tasks SET last_class = coalesce((SELECT class FROM runs WHERE id = new.last_run_id), 0), missed = 0 WHERE id = new.id;
END;
CREATE TRIGGER slots_missed_changes AFTER INSERT ON slots WHEN new.decision = 'missed' BEGIN
    UPDATE tasks SET missed = missed + 1 WHERE id = (SELECT task_id FROM schedules WHERE id = new.schedule_id);
END;
CREATE TRIGGER schedules_come AFTER INSERT ON schedules WHEN new.next_at IS NOT NULL BEGIN
    UPDATE tasks SET upcoming_at = (SELECT min(next_at) FROM schedules WHERE task_id = new.task_id) WHERE id = new.task_id;
END;
CREATE TRIGGER schedules_change AFTER UPDATE OF next_at ON schedules WHEN new.next_at IS NOT old.next_at BEGIN
    UPDATE tasks SET upcoming_at = (SELECT min(next_at) FROM schedules WHERE task_id = new.task_id) WHERE id = new.task_id;
END;
CREATE TRIGGER schedules_go AFTER DELETE ON schedules BEGIN
    UPDATE tasks SET upcoming_at = (SELECT min(next_at) FROM schedules WHERE task_id = old.task_id) WHERE id = old.task_id;
END;
CREATE TRIGGER task_tags_come AFTER INSERT ON task_tags BEGIN
    UPDATE tasks SET tag = (SELECT min(tag) FROM task_tags WHERE task_id = new.task_id) WHERE id = new.task_id;
END;
CREATE TRIGGER task_tags_go AFTER DELETE ON task_tags BEGIN
    UPDATE tasks SET tag = coalesce((SELECT min(tag) FROM task_tags WHERE task_id = old.task_id), '') WHERE id = old.task_id;
END;

-- The timeline goes from cell to cell along these, however much lies in each.
CREATE INDEX runs_started_task ON runs (task_id, started_at) WHERE started_at IS NOT NULL;
CREATE INDEX runs_bad_task ON runs (task_id, finished_at)
    WHERE outcome IN ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start', 'lost');
CREATE INDEX slots_missed ON slots (schedule_id, due_at) WHERE decision = 'missed';
