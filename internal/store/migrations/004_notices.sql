-- Why a notice is told, in a few steady words, '' for what is told in any case.
ALTER TABLE deliveries ADD COLUMN cause TEXT NOT NULL DEFAULT '';

-- Whom a notice or a heartbeat is for, the same from run to run; '' is anybody.
ALTER TABLE deliveries ADD COLUMN receiver TEXT NOT NULL DEFAULT '';

-- 1: a notice of a trouble that isn't over. Whether its receiver heard of it is
-- never written: it follows from the delivery's state.
ALTER TABLE deliveries ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;

UPDATE deliveries SET standing = 1 WHERE kind = 'failure'
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = deliveries.job AND r.tick >= deliveries.tick AND r.state = 'succeeded');

CREATE INDEX deliveries_notices ON deliveries (job, kind, cause, receiver, created_at) WHERE cause <> '';
CREATE INDEX deliveries_standing ON deliveries (job, kind) WHERE standing = 1;
CREATE INDEX deliveries_waiting ON deliveries (job, kind, receiver) WHERE receiver <> '' AND state = 'queued';
CREATE INDEX deliveries_failed ON deliveries (job, kind) WHERE state = 'failed';
