-- Runs that ended, but not well, are few: who looks for them needn't walk through a year
-- of good ones. The words are those of history's filter.
CREATE INDEX runs_ended_otherwise ON runs (tick) WHERE state IN ('failed', 'canceled', 'interrupted', 'skipped', 'missed');
