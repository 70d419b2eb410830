-- How each try to deliver a message went, where it wasn't the first or didn't arrive: of
-- one that arrived at once, its delivery says all there is. Of a message that is tried very
-- often, the first try and the newest are kept.
CREATE TABLE tries (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    delivery TEXT NOT NULL,
    -- The delivery's claim that it was made under: it never comes twice.
    claim BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- Microseconds; below 0: it was cut off, and nobody knows when.
    took BIGINT NOT NULL,
    -- Why it failed, or what speaks against its arrival, in one line.
    said TEXT NOT NULL,
    -- When the next try was due, 0 for none; and when somebody had asked for the
    -- message to be sent again, 0 for nobody.
    next_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (job, tick, delivery, claim)
);

-- The newest try: when it began, how long it took, and what asked_at it has.
ALTER TABLE deliveries ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN took BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
