-- The number of this store in the UUIDs of tasks that no other program has named: those of two stores have nothing in common.
CREATE TABLE origin (
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 1099511627775)
) STRICT;
INSERT INTO origin (number) VALUES (random() & 1099511627775);
