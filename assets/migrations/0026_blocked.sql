-- Tasks that wait for others, by how long they have: what reports read along.
CREATE INDEX tasks_blocked_since ON tasks (blocked_since) WHERE blocked > 0 AND deleted_at IS NULL;
