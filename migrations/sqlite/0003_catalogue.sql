-- Artists, albums, tracks, genres, credits and splits.
-- WITHOUT ROWID: rows that are found by their key lie under it.

CREATE TABLE artist (
    id BLOB NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    bio TEXT NOT NULL,
    avatar_id BLOB REFERENCES image (id),
    -- Made by an import: belongs to nobody until an admin assigns a manager. Only signed-in accounts see its page.
    library INTEGER NOT NULL CHECK (library IN (0, 1)),
    -- What an import recognises it by: MusicBrainz id, or the folded name.
    library_key TEXT UNIQUE,
    -- The folded name that its files gave it: what is called otherwise later is still found by it, and by no other.
    library_name TEXT,
    -- False while no file of a page that an import made is there: then nobody sees it.
    available INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    follower_count INTEGER NOT NULL CHECK (follower_count >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX artist_name ON artist (name_key, id);
CREATE INDEX artist_library_name ON artist (library_name) WHERE library_name IS NOT NULL;
CREATE INDEX artist_avatar ON artist (avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX artist_name_public ON artist (name_key, id) WHERE NOT library;

CREATE TABLE artist_manager (
    artist_id BLOB NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor')),
    -- Whether they took it on themselves: made the page, or said yes to whoever made them a manager.
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (artist_id, account_id)
) STRICT, WITHOUT ROWID;
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
    -- The sums of its tracks.
    play_count INTEGER NOT NULL CHECK (play_count >= 0),
    like_count INTEGER NOT NULL CHECK (like_count >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX album_artist ON album (artist_id, released_order, id, visibility, deleted_at);
CREATE INDEX album_cover ON album (cover_id) WHERE cover_id IS NOT NULL;
-- One list for each visibility and order.
CREATE INDEX album_deleted ON album (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX album_by_title ON album (visibility, title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX album_by_release ON album (visibility, released_order, id) WHERE deleted_at IS NULL;
CREATE INDEX album_by_plays ON album (visibility, play_count, id) WHERE deleted_at IS NULL;
CREATE INDEX album_by_likes ON album (visibility, like_count, id) WHERE deleted_at IS NULL;
CREATE INDEX album_by_age ON album (visibility, id) WHERE deleted_at IS NULL;

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
) STRICT, WITHOUT ROWID;

CREATE TABLE track (
    id BLOB NOT NULL PRIMARY KEY,
    artist_id BLOB NOT NULL REFERENCES artist (id),
    -- As printed, "Ana feat. Ben"; null: the artist's name.
    artist_credit TEXT,
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
) STRICT, WITHOUT ROWID;
-- With what an artist's figures are made of, so that they are added up from here alone.
CREATE INDEX track_artist ON track (artist_id, id, visibility, available, deleted_at, play_count, like_count);
-- With what an album's figures are made of.
CREATE INDEX track_album ON track
    (album_id, disc_no, track_no, id, artist_id, visibility, available, deleted_at, duration_ms);
-- One list for each visibility and order. Ids are made in the order of time, so they order by age.
CREATE INDEX track_by_title ON track (visibility, title_key, id) WHERE available AND deleted_at IS NULL;
-- With the columns of its own condition: SQLite looks at them all the same, and would fetch each row for them.
CREATE INDEX track_by_release ON track (visibility, released_order, id, available, deleted_at)
    WHERE available AND deleted_at IS NULL;
CREATE INDEX track_by_plays ON track (visibility, play_count, id) WHERE available AND deleted_at IS NULL;
CREATE INDEX track_by_likes ON track (visibility, like_count, id) WHERE available AND deleted_at IS NULL;
CREATE INDEX track_by_age ON track (visibility, id, available, deleted_at, released_order)
    WHERE available AND deleted_at IS NULL;
CREATE INDEX track_deleted ON track (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX track_away ON track (id) WHERE NOT available AND deleted_at IS NULL;
CREATE INDEX track_cover ON track (cover_id) WHERE cover_id IS NOT NULL;
CREATE INDEX track_priced ON track (price_per_second, id) WHERE price_per_second IS NOT NULL;

-- With a copy of what a genre's list is filtered and ordered by, so that it is read from here alone.
CREATE TABLE track_genre (
    genre_id BLOB NOT NULL REFERENCES genre (id),
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    -- The track's visibility while it is listed: public or members, available, not deleted; else null.
    listed TEXT,
    title_key TEXT NOT NULL,
    released_order INTEGER NOT NULL,
    play_count INTEGER NOT NULL,
    like_count INTEGER NOT NULL,
    PRIMARY KEY (genre_id, track_id)
) STRICT, WITHOUT ROWID;
-- A genre's most played, in their order; with what decides who sees them.
CREATE INDEX track_genre_plays ON track_genre (genre_id, play_count, track_id, listed);
CREATE INDEX track_genre_track ON track_genre (track_id, position);

-- How many listed tracks of an album and of an artist have a genre; kept in step with track_genre.
CREATE TABLE album_genre (
    album_id BLOB NOT NULL REFERENCES album (id) ON DELETE CASCADE,
    genre_id BLOB NOT NULL REFERENCES genre (id),
    track_count INTEGER NOT NULL CHECK (track_count > 0),
    PRIMARY KEY (album_id, genre_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_genre_genre ON album_genre (genre_id, album_id);

CREATE TABLE artist_genre (
    artist_id BLOB NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
    genre_id BLOB NOT NULL REFERENCES genre (id),
    track_count INTEGER NOT NULL CHECK (track_count > 0),
    PRIMARY KEY (artist_id, genre_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX artist_genre_genre ON artist_genre (genre_id, artist_id);

CREATE TABLE credit (
    track_id BLOB NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    artist_id BLOB REFERENCES artist (id),
    PRIMARY KEY (track_id, position)
) STRICT, WITHOUT ROWID;
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
    -- How long its headers promise it to be, where there is much less: it was cut off.
    promised_ms INTEGER,
    analysed_at INTEGER,
    analysis_error TEXT
) STRICT;
CREATE INDEX audio_hash ON audio (hash) WHERE hash IS NOT NULL;
CREATE INDEX audio_pending ON audio (id) WHERE analysed_at IS NULL AND analysis_error IS NULL;

-- The part of a track for those who may hear no more.
CREATE TABLE preview (
    track_id BLOB NOT NULL PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    -- Its key in the object store, which names what it was cut from, and where.
    place TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    content_type TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    -- Why it cannot be cut; then nothing lies at its place.
    error TEXT
) STRICT;
