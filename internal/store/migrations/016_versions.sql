-- Up to where a job knows its project's versions, and who looks.
CREATE TABLE version_marks (
    job TEXT NOT NULL PRIMARY KEY,
    -- Where it looks; somewhere else it begins anew.
    place TEXT NOT NULL,
    -- Up to when all versions are known, and the ids of those that are known from
    -- that instant on, by spaces.
    upto BIGINT NOT NULL,
    ids TEXT NOT NULL,
    -- When a node began the last look, and the last that came through; 0: none has.
    taken_at BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    -- Since when looks fail, and the tick of the run that people were told by; 0: they
    -- don't, nobody was.
    failing_since BIGINT NOT NULL,
    told BIGINT NOT NULL
);

-- Which run is of which version. A tick is when the version was made, or the next
-- free microsecond where several were made in one instant.
CREATE TABLE run_versions (
    job TEXT NOT NULL,
    version TEXT NOT NULL,
    model TEXT NOT NULL,
    tick BIGINT NOT NULL,
    PRIMARY KEY (job, version)
);

CREATE UNIQUE INDEX run_versions_tick ON run_versions (job, tick);
