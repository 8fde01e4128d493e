-- Paid listening: what a session was agreed on, how far it has come, and what it came to.

-- A session for ever: its terms, and since it ended, its result.
CREATE TABLE paid_session (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    track_id BLOB NOT NULL REFERENCES track (id),
    artist_id BLOB NOT NULL REFERENCES artist (id),
    -- The version of the split; the artist's page while nobody wrote one.
    split_id BLOB NOT NULL,
    hold_id BLOB NOT NULL UNIQUE,
    asset TEXT NOT NULL,
    -- Minor units a beat.
    price INTEGER NOT NULL CHECK (price >= 0),
    fee_bp INTEGER NOT NULL CHECK (fee_bp BETWEEN 0 AND 10000),
    session_key BLOB NOT NULL,
    cap_play INTEGER CHECK (cap_play >= 0),
    grace INTEGER NOT NULL,
    -- What was free again, packed.
    free BLOB NOT NULL,
    -- Where it began in the track.
    from_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'disputed', 'refunded')),
    started_at INTEGER NOT NULL,
    settled_at INTEGER,
    seq INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    voucher BLOB,
    heard BLOB NOT NULL,
    CHECK ((state = 'open') = (settled_at IS NULL)),
    CHECK (amount = beats * price AND beats <= seq)
) STRICT;
CREATE INDEX paid_session_account ON paid_session (account_id, started_at, id);
CREATE INDEX paid_session_receipt ON paid_session (account_id, settled_at, id) WHERE settled_at IS NOT NULL;
CREATE INDEX paid_session_track ON paid_session (track_id, settled_at);
CREATE INDEX paid_session_settled ON paid_session (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX paid_session_artist ON paid_session (artist_id, account_id, started_at);

-- Who shares in it, as frozen at its start, and what they got.
CREATE TABLE session_share (
    session_id BLOB NOT NULL REFERENCES paid_session (id),
    position INTEGER NOT NULL,
    artist_id BLOB NOT NULL REFERENCES artist (id),
    basis_points INTEGER NOT NULL CHECK (basis_points BETWEEN 1 AND 10000),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    -- Until it has ended.
    is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    PRIMARY KEY (session_id, position)
) STRICT;
CREATE INDEX session_share_artist ON session_share (artist_id, session_id);
CREATE INDEX session_share_open ON session_share (artist_id) WHERE is_open;

-- An open session: what changes each second. There is one for each account at most. Nothing that changes is in an index:
-- rows whose leases have ended are looked for by reading all.
CREATE TABLE meter_session (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL UNIQUE REFERENCES account (id),
    node BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    -- Seconds heard: acknowledged, and issued.
    seq INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    -- The beats that wait for an acknowledgement, packed.
    waiting BLOB NOT NULL,
    voucher BLOB,
    grace_left INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    position_ms INTEGER NOT NULL,
    -- Whether time counted at the last commit; only while the lease lasts.
    is_running INTEGER NOT NULL CHECK (is_running IN (0, 1)),
    heard BLOB NOT NULL,
    -- What the ledger has of it.
    captured_beats INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    -- What is set aside, in how many parts, and the newest of them.
    granted INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    last_part INTEGER NOT NULL,
    CHECK (captured <= amount AND amount <= granted AND captured_beats <= beats)
) STRICT;

-- What an account has heard of a track in sessions, without what was given back, and what it was sent of it: packed ranges of
-- milliseconds and of bytes.
CREATE TABLE paid_range (
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    heard BLOB NOT NULL,
    sent BLOB NOT NULL,
    PRIMARY KEY (account_id, track_id)
) STRICT;

-- What a listener wants to spend at most: minor units of BEAT; nothing where there is no limit.
CREATE TABLE spending_cap (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    per_play INTEGER CHECK (per_play >= 0),
    per_day INTEGER CHECK (per_day >= 0),
    per_month INTEGER CHECK (per_month >= 0),
    per_artist INTEGER CHECK (per_artist >= 0),
    updated_at INTEGER NOT NULL
) STRICT;
