-- A new ledger and its queue, as the migrations leave them: go test ./internal/store -run NewFile -update
CREATE TABLE ledger_version (ledger INTEGER NOT NULL, river INTEGER NOT NULL);
CREATE TABLE river_leader (
    elected_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    leader_id text NOT NULL,
    name text PRIMARY KEY NOT NULL DEFAULT 'default' CHECK (name = 'default'),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT leader_id_length CHECK (length(leader_id) > 0 AND length(leader_id) < 128)
);
CREATE TABLE river_migration (
    line text NOT NULL,
    version integer NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT line_length CHECK (length(line) > 0 AND length(line) < 128),
    CONSTRAINT version_gte_1 CHECK (version >= 1),
    PRIMARY KEY (line, version)
);
CREATE TABLE river_notification (
    id integer PRIMARY KEY AUTOINCREMENT,
    created_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (length(topic) > 0 AND length(topic) < 128)
);
CREATE INDEX river_notification_created_at_idx ON river_notification (created_at);
CREATE INDEX river_notification_topic_id_idx ON river_notification (topic, id);
CREATE TABLE river_queue (
    name text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE river_job (
    id integer PRIMARY KEY AUTOINCREMENT,
    args blob NOT NULL DEFAULT (jsonb('{}')),
    attempt integer NOT NULL DEFAULT 0,
    attempted_at timestamp,
    attempted_by blob, -- json
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    errors blob, -- json
    finalized_at timestamp,
    kind text NOT NULL,
    max_attempts integer NOT NULL DEFAULT 25,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    priority integer NOT NULL DEFAULT 1,
    queue text NOT NULL DEFAULT 'default',
    state text NOT NULL DEFAULT 'available',
    scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags blob NOT NULL DEFAULT (jsonb('[]')),
    unique_key blob,
    unique_states integer,
    CONSTRAINT finalized_or_finalized_at_null CHECK (
        (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded')) OR
        (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
    ),
    CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
    CONSTRAINT queue_length CHECK (length(queue) > 0 AND length(queue) < 128),
    CONSTRAINT kind_length CHECK (length(kind) > 0 AND length(kind) < 128),
    CONSTRAINT state_valid CHECK (state IN ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'))
);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
    WHERE unique_key IS NOT NULL
        AND unique_states IS NOT NULL
        AND CASE state
            WHEN 'available' THEN unique_states & (1 << 0)
            WHEN 'cancelled' THEN unique_states & (1 << 1)
            WHEN 'completed' THEN unique_states & (1 << 2)
            WHEN 'discarded' THEN unique_states & (1 << 3)
            WHEN 'pending'   THEN unique_states & (1 << 4)
            WHEN 'retryable' THEN unique_states & (1 << 5)
            WHEN 'running'   THEN unique_states & (1 << 6)
            WHEN 'scheduled' THEN unique_states & (1 << 7)
            ELSE 0
        END >= 1;
CREATE TABLE jobs (
    job TEXT PRIMARY KEY,
    -- What its ticks follow, '' for none, and since when it does: a tick before
    -- that was never due, so it can't have been missed.
    schedule TEXT NOT NULL,
    since BIGINT NOT NULL
, follows BIGINT NOT NULL DEFAULT 0);
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
    error TEXT NOT NULL DEFAULT '', claim BIGINT NOT NULL DEFAULT 0, failing_since BIGINT NOT NULL DEFAULT 0, cause TEXT NOT NULL DEFAULT '', unchanged TEXT NOT NULL DEFAULT '', follows BIGINT NOT NULL DEFAULT 0, left_out BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (job, tick)
);
CREATE INDEX runs_active ON runs (job) WHERE active = 1;
CREATE INDEX runs_running ON runs (node) WHERE state = 'running';
CREATE INDEX runs_tick ON runs (tick);
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
, output TEXT NOT NULL DEFAULT '', cause TEXT NOT NULL DEFAULT '', receiver TEXT NOT NULL DEFAULT '', standing INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', claim BIGINT NOT NULL DEFAULT 0, tried_at BIGINT NOT NULL DEFAULT 0, took BIGINT NOT NULL DEFAULT 0, asked_at BIGINT NOT NULL DEFAULT 0);
CREATE INDEX deliveries_run ON deliveries (job, tick);
CREATE INDEX deliveries_sending ON deliveries (node) WHERE state = 'sending';
CREATE TABLE node_lease (
    node TEXT PRIMARY KEY,
    -- 1: a serve. On SQLite there is one, so a new one knows the others are dead.
    serve INTEGER NOT NULL,
    expires_at BIGINT NOT NULL
, job_file TEXT NOT NULL DEFAULT '', job_file_at BIGINT NOT NULL DEFAULT 0);
CREATE TABLE snapshots (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    -- Which fields were left out of it, as a name; '' for none.
    ignoring TEXT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (job, ignoring, tick)
);
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
CREATE INDEX deliveries_lost ON deliveries (job, tick) WHERE kind = 'output' AND state IN ('failed', 'forgotten');
CREATE INDEX deliveries_notices ON deliveries (job, kind, cause, receiver, created_at) WHERE cause <> '';
CREATE INDEX deliveries_standing ON deliveries (job, kind) WHERE standing = 1;
CREATE INDEX deliveries_waiting ON deliveries (job, kind, receiver) WHERE receiver <> '' AND state = 'queued';
CREATE INDEX deliveries_failed ON deliveries (job, kind) WHERE state = 'failed';
CREATE INDEX deliveries_owed ON deliveries (job, tick) WHERE state IN ('queued', 'sending', 'failed');
CREATE INDEX runs_owed ON runs (job, waiting, tick) WHERE active = 2;
CREATE TABLE known_records (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    records BYTEA NOT NULL,
    PRIMARY KEY (job, tick)
);
CREATE TABLE output_tables (
    job TEXT NOT NULL,
    output TEXT NOT NULL,
    -- The newest that published the output: older ones may do so after it.
    tick BIGINT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (job, output)
);
CREATE TABLE pruned (
    one BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    age BIGINT NOT NULL,
    failed_age BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    young BIGINT NOT NULL
);
CREATE TABLE token_ends (
    server TEXT NOT NULL,
    token TEXT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (server, token)
);
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
CREATE TABLE run_versions (
    job TEXT NOT NULL,
    version TEXT NOT NULL,
    model TEXT NOT NULL,
    tick BIGINT NOT NULL,
    PRIMARY KEY (job, version)
);
CREATE UNIQUE INDEX run_versions_tick ON run_versions (job, tick);
CREATE INDEX runs_finished ON runs (finished_at, job) WHERE finished_at > 0;
CREATE INDEX runs_ended_otherwise ON runs (tick) WHERE state IN ('failed', 'canceled', 'interrupted', 'skipped', 'missed');
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
INSERT INTO river_migration (line, version) VALUES ('main', 1);
INSERT INTO river_migration (line, version) VALUES ('main', 2);
INSERT INTO river_migration (line, version) VALUES ('main', 3);
INSERT INTO river_migration (line, version) VALUES ('main', 4);
INSERT INTO river_migration (line, version) VALUES ('main', 5);
INSERT INTO river_migration (line, version) VALUES ('main', 6);
INSERT INTO river_migration (line, version) VALUES ('main', 7);
INSERT INTO river_migration (line, version) VALUES ('main', 8);
