-- What speaks against a delivery that arrived, as far as its status says: '' for nothing.
ALTER TABLE deliveries ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What is still owed, or was given up: few rows, and asked for by themselves.
CREATE INDEX deliveries_owed ON deliveries (job, tick) WHERE state IN ('queued', 'sending', 'failed');
