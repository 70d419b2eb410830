-- What a job's outputs were written with last, where their files say of which
-- type each column is. What is in it the ledger doesn't know. It outlives the
-- runs: files lie longer than runs are kept.
CREATE TABLE output_tables (
    job TEXT NOT NULL,
    output TEXT NOT NULL,
    -- The newest that published the output: older ones may do so after it.
    tick BIGINT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (job, output)
);
