-- Which outputs a run left as they were, their records being those of the last time:
-- a list of their numbers, from 1, '' for none.
ALTER TABLE runs ADD COLUMN unchanged TEXT NOT NULL DEFAULT '';
