-- What a good run's records were, as hashes, for the next run that begins at
-- its tick: what is read once more and was told already is known by them. Empty:
-- there were too many. It lives as long as its run.
CREATE TABLE known_records (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    records BYTEA NOT NULL,
    PRIMARY KEY (job, tick)
);
