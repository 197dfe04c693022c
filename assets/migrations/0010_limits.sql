-- What a run may use, and what was in force (R7).

ALTER TABLE tasks ADD COLUMN memory INTEGER CHECK (memory > 0);             -- bytes, of all processes of a run together
ALTER TABLE tasks ADD COLUMN cpu_ms INTEGER CHECK (cpu_ms > 0);             -- CPU time, of all processes together
ALTER TABLE tasks ADD COLUMN open_files INTEGER CHECK (open_files > 0);     -- of each process
ALTER TABLE tasks ADD COLUMN nice INTEGER CHECK (nice BETWEEN -20 AND 19);

ALTER TABLE attempts ADD COLUMN limits TEXT;                                -- `memory 512M by rlimit and watchdog; nice 5`
-- NULL where the other figures are.
ALTER TABLE attempts ADD COLUMN peak_bytes INTEGER;                         -- most memory of all processes in any sample
ALTER TABLE attempts ADD COLUMN samples INTEGER;                            -- in the file `usage`
UPDATE attempts SET peak_bytes = max_rss_bytes, samples = 0 WHERE cpu_us IS NOT NULL;
