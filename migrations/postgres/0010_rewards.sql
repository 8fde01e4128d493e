-- Points: what is earned in a day, and what points are exchanged for.

-- What an account earned on a day (days since 1970, UTC). The row is held while more is given.
CREATE TABLE reward_day (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    earned BIGINT NOT NULL CHECK (earned >= 0),
    PRIMARY KEY (account_id, day)
);

-- What points are exchanged for, besides premium. Nothing of it changes but how many are gone.
CREATE TABLE perk (
    id UUID NOT NULL PRIMARY KEY,
    -- Of an artist page; the operator's without one.
    artist_id UUID REFERENCES artist (id),
    kind TEXT NOT NULL CHECK (kind IN ('early_listen', 'badge', 'discount_code', 'download')),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price > 0),
    stock BIGINT NOT NULL CHECK (stock > 0),
    redeemed BIGINT NOT NULL CHECK (redeemed BETWEEN 0 AND stock),
    -- What may be heard or fetched.
    track_id UUID REFERENCES track (id),
    -- Shown to whoever has it alone.
    code TEXT,
    created_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    CHECK ((kind IN ('early_listen', 'download')) = (track_id IS NOT NULL)),
    CHECK ((kind = 'discount_code') = (code IS NOT NULL))
);
CREATE INDEX perk_offered ON perk (id) WHERE withdrawn_at IS NULL;
CREATE INDEX perk_artist ON perk (artist_id, id) WHERE withdrawn_at IS NULL;

-- An exchange of points. Its entry in the ledger bears its id.
CREATE TABLE redemption (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL CHECK (kind IN ('premium_days', 'perk')),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    perk_id UUID REFERENCES perk (id),
    points BIGINT NOT NULL CHECK (points > 0),
    at BIGINT NOT NULL,
    CHECK ((kind = 'perk') = (perk_id IS NOT NULL)),
    UNIQUE (account_id, perk_id)
);
CREATE INDEX redemption_account ON redemption (account_id, at, id);

-- What an account may do because of what it exchanged.
CREATE TABLE entitlement (
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('premium', 'early_listen', 'badge', 'discount_code', 'download')),
    -- The track of early_listen and download, the perk of badge and discount_code; zeros for premium.
    subject UUID NOT NULL,
    -- For ever without an end.
    until BIGINT,
    PRIMARY KEY (account_id, kind, subject),
    CHECK ((kind = 'premium') = (until IS NOT NULL))
);
