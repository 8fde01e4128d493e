-- Imported folders. Files stay where they are and are never written.

CREATE TABLE library_file (
    id BLOB NOT NULL PRIMARY KEY,
    -- The folder that was imported, and the path below it.
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    device INTEGER NOT NULL,
    track_id BLOB REFERENCES track (id),
    -- broken: unreadable, with the reason; missing: was there once.
    state TEXT NOT NULL CHECK (state IN ('ok', 'broken', 'missing')),
    error TEXT,
    -- A digest of some bytes from its middle: recognises a file that moved to another disk.
    sample BLOB,
    import_id BLOB NOT NULL,
    UNIQUE (root, path),
    CHECK (state <> 'broken' OR error IS NOT NULL)
) STRICT;
CREATE INDEX library_file_track ON library_file (track_id);

CREATE TABLE library_import (
    id BLOB NOT NULL PRIMARY KEY,
    root TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    heartbeat_at INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    added INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    broken INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX library_import_running ON library_import (root) WHERE state = 'running';
