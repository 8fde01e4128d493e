-- The ledger: entries of double-entry bookkeeping, in batches that are chained. Of all but the balances nothing is ever
-- changed, and nothing at all is deleted.

CREATE TABLE ledger_account (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    balance BIGINT NOT NULL,
    -- The newest entry that has a line of it.
    last BIGINT NOT NULL CHECK (last > 0),
    -- A listener, an artist or a session; zeros for the platform's own.
    owner UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN (
        'available', 'clearing', 'disputed', 'earned', 'fees', 'held', 'payable', 'rewards', 'rounding')),
    asset TEXT COLLATE "C" NOT NULL CHECK (asset IN ('BEAT', 'BTN', 'USDC')),
    UNIQUE (owner, kind, asset),
    CHECK (balance >= 0 OR kind IN ('clearing', 'fees', 'payable')),
    CHECK ((kind IN ('clearing', 'fees', 'rewards')) = (owner = '00000000-0000-0000-0000-000000000000')),
    CHECK (kind IN ('available', 'clearing', 'fees') OR (kind = 'rewards') = (asset = 'BTN'))
) WITH (fillfactor = 70);

-- The ids have no gaps, and their order is that of posting: a batch has the entries from its first one to that of the
-- next batch.
CREATE TABLE ledger_entry (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL
);

-- Each line names the entry that has the line before it of the same account, and the account its newest one: they are
-- listed by following that. An index by account would take most of what posting writes, a page for nearly each line.
CREATE TABLE ledger_line (
    entry BIGINT NOT NULL,
    account BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    previous BIGINT CHECK (previous > 0 AND previous < entry),
    PRIMARY KEY (entry, account)
);

CREATE TABLE ledger_batch (
    seq BIGINT NOT NULL PRIMARY KEY,
    first_entry BIGINT NOT NULL UNIQUE,
    size BIGINT NOT NULL CHECK (size > 0),
    posted_at BIGINT NOT NULL,
    prev BYTEA NOT NULL,
    root BYTEA NOT NULL
);

-- The end of the chain: one row, which whoever posts locks before all else of the ledger, until the commit.
CREATE TABLE ledger_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO ledger_head (id, seq, entries, hash) VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the ledger says is never changed: % of %', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER ledger_entry_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_line_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_batch_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_batch
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_account_is_kept BEFORE UPDATE OF id, owner, kind, asset OR DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_head_is_kept BEFORE DELETE OR TRUNCATE ON ledger_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();

-- Money paid in. It outlives the account, as its entry in the ledger does.
CREATE TABLE top_up (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    method TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'settled', 'declined')),
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
