-- Paid listening: what a session was agreed on, how far it has come, and what it came to.

-- A session for ever: its terms, and since it ended, its result.
CREATE TABLE paid_session (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    track_id UUID NOT NULL REFERENCES track (id),
    artist_id UUID NOT NULL REFERENCES artist (id),
    -- The version of the split; the artist's page while nobody wrote one.
    split_id UUID NOT NULL,
    hold_id UUID NOT NULL UNIQUE,
    asset TEXT NOT NULL,
    -- Minor units a beat.
    price BIGINT NOT NULL CHECK (price >= 0),
    fee_bp BIGINT NOT NULL CHECK (fee_bp BETWEEN 0 AND 10000),
    session_key BYTEA NOT NULL,
    cap_play BIGINT CHECK (cap_play >= 0),
    grace BIGINT NOT NULL,
    -- What was free again, packed.
    free BYTEA NOT NULL,
    -- Where it began in the track.
    from_ms BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'disputed', 'refunded')),
    started_at BIGINT NOT NULL,
    settled_at BIGINT,
    seq BIGINT NOT NULL,
    beats BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    voucher BYTEA,
    heard BYTEA NOT NULL,
    CHECK ((state = 'open') = (settled_at IS NULL)),
    CHECK (amount = beats * price AND beats <= seq)
);
CREATE INDEX paid_session_account ON paid_session (account_id, started_at, id);
CREATE INDEX paid_session_receipt ON paid_session (account_id, settled_at, id) WHERE settled_at IS NOT NULL;
CREATE INDEX paid_session_track ON paid_session (track_id, settled_at);
CREATE INDEX paid_session_settled ON paid_session (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX paid_session_artist ON paid_session (artist_id, account_id, started_at);

-- Who shares in it, as frozen at its start, and what they got.
CREATE TABLE session_share (
    session_id UUID NOT NULL REFERENCES paid_session (id),
    position BIGINT NOT NULL,
    artist_id UUID NOT NULL REFERENCES artist (id),
    basis_points BIGINT NOT NULL CHECK (basis_points BETWEEN 1 AND 10000),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    -- Until it has ended.
    is_open BOOLEAN NOT NULL,
    PRIMARY KEY (session_id, position)
);
CREATE INDEX session_share_artist ON session_share (artist_id, session_id);
CREATE INDEX session_share_open ON session_share (artist_id) WHERE is_open;

-- An open session: what changes each second. There is one for each account at most. Nothing that changes is in an index:
-- rows whose leases have ended are looked for by reading all.
CREATE TABLE meter_session (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL UNIQUE REFERENCES account (id),
    node UUID NOT NULL,
    epoch BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    -- Seconds heard: acknowledged, and issued.
    seq BIGINT NOT NULL,
    issued BIGINT NOT NULL,
    beats BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    -- The beats that wait for an acknowledgement, packed.
    waiting BYTEA NOT NULL,
    voucher BYTEA,
    grace_left BIGINT NOT NULL,
    deferred BIGINT NOT NULL,
    position_ms BIGINT NOT NULL,
    -- Whether time counted at the last commit; only while the lease lasts.
    is_running BOOLEAN NOT NULL,
    heard BYTEA NOT NULL,
    -- What the ledger has of it.
    captured_beats BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    -- What is set aside, in how many parts, and the newest of them.
    granted BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    last_part BIGINT NOT NULL,
    CHECK (captured <= amount AND amount <= granted AND captured_beats <= beats)
) WITH (fillfactor = 50);

-- What an account has heard of a track in sessions, without what was given back, and what it was sent of it: packed ranges of
-- milliseconds and of bytes.
CREATE TABLE paid_range (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    heard BYTEA NOT NULL,
    sent BYTEA NOT NULL,
    PRIMARY KEY (account_id, track_id)
);

-- What a listener wants to spend at most: minor units of BEAT; nothing where there is no limit.
CREATE TABLE spending_cap (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    per_play BIGINT CHECK (per_play >= 0),
    per_day BIGINT CHECK (per_day >= 0),
    per_month BIGINT CHECK (per_month >= 0),
    per_artist BIGINT CHECK (per_artist >= 0),
    updated_at BIGINT NOT NULL
);
