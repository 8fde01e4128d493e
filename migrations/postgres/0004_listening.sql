-- What people do with the catalogue: likes, follows, plays.

CREATE TABLE track_like (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    PRIMARY KEY (account_id, track_id)
);
CREATE INDEX track_like_track ON track_like (track_id);
CREATE INDEX track_like_account ON track_like (account_id, at, track_id);

CREATE TABLE artist_follow (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    artist_id UUID NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    PRIMARY KEY (account_id, artist_id)
);
CREATE INDEX artist_follow_artist ON artist_follow (artist_id, at, account_id);
CREATE INDEX artist_follow_account ON artist_follow (account_id, at, artist_id);

CREATE TABLE play (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES track (id),
    client_play_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    reported_at BIGINT NOT NULL,
    seconds BIGINT NOT NULL CHECK (seconds >= 0),
    completed BOOLEAN NOT NULL,
    -- The account had asked this server for it before.
    served BOOLEAN NOT NULL,
    -- Long enough to count.
    stream BOOLEAN NOT NULL,
    UNIQUE (account_id, client_play_id)
);
CREATE INDEX play_history ON play (account_id, started_at, id);
CREATE INDEX play_latest ON play (account_id, track_id, started_at, id);
CREATE INDEX play_track ON play (track_id, started_at);

-- Totals of an account, so that a profile does not add up its history.
CREATE TABLE listening (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    streams BIGINT NOT NULL CHECK (streams >= 0),
    seconds BIGINT NOT NULL CHECK (seconds >= 0),
    -- Until when its time is taken up by plays that counted: nobody hears two things at once.
    taken_until BIGINT NOT NULL
);

-- What was delivered of a track to an account, and since when: the bound of every claim.
CREATE TABLE delivery (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    -- Merged byte ranges: pairs of unsigned LEB128 numbers, gap and length.
    ranges BYTEA NOT NULL,
    PRIMARY KEY (account_id, track_id)
);

CREATE TABLE now_playing (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    position_ms BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- What an account is listening to on whichever device, and what comes next.
CREATE TABLE play_queue (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    -- Counts its writes: who writes says which one that was made from.
    revision BIGINT NOT NULL,
    -- The ids of its tracks, sixteen bytes each.
    tracks BYTEA NOT NULL,
    place BIGINT NOT NULL,
    position_ms BIGINT NOT NULL,
    source TEXT,
    repeat TEXT NOT NULL CHECK (repeat IN ('off', 'all', 'one')),
    shuffle_seed BIGINT,
    updated_at BIGINT NOT NULL
);
