-- Which schedule a tick came from, and which one its job follows: a number made of the
-- schedule's text, 0 where it isn't known or there is none. A node that has an older job
-- file than the others goes on with the schedule of it for a while; its ticks say nothing
-- of those of the new one.
ALTER TABLE runs ADD COLUMN follows BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN follows BIGINT NOT NULL DEFAULT 0;

-- The job file that a serving node has in force, '' where it isn't known, and since when.
ALTER TABLE node_lease ADD COLUMN job_file TEXT NOT NULL DEFAULT '';
ALTER TABLE node_lease ADD COLUMN job_file_at BIGINT NOT NULL DEFAULT 0;
