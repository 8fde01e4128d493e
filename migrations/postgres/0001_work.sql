-- Background work: jobs, outbox, schedules, the change feed, idempotency keys.

CREATE TABLE job (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    unique_key TEXT,
    lease_until BIGINT,
    worker UUID,
    error TEXT,
    owner_id UUID,
    progress_done BIGINT NOT NULL,
    progress_total BIGINT NOT NULL,
    result TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
);
CREATE INDEX job_ready ON job (priority DESC, run_at, id) WHERE state = 'ready';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE state IN ('done', 'dead');
-- One waiting or running job for each thing to do.
CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'running');

CREATE TABLE outbox (
    id UUID NOT NULL PRIMARY KEY,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX outbox_unsent ON outbox (at, id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE schedule (
    name TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL
);

CREATE TABLE feed (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid BIGINT NOT NULL,
    channel TEXT NOT NULL,
    subject UUID NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX feed_position ON feed (channel, xid, id);
CREATE INDEX feed_at ON feed (at);

-- Up to where each channel has been pruned.
CREATE TABLE feed_floor (
    channel TEXT NOT NULL PRIMARY KEY,
    xid BIGINT NOT NULL,
    id BIGINT NOT NULL
);

CREATE TABLE idempotency_key (
    account_id UUID NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status BIGINT,
    body TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
