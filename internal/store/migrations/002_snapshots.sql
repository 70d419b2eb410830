-- What a job's newest exports were, small: the next run tells from it what
-- changed. Two ticks of a job are kept: the newest one, when it is run again, is
-- compared with the one before.
CREATE TABLE snapshots (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    -- Which fields were left out of it, as a name; '' for none.
    ignoring TEXT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (job, ignoring, tick)
);
