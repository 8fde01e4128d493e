-- Artists, albums, tracks, genres, credits and splits.

CREATE TABLE artist (
    id BLOB NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    bio TEXT NOT NULL,
    avatar_id BLOB REFERENCES image (id),
    -- Made by an import: belongs to nobody until an admin assigns a manager.
    library INTEGER NOT NULL CHECK (library IN (0, 1)),
    -- What an import recognises it by: MusicBrainz id, or the folded name.
    library_key TEXT UNIQUE,
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    follower_count INTEGER NOT NULL CHECK (follower_count >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX artist_name ON artist (name_key, id);
CREATE INDEX artist_created ON artist (created_at, id);

CREATE TABLE artist_manager (
    artist_id BLOB NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (artist_id, account_id)
) STRICT;
CREATE INDEX artist_manager_account ON artist_manager (account_id, artist_id);

CREATE TABLE genre (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE album (
    id BLOB NOT NULL PRIMARY KEY,
    artist_id BLOB NOT NULL REFERENCES artist (id),
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('album', 'ep', 'single', 'compilation')),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private', 'members')),
    -- A calendar date as far as it is known: 1998, 1998-05 or 1998-05-21.
    release_date TEXT,
    -- The same as a time, for ordering; the beginning of time when unknown.
    released_order INTEGER NOT NULL,
    cover_id BLOB REFERENCES image (id),
    description TEXT NOT NULL,
    musicbrainz_id TEXT,
    library_key TEXT UNIQUE,
    play_count INTEGER NOT NULL CHECK (play_count >= 0),
    like_count INTEGER NOT NULL CHECK (like_count >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX album_artist ON album (artist_id, released_order, id);
CREATE INDEX album_title ON album (title_key, id);
CREATE INDEX album_released ON album (released_order, id);
CREATE INDEX album_created ON album (created_at, id);
CREATE INDEX album_plays ON album (play_count, id);
CREATE INDEX album_likes ON album (like_count, id);

CREATE TABLE split (
    id BLOB NOT NULL PRIMARY KEY,
    track_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    UNIQUE (track_id, version)
) STRICT;

CREATE TABLE split_share (
    split_id BLOB NOT NULL REFERENCES split (id),
    position INTEGER NOT NULL,
    artist_id BLOB NOT NULL REFERENCES artist (id),
    role TEXT NOT NULL,
    basis_points INTEGER NOT NULL CHECK (basis_points BETWEEN 1 AND 10000),
    PRIMARY KEY (split_id, position),
    UNIQUE (split_id, artist_id)
) STRICT;

CREATE TABLE track (
    id BLOB NOT NULL PRIMARY KEY,
    artist_id BLOB NOT NULL REFERENCES artist (id),
    -- As printed: "Ana feat. Ben".
    artist_credit TEXT NOT NULL,
    album_id BLOB REFERENCES album (id),
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    disc_no INTEGER NOT NULL,
    track_no INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private', 'members')),
    explicit INTEGER NOT NULL CHECK (explicit IN (0, 1)),
    isrc TEXT,
    release_date TEXT,
    released_order INTEGER NOT NULL,
    price_asset TEXT,
    price_per_second INTEGER CHECK (price_per_second > 0),
    preview_start_ms INTEGER NOT NULL CHECK (preview_start_ms >= 0),
    preview_length_ms INTEGER NOT NULL CHECK (preview_length_ms >= 0),
    split_id BLOB REFERENCES split (id),
    cover_id BLOB REFERENCES image (id),
    musicbrainz_id TEXT,
    play_count INTEGER NOT NULL CHECK (play_count >= 0),
    like_count INTEGER NOT NULL CHECK (like_count >= 0),
    -- False while the file behind it is away.
    available INTEGER NOT NULL CHECK (available IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    published_at INTEGER,
    deleted_at INTEGER,
    CHECK ((price_asset IS NULL) = (price_per_second IS NULL))
) STRICT;
CREATE INDEX track_artist ON track (artist_id, id);
CREATE INDEX track_album ON track (album_id, disc_no, track_no, id);
CREATE INDEX track_title ON track (title_key, id);
CREATE INDEX track_released ON track (released_order, id);
CREATE INDEX track_created ON track (created_at, id);
CREATE INDEX track_plays ON track (play_count, id);
CREATE INDEX track_likes ON track (like_count, id);
CREATE INDEX track_priced ON track (id) WHERE price_per_second IS NOT NULL;

CREATE TABLE track_genre (
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    genre_id BLOB NOT NULL REFERENCES genre (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (track_id, genre_id)
) STRICT;
CREATE INDEX track_genre_genre ON track_genre (genre_id, track_id);

CREATE TABLE credit (
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    artist_id BLOB REFERENCES artist (id),
    PRIMARY KEY (track_id, position)
) STRICT;
CREATE INDEX credit_artist ON credit (artist_id, track_id) WHERE artist_id IS NOT NULL;

-- The sound behind a track: the file that came with it, not what is made of it.
CREATE TABLE audio (
    id BLOB NOT NULL PRIMARY KEY,
    track_id BLOB NOT NULL UNIQUE REFERENCES track (id),
    -- blob: our object store under `place`; file: the absolute path `place` of an imported file.
    source TEXT NOT NULL CHECK (source IN ('blob', 'file')),
    place TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    modified_at INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    codec TEXT NOT NULL,
    bitrate INTEGER NOT NULL,
    sample_rate INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    bit_depth INTEGER,
    -- SHA-256 of the whole file; not taken of imported files.
    hash BLOB,
    gain_track_mb INTEGER,
    gain_album_mb INTEGER,
    -- What decoding it found; null until the analyse job ran.
    frames INTEGER,
    encoder_delay INTEGER,
    encoder_padding INTEGER,
    peaks BLOB,
    analysed_at INTEGER,
    analysis_error TEXT
) STRICT;
CREATE INDEX audio_hash ON audio (hash) WHERE hash IS NOT NULL;
CREATE INDEX audio_pending ON audio (id) WHERE analysed_at IS NULL AND analysis_error IS NULL;

CREATE TABLE preview (
    track_id BLOB NOT NULL PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    size INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    length_ms INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
