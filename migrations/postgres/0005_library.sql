-- Imported folders. Files stay where they are and are never written.

CREATE TABLE library_file (
    id UUID NOT NULL PRIMARY KEY,
    -- The folder that was imported, and the path below it.
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    size BIGINT NOT NULL,
    modified_ns BIGINT NOT NULL,
    inode BIGINT NOT NULL,
    device BIGINT NOT NULL,
    track_id UUID REFERENCES track (id),
    -- broken: unreadable, with the reason; missing: was there once.
    state TEXT NOT NULL CHECK (state IN ('ok', 'broken', 'missing')),
    error TEXT,
    -- A digest of some bytes from its middle: recognises a file that moved to another disk.
    sample BYTEA,
    import_id UUID NOT NULL,
    UNIQUE (root, path),
    CHECK (state <> 'broken' OR error IS NOT NULL)
);
CREATE INDEX library_file_track ON library_file (track_id);

CREATE TABLE library_import (
    id UUID NOT NULL PRIMARY KEY,
    root TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    heartbeat_at BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    added BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    broken BIGINT NOT NULL
);
CREATE UNIQUE INDEX library_import_running ON library_import (root) WHERE state = 'running';
