-- Contested sessions: one dispute for each at most.

CREATE TABLE dispute (
    id BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL UNIQUE REFERENCES paid_session (id),
    -- The listener's.
    account_id BLOB NOT NULL REFERENCES account (id),
    raised_by TEXT NOT NULL CHECK (raised_by IN ('listener', 'instance')),
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    opened_at INTEGER NOT NULL,
    resolved_at INTEGER,
    resolved_by BLOB REFERENCES account (id),
    -- What the admin said to both sides.
    note TEXT,
    CHECK ((state = 'open') = (resolved_at IS NULL)),
    CHECK (note IS NULL OR state <> 'open')
) STRICT;
CREATE INDEX dispute_state ON dispute (state, opened_at, id);

-- What was put aside of each artist's money, by where it was.
CREATE TABLE dispute_share (
    dispute_id BLOB NOT NULL REFERENCES dispute (id),
    artist_id BLOB NOT NULL REFERENCES artist (id),
    earned INTEGER NOT NULL CHECK (earned >= 0),
    payable INTEGER NOT NULL CHECK (payable >= 0),
    PRIMARY KEY (dispute_id, artist_id)
) STRICT;
CREATE INDEX dispute_share_artist ON dispute_share (artist_id, dispute_id);

-- Up to where sessions that ended were examined: one row, once any was.
CREATE TABLE dispute_examined (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    settled_at INTEGER NOT NULL,
    session_id BLOB NOT NULL
) STRICT;
