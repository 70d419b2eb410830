-- When the first attempt began that failed, 0 for none: for how long a run is
-- tried again counts from there, whatever is restarted meanwhile. And why the
-- last one failed, in the same words each time, for what is told at the end.
ALTER TABLE runs ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT '';
