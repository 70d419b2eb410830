-- One file for both databases: types that each of them takes. Instants are
-- microseconds since 1970, so that both compare and sort them alike.
CREATE TABLE jobs (
    job TEXT PRIMARY KEY,
    -- What its ticks follow, '' for none, and since when it does: a tick before
    -- that was never due, so it can't have been missed.
    schedule TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE runs (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- 1: this run stands in the way of the job's next one (running, waiting for
    -- its turn, or between two attempts).
    active INTEGER NOT NULL DEFAULT 0,
    -- 1: waits for another run of the job to end; 2: that one has ended.
    waiting INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    via TEXT NOT NULL,
    node TEXT NOT NULL DEFAULT '',
    -- 1: begun by `runner run`, without the queue.
    direct INTEGER NOT NULL DEFAULT 0,
    -- Why the owner should stop: '', 'canceled', 'replaced'.
    cancel TEXT NOT NULL DEFAULT '',
    queue TEXT NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 1,
    river_id BIGINT NOT NULL DEFAULT 0,
    server TEXT NOT NULL DEFAULT '',
    generation TEXT NOT NULL DEFAULT '',
    query_hash TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL DEFAULT 0,
    finished_at BIGINT NOT NULL DEFAULT 0,
    pages BIGINT NOT NULL DEFAULT 0,
    records BIGINT NOT NULL DEFAULT 0,
    bytes BIGINT NOT NULL DEFAULT 0,
    files TEXT NOT NULL DEFAULT '',
    warnings TEXT NOT NULL DEFAULT '',
    contents TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, tick)
);

CREATE INDEX runs_active ON runs (job) WHERE active = 1;
CREATE INDEX runs_running ON runs (node) WHERE state = 'running';
CREATE INDEX runs_tick ON runs (tick);

-- Attempts that were not the only one of their run, or that left a log.
CREATE TABLE attempts (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    node TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    log TEXT NOT NULL,
    PRIMARY KEY (job, tick, attempt)
);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL,
    node TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    river_id BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);

CREATE INDEX deliveries_run ON deliveries (job, tick);
CREATE INDEX deliveries_sending ON deliveries (node) WHERE state = 'sending';

CREATE TABLE node_lease (
    node TEXT PRIMARY KEY,
    -- 1: a serve. On SQLite there is one, so a new one knows the others are dead.
    serve INTEGER NOT NULL,
    expires_at BIGINT NOT NULL
);
