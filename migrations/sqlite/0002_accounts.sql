-- People, how they log in, and on which devices.

CREATE TABLE image (
    id BLOB NOT NULL PRIMARY KEY,
    -- blob: our object store under `place`; embedded: inside the sound file at `place`; file: the picture at `place`.
    source TEXT NOT NULL CHECK (source IN ('blob', 'embedded', 'file')),
    place TEXT NOT NULL,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX image_hash ON image (hash);
-- A picture of the library is one however many files have it.
CREATE UNIQUE INDEX image_library ON image (hash) WHERE source <> 'blob';

CREATE TABLE account (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    username TEXT,
    username_key TEXT UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('listener', 'artist', 'moderator', 'admin')),
    bio TEXT NOT NULL,
    avatar_id BLOB REFERENCES image (id),
    audio_quality TEXT NOT NULL CHECK (audio_quality IN ('low', 'medium', 'high', 'lossless', 'original')),
    offline_enabled INTEGER NOT NULL CHECK (offline_enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    suspended_at INTEGER,
    CHECK ((username IS NULL) = (username_key IS NULL))
) STRICT;

CREATE TABLE password (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- A wallet that logs in to an account. It is claimed before the account is made: of two first log-ins one makes it.
CREATE TABLE linked_wallet (
    address BLOB NOT NULL PRIMARY KEY CHECK (length(address) = 20),
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    linked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX linked_wallet_account ON linked_wallet (account_id, linked_at);

-- What a wallet may sign once: to log in, or to be linked to an account.
CREATE TABLE wallet_nonce (
    nonce BLOB NOT NULL PRIMARY KEY CHECK (length(nonce) = 16),
    address BLOB NOT NULL CHECK (length(address) = 20),
    chain_id INTEGER NOT NULL,
    account_id BLOB REFERENCES account (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX wallet_nonce_expiry ON wallet_nonce (expires_at);

-- One log-in. It is deleted when it ends, and its refresh tokens with it.
CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    web INTEGER NOT NULL CHECK (web IN (0, 1)),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX device_expiry ON device (expires_at);
CREATE INDEX device_account ON device (account_id, seen_at DESC);

CREATE TABLE refresh_token (
    hash BLOB NOT NULL PRIMARY KEY,
    device_id BLOB NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX refresh_token_device ON refresh_token (device_id);

-- One row once the service has had its first admin.
CREATE TABLE setup (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    done_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
