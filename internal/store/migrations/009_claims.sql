-- How often a run, or a delivery, has been taken to be worked on. It never goes
-- down: with the node and the attempt it says whose an end is, also where an
-- attempt's number comes twice because it was given back.
ALTER TABLE runs ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN claim BIGINT NOT NULL DEFAULT 0;

-- active = 2: a tick that is caught up, or backfilled. It waits for its turn
-- (waiting = 1: in the ledger alone; 2: it is the next one, and in the queue) and
-- stands in nobody's way. Thousands of them are not looked at one by one.
CREATE INDEX runs_owed ON runs (job, waiting, tick) WHERE active = 2;
UPDATE runs SET active = 2 WHERE active = 1 AND waiting = 1 AND state = 'scheduled' AND attempt = 0 AND via IN ('catch-up', 'backfill');
