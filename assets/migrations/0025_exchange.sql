-- To-dos by their names, so that those of other programs that have no name of their own for one are found without a look at all.
CREATE INDEX tasks_name ON tasks (name) WHERE kind = 'todo' AND deleted_at IS NULL;

-- Behind this, tasks that had reminders before there was a row for each of them get these (reminders::arm_all).
