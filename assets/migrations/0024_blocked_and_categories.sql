-- Tasks that wait for others, by how long they have: what reports read along.
CREATE INDEX tasks_blocked_since ON tasks (blocked_since) WHERE blocked > 0 AND deleted_at IS NULL;

-- How many tasks outside the trash have exactly this category, and how many of them are to-dos that are not over: of the tree of
-- categories nothing has to be counted.
CREATE TABLE categories (
    name  TEXT    NOT NULL PRIMARY KEY,     -- empty: without one
    tasks INTEGER NOT NULL CHECK (tasks >= 0),
    open  INTEGER NOT NULL CHECK (open >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO categories (name, tasks, open)
    SELECT category, count(*), sum(coalesce(status IN ('open', 'in_progress'), 0)) FROM tasks WHERE deleted_at IS NULL GROUP BY category;
CREATE TRIGGER categories_come AFTER INSERT ON tasks WHEN new.deleted_at IS NULL BEGIN
    INSERT INTO categories (name, tasks, open) VALUES (new.category, 1, coalesce(new.status IN ('open', 'in_progress'), 0))
    ON CONFLICT (name) DO UPDATE SET tasks = tasks + 1, open = open + excluded.open;
END;
CREATE TRIGGER categories_go AFTER DELETE ON tasks WHEN old.deleted_at IS NULL BEGIN
    UPDATE categories SET tasks = tasks - 1, open = open - coalesce(old.status IN ('open', 'in_progress'), 0) WHERE name = old.category;
    DELETE FROM categories WHERE name = old.category AND tasks = 0;
END;
CREATE TRIGGER categories_change AFTER UPDATE OF category, status, deleted_at ON tasks
WHEN new.category <> old.category OR new.status IS NOT old.status OR (new.deleted_at IS NULL) <> (old.deleted_at IS NULL) BEGIN
    INSERT INTO categories (name, tasks, open)
        SELECT new.category, 1, coalesce(new.status IN ('open', 'in_progress'), 0) WHERE new.deleted_at IS NULL
        ON CONFLICT (name) DO UPDATE SET tasks = tasks + 1, open = open + excluded.open;
    UPDATE categories SET tasks = tasks - 1, open = open - coalesce(old.status IN ('open', 'in_progress'), 0)
        WHERE name = old.category AND old.deleted_at IS NULL;
    DELETE FROM categories WHERE name = old.category AND tasks = 0;
END;
