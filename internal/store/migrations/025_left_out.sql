-- 1: the files lack items of the job's for_each, which failed and were left out, or which a
-- short list of items may not have had. Of those items, earlier runs' files still hold what
-- is newest.
ALTER TABLE runs ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0;
-- So far only a warning said so, and only of those that failed.
UPDATE runs SET left_out = 1 WHERE warnings LIKE '%"skipped % of % items"%';
