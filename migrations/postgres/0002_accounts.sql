-- People, how they log in, and on which devices.

CREATE TABLE image (
    id UUID NOT NULL PRIMARY KEY,
    -- blob: our object store under `place`; embedded: inside the sound file at `place`; file: the picture at `place`.
    source TEXT NOT NULL CHECK (source IN ('blob', 'embedded', 'file')),
    place TEXT NOT NULL,
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX image_hash ON image (hash);
-- A picture of the library is one however many files have it.
CREATE UNIQUE INDEX image_library ON image (hash) WHERE source <> 'blob';

CREATE TABLE account (
    id UUID NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    username TEXT,
    username_key TEXT UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('listener', 'artist', 'moderator', 'admin')),
    bio TEXT NOT NULL,
    avatar_id UUID REFERENCES image (id),
    audio_quality TEXT NOT NULL CHECK (audio_quality IN ('low', 'medium', 'high', 'lossless', 'original')),
    offline_enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    CHECK ((username IS NULL) = (username_key IS NULL))
);

CREATE TABLE password (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- A wallet that logs in to an account. It is claimed before the account is made: of two first log-ins one makes it.
CREATE TABLE linked_wallet (
    address BYTEA NOT NULL PRIMARY KEY CHECK (length(address) = 20),
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    linked_at BIGINT NOT NULL
);
CREATE INDEX linked_wallet_account ON linked_wallet (account_id, linked_at);

-- What a wallet may sign once: to log in, or to be linked to an account.
CREATE TABLE wallet_nonce (
    nonce BYTEA NOT NULL PRIMARY KEY CHECK (length(nonce) = 16),
    address BYTEA NOT NULL CHECK (length(address) = 20),
    chain_id BIGINT NOT NULL,
    account_id UUID REFERENCES account (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX wallet_nonce_expiry ON wallet_nonce (expires_at);

-- One log-in. It is deleted when it ends, and its refresh tokens with it.
CREATE TABLE device (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    web BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX device_expiry ON device (expires_at);
CREATE INDEX device_account ON device (account_id, seen_at DESC);

CREATE TABLE refresh_token (
    hash BYTEA NOT NULL PRIMARY KEY,
    device_id UUID NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_token_device ON refresh_token (device_id);

-- One row once the service has had its first admin.
CREATE TABLE setup (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    done_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
