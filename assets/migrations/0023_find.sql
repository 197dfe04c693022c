-- Finding tasks among very many: what the filter language asks for, through indexes that hold all that it needs.

-- What has few values, in one number, so that any combination of it is found without looking at other tasks. From the least bit on:
-- priority (4), whether it has run (1), has a next slot (1), slots were missed (1), late (1), paused (1), class of its newest run (3),
-- kind and status (3): command, script, open, in progress, completed, cancelled.
ALTER TABLE tasks ADD COLUMN facts INTEGER AS (
    priority + 16 * (last_run_id IS NOT NULL) + 32 * (upcoming_at IS NOT NULL) + 64 * (missed > 0) + 128 * (late_since IS NOT NULL)
    + 256 * paused + 512 * last_class
    + 4096 * CASE kind WHEN 'command' THEN 0 WHEN 'script' THEN 1 ELSE
        CASE status WHEN 'open' THEN 2 WHEN 'in_progress' THEN 3 WHEN 'completed' THEN 4 ELSE 5 END END) VIRTUAL;
CREATE INDEX tasks_facts ON tasks (facts) WHERE deleted_at IS NULL;

CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_created ON tasks (created_at) WHERE deleted_at IS NULL;
CREATE INDEX tasks_updated ON tasks (updated_at) WHERE deleted_at IS NULL;
CREATE INDEX tasks_begun ON tasks (begun_at) WHERE begun_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_assignee ON tasks (assignee) WHERE assignee IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_type ON tasks (type) WHERE type IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_progress ON tasks (progress) WHERE progress > 0 AND deleted_at IS NULL;

-- When its newest run ended, or else began, or else was asked for.
ALTER TABLE tasks ADD COLUMN last_at INTEGER;
UPDATE tasks SET last_at = (SELECT coalesce(finished_at, started_at, queued_at) FROM runs WHERE id = tasks.last_run_id)
    WHERE last_run_id IS NOT NULL;
CREATE INDEX tasks_last_at ON tasks (last_at) WHERE last_at IS NOT NULL AND deleted_at IS NULL;
CREATE TRIGGER tasks_last_at_changes AFTER UPDATE OF last_run_id ON tasks BEGIN
    UPDATE tasks SET last_at = (SELECT coalesce(finished_at, started_at, queued_at) FROM runs WHERE id = new.last_run_id)
    WHERE id = new.id;
END;
CREATE TRIGGER runs_last_at_changes AFTER UPDATE OF state ON runs WHEN new.state <> old.state BEGIN
    UPDATE tasks SET last_at = coalesce(new.finished_at, new.started_at, new.queued_at)
    WHERE id = new.task_id AND last_run_id = new.id;
END;

-- The fields of types, a row each.
CREATE TABLE task_fields (
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    name    TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (task_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_fields_name ON task_fields (name, value);
INSERT INTO task_fields (task_id, name, value)
    SELECT tasks.id, f.key, f.value FROM tasks, json_each(tasks.custom) f WHERE tasks.custom <> '{}';
CREATE TRIGGER task_fields_come AFTER INSERT ON tasks WHEN new.custom <> '{}' BEGIN
    INSERT INTO task_fields (task_id, name, value) SELECT new.id, key, value FROM json_each(new.custom);
END;
CREATE TRIGGER task_fields_change AFTER UPDATE OF custom ON tasks WHEN new.custom <> old.custom BEGIN
    DELETE FROM task_fields WHERE task_id = new.id;
    INSERT INTO task_fields (task_id, name, value) SELECT new.id, key, value FROM json_each(new.custom);
END;

-- Texts by their parts of three letters. The two line ends are for words of two letters at the very end of one.
ALTER TABLE tasks ADD COLUMN words TEXT AS (
    slug || char(10) || name || char(10) || coalesce(command || char(10), '') || category || char(10) || description
    || char(10) || char(10)) VIRTUAL;
CREATE VIRTUAL TABLE task_words USING fts5 (words, content = '', tokenize = 'trigram', detail = none, columnsize = 0);
CREATE VIRTUAL TABLE task_parts USING fts5vocab (task_words, row);
INSERT INTO task_words (rowid, words) SELECT id, words FROM tasks;
CREATE TRIGGER task_words_come AFTER INSERT ON tasks BEGIN
    INSERT INTO task_words (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER task_words_change AFTER UPDATE OF slug, name, command, category, description ON tasks WHEN new.words <> old.words BEGIN
    INSERT INTO task_words (task_words, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO task_words (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER task_words_go AFTER DELETE ON tasks BEGIN
    INSERT INTO task_words (task_words, rowid, words) VALUES ('delete', old.id, old.words);
END;

-- Which tasks changed, the last 100,000 changes: who knows what a filter found looks at these alone.
CREATE TABLE touched (
    seq     INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL
) STRICT;
CREATE TRIGGER touched_forgets AFTER INSERT ON touched BEGIN
    DELETE FROM touched WHERE seq <= new.seq - 100000;
END;
CREATE TRIGGER touched_comes AFTER INSERT ON tasks BEGIN
    INSERT INTO touched (task_id) VALUES (new.id);
END;
CREATE TRIGGER touched_goes AFTER DELETE ON tasks BEGIN
    INSERT INTO touched (task_id) VALUES (old.id);
END;
-- Tags are in here, too: with each of them the first one is written.
CREATE TRIGGER touched_changes AFTER UPDATE OF slug, name, kind, command, script, status, category, priority, assignee, due_at, paused,
    description, progress, type, custom, begun_at, done_at, updated_at, deleted_at, late_since, missed, upcoming_at, last_run_id, last_at,
    tag, blocked ON tasks BEGIN
    INSERT INTO touched (task_id) VALUES (new.id);
END;
-- Nobody has to know which of many were changed by hand before this.
INSERT INTO touched (seq, task_id) VALUES (1, 0);

-- Filters under a name. Those that Tempo brings along are not here.
CREATE TABLE views (
    name   TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    filter TEXT NOT NULL,
    sort   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
