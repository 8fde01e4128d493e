-- The ledger: entries of double-entry bookkeeping, in batches that are chained. Of all but the balances nothing is ever
-- changed, and nothing at all is deleted.

CREATE TABLE ledger_account (
    id INTEGER NOT NULL PRIMARY KEY,
    balance INTEGER NOT NULL,
    -- The newest entry that has a line of it.
    last INTEGER NOT NULL CHECK (last > 0),
    -- A listener, an artist or a session; zeros for the platform's own.
    owner BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'available', 'clearing', 'disputed', 'earned', 'fees', 'held', 'payable', 'rewards', 'rounding')),
    asset TEXT NOT NULL CHECK (asset IN ('BEAT', 'BTN', 'USDC')),
    UNIQUE (owner, kind, asset),
    CHECK (balance >= 0 OR kind IN ('clearing', 'fees', 'payable')),
    CHECK ((kind IN ('clearing', 'fees', 'rewards')) = (owner = x'00000000000000000000000000000000')),
    CHECK (kind IN ('available', 'clearing', 'fees') OR (kind = 'rewards') = (asset = 'BTN'))
) STRICT;

-- The ids have no gaps, and their order is that of posting: a batch has the entries from its first one to that of the
-- next batch.
CREATE TABLE ledger_entry (
    id INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL
) STRICT;

-- Each line names the entry that has the line before it of the same account, and the account its newest one: they are
-- listed by following that. An index by account would take most of what posting writes, a page for nearly each line.
CREATE TABLE ledger_line (
    entry INTEGER NOT NULL,
    account INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount <> 0),
    previous INTEGER CHECK (previous > 0 AND previous < entry),
    PRIMARY KEY (entry, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_batch (
    seq INTEGER NOT NULL PRIMARY KEY,
    first_entry INTEGER NOT NULL UNIQUE,
    size INTEGER NOT NULL CHECK (size > 0),
    posted_at INTEGER NOT NULL,
    prev BLOB NOT NULL,
    root BLOB NOT NULL
) STRICT;

-- The end of the chain: one row, which whoever posts locks before all else of the ledger, until the commit.
CREATE TABLE ledger_head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO ledger_head (id, seq, entries, hash) VALUES (1, 0, 0, zeroblob(32));

CREATE TRIGGER ledger_entry_is_not_changed BEFORE UPDATE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_entry_is_not_deleted BEFORE DELETE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_line_is_not_changed BEFORE UPDATE ON ledger_line
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_line_is_not_deleted BEFORE DELETE ON ledger_line
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_batch_is_not_changed BEFORE UPDATE ON ledger_batch
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_batch_is_not_deleted BEFORE DELETE ON ledger_batch
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_account_is_not_changed BEFORE UPDATE OF id, owner, kind, asset ON ledger_account
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_account_is_not_deleted BEFORE DELETE ON ledger_account
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;
CREATE TRIGGER ledger_head_is_not_deleted BEFORE DELETE ON ledger_head
    BEGIN SELECT RAISE(ABORT, 'what the ledger says is never changed'); END;

-- Money paid in. It outlives the account, as its entry in the ledger does.
CREATE TABLE top_up (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    method TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'settled', 'declined')),
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    CHECK ((state = 'pending') = (ended_at IS NULL))
) STRICT;
