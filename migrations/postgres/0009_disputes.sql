-- Contested sessions: one dispute for each at most.

CREATE TABLE dispute (
    id UUID NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL UNIQUE REFERENCES paid_session (id),
    -- The listener's.
    account_id UUID NOT NULL REFERENCES account (id),
    raised_by TEXT NOT NULL CHECK (raised_by IN ('listener', 'instance')),
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by UUID REFERENCES account (id),
    -- What the admin said to both sides.
    note TEXT,
    CHECK ((state = 'open') = (resolved_at IS NULL)),
    CHECK (note IS NULL OR state <> 'open')
);
CREATE INDEX dispute_state ON dispute (state, opened_at, id);

-- What was put aside of each artist's money, by where it was.
CREATE TABLE dispute_share (
    dispute_id UUID NOT NULL REFERENCES dispute (id),
    artist_id UUID NOT NULL REFERENCES artist (id),
    earned BIGINT NOT NULL CHECK (earned >= 0),
    payable BIGINT NOT NULL CHECK (payable >= 0),
    PRIMARY KEY (dispute_id, artist_id)
);
CREATE INDEX dispute_share_artist ON dispute_share (artist_id, dispute_id);

-- Up to where sessions that ended were examined: one row, once any was.
CREATE TABLE dispute_examined (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    settled_at BIGINT NOT NULL,
    session_id UUID NOT NULL
);
