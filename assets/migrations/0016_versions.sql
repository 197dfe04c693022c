-- Versions: each content of a script and of its requirements that was seen, and what each run executed.

-- Each content once, whoever has it.
CREATE TABLE contents (
    id   INTEGER PRIMARY KEY,
    hash BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),     -- SHA-256
    size INTEGER NOT NULL CHECK (size >= 0),                    -- bytes
    zstd BLOB                                                   -- NULL: too large to be kept
) STRICT;

CREATE TABLE versions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    file       TEXT    NOT NULL CHECK (file IN ('script', 'requirements')),
    content_id INTEGER NOT NULL REFERENCES contents (id),
    saved_at   INTEGER NOT NULL,
    origin     TEXT    NOT NULL CHECK (origin IN ('created', 'saved', 'outside', 'restored', 'imported')),
    commit_id  TEXT                                             -- of the git checkout in which the file lay
) STRICT;
CREATE INDEX versions_file ON versions (task_id, file, id);
CREATE INDEX versions_content ON versions (content_id);
CREATE TRIGGER versions_go AFTER DELETE ON versions
WHEN NOT EXISTS (SELECT 1 FROM versions WHERE content_id = old.content_id) BEGIN
    DELETE FROM contents WHERE id = old.content_id;
END;

-- What was on the disk when the last attempt of the run was launched.
ALTER TABLE runs ADD COLUMN script_version INTEGER REFERENCES versions (id) ON DELETE SET NULL;
ALTER TABLE runs ADD COLUMN requirements_version INTEGER REFERENCES versions (id) ON DELETE SET NULL;
ALTER TABLE runs ADD COLUMN unpinned TEXT;                      -- why there is no version of its script
CREATE INDEX runs_script_version ON runs (script_version) WHERE script_version IS NOT NULL;
CREATE INDEX runs_requirements_version ON runs (requirements_version) WHERE requirements_version IS NOT NULL;

-- Whose script a file is that has changed.
CREATE INDEX tasks_script ON tasks (script) WHERE script IS NOT NULL AND deleted_at IS NULL;
