-- What people are told.

-- The newest number given out to each account, and the newest that was deleted.
CREATE TABLE notification_head (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    floor INTEGER NOT NULL
) STRICT;

CREATE TABLE notification (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Grows with each notification of the account, and when one comes to cover more.
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about; not always a row that is there.
    subject BLOB NOT NULL,
    -- JSON: what its words are made of.
    params TEXT NOT NULL,
    -- How many things it covers, from the first to the last.
    count INTEGER NOT NULL,
    link TEXT NOT NULL,
    since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    read_at INTEGER,
    UNIQUE (account_id, seq)
) STRICT;
CREATE INDEX notification_subject ON notification (account_id, kind, subject, seq);
CREATE INDEX notification_unread ON notification (account_id, seq) WHERE read_at IS NULL;
CREATE INDEX notification_age ON notification (created_at);
