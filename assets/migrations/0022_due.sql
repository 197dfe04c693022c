-- To-dos by when they are due, for their agenda and the order of the list.

-- Of one that is not over: when it is due, those of which nobody said when behind them. All else is at the end.
ALTER TABLE tasks ADD COLUMN order_due INTEGER AS (
    CASE WHEN kind = 'todo' AND status IN ('open', 'in_progress') THEN coalesce(due_at, 9223372036854775806)
         ELSE 9223372036854775807 END) VIRTUAL;
CREATE INDEX tasks_by_due ON tasks (order_due, slug) WHERE deleted_at IS NULL;
