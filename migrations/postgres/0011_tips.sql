-- Gifts to artists. The entry of each in the ledger bears its id.

CREATE TABLE tip (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    artist_id UUID NOT NULL REFERENCES artist (id),
    asset TEXT NOT NULL CHECK (asset IN ('BEAT', 'BTN')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- Whose wallet points went to.
    payee_id UUID REFERENCES account (id),
    at BIGINT NOT NULL,
    CHECK ((asset = 'BTN') = (payee_id IS NOT NULL))
);
CREATE INDEX tip_artist ON tip (artist_id, at);
