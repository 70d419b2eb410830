-- What a run left with an output's receiver, or in its file. Whether that is
-- what is there now is never written: it follows from the deliveries.
CREATE TABLE marks (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    -- Names the output from run to run; '' is the job itself, whose mark is its
    -- last success; '*' is all outputs of a run from before there were marks.
    output TEXT NOT NULL,
    -- The tick of the mark that this one goes on from, and falls with; 0 is none.
    base BIGINT NOT NULL,
    -- Names the records; '' where they aren't compared. Of '*' a JSON object, by output.
    content TEXT NOT NULL,
    PRIMARY KEY (job, tick, output)
);

CREATE INDEX marks_output ON marks (job, output, tick);
CREATE INDEX marks_base ON marks (job, base) WHERE base <> 0;

INSERT INTO marks (job, tick, output, base, content)
SELECT job, tick, '*', 0, contents FROM runs WHERE state = 'succeeded' AND contents <> '';

INSERT INTO marks (job, tick, output, base, content)
SELECT DISTINCT s.job, s.tick, '*', 0, '' FROM snapshots s WHERE NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = s.job AND m.tick = s.tick);

ALTER TABLE runs DROP COLUMN contents;

-- Which output a message is of, as in marks; '' is none: a notice.
ALTER TABLE deliveries ADD COLUMN output TEXT NOT NULL DEFAULT '';

UPDATE deliveries SET output = '*' WHERE kind = 'output';

CREATE INDEX deliveries_lost ON deliveries (job, tick) WHERE kind = 'output' AND state IN ('failed', 'forgotten');
