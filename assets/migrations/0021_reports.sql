-- What reports read along: only what lies in their period.

-- Runs by their end, with all that is counted of them, so that the rows themselves are not read.
CREATE INDEX runs_ended ON runs (finished_at, task_id, started_at, outcome) WHERE finished_at IS NOT NULL AND purpose = 'work';

-- To-dos by when they were done or given up, and open ones by when they are due and how old they are.
CREATE INDEX tasks_done ON tasks (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX tasks_open_due ON tasks (due_at) WHERE due_at IS NOT NULL AND kind = 'todo' AND done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_open_since ON tasks (created_at) WHERE kind = 'todo' AND done_at IS NULL AND deleted_at IS NULL;
