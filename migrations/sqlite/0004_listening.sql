-- What people do with the catalogue: likes, follows, plays.
-- WITHOUT ROWID: rows that are found by their key lie under it.

CREATE TABLE track_like (
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_like_track ON track_like (track_id);
CREATE INDEX track_like_account ON track_like (account_id, at, track_id);

CREATE TABLE artist_follow (
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    artist_id BLOB NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, artist_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX artist_follow_artist ON artist_follow (artist_id, at, account_id);
CREATE INDEX artist_follow_account ON artist_follow (account_id, at, artist_id);

CREATE TABLE play (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id BLOB NOT NULL REFERENCES track (id),
    client_play_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    reported_at INTEGER NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds >= 0),
    completed INTEGER NOT NULL CHECK (completed IN (0, 1)),
    -- The account had asked this server for it before.
    served INTEGER NOT NULL CHECK (served IN (0, 1)),
    -- Long enough to count.
    stream INTEGER NOT NULL CHECK (stream IN (0, 1)),
    UNIQUE (account_id, client_play_id)
) STRICT;
CREATE INDEX play_history ON play (account_id, started_at, id);
CREATE INDEX play_latest ON play (account_id, track_id, started_at, id);
CREATE INDEX play_track ON play (track_id, started_at);

-- Totals of an account, so that a profile does not add up its history.
CREATE TABLE listening (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    streams INTEGER NOT NULL CHECK (streams >= 0),
    seconds INTEGER NOT NULL CHECK (seconds >= 0),
    -- Until when its time is taken up by plays that counted: nobody hears two things at once.
    taken_until INTEGER NOT NULL
) STRICT;

-- What was delivered of a track to an account, and since when: the bound of every claim.
CREATE TABLE delivery (
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    -- Merged byte ranges: pairs of unsigned LEB128 numbers, gap and length.
    ranges BLOB NOT NULL,
    PRIMARY KEY (account_id, track_id)
) STRICT;

CREATE TABLE now_playing (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    position_ms INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- What an account is listening to on whichever device, and what comes next.
CREATE TABLE play_queue (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    -- Counts its writes: who writes says which one that was made from.
    revision INTEGER NOT NULL,
    -- The ids of its tracks, sixteen bytes each.
    tracks BLOB NOT NULL,
    place INTEGER NOT NULL,
    position_ms INTEGER NOT NULL,
    source TEXT,
    repeat TEXT NOT NULL CHECK (repeat IN ('off', 'all', 'one')),
    shuffle_seed INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;
