-- The dashboard asks which jobs have ended a run since it last looked.
CREATE INDEX runs_finished ON runs (finished_at, job) WHERE finished_at > 0;
