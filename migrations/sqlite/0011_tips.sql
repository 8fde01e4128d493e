-- Gifts to artists. The entry of each in the ledger bears its id.

CREATE TABLE tip (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    artist_id BLOB NOT NULL REFERENCES artist (id),
    asset TEXT NOT NULL CHECK (asset IN ('BEAT', 'BTN')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    -- Whose wallet points went to.
    payee_id BLOB REFERENCES account (id),
    at INTEGER NOT NULL,
    CHECK ((asset = 'BTN') = (payee_id IS NOT NULL))
) STRICT;
CREATE INDEX tip_artist ON tip (artist_id, at);
