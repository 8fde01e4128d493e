-- Imported folders. Files stay where they are and are never written.

CREATE TABLE library_file (
    -- The absolute path; what is no UTF-8 is escaped.
    place TEXT NOT NULL PRIMARY KEY,
    -- While these are what they were, the file is not opened again.
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    -- Stands for the picture of the folder and its state; 0: there is none.
    picture INTEGER NOT NULL,
    -- broken: no use until it changes; unread: could not be opened, so it is tried each time; missing: was there once.
    state TEXT NOT NULL CHECK (state IN ('ok', 'broken', 'unread', 'missing')),
    -- Why it is broken or unread; of one that is ok, what is wrong with it all the same.
    error TEXT,
    track_id BLOB UNIQUE REFERENCES track (id),
    -- A digest of some bytes from its middle: recognises a file under another name.
    sample BLOB,
    CHECK (state = 'ok' OR (state IN ('broken', 'unread')) = (error IS NOT NULL)),
    CHECK (state <> 'ok' OR track_id IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX library_file_sample ON library_file (sample) WHERE sample IS NOT NULL;
CREATE INDEX library_file_trouble ON library_file (place) WHERE error IS NOT NULL;

CREATE TABLE library_import (
    id BLOB NOT NULL PRIMARY KEY,
    -- The folder, as the place of a file.
    root TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    error TEXT,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    -- Counts up while it runs: one that stands still belongs to a process that died.
    heartbeat INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    added INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    broken INTEGER NOT NULL,
    skipped INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX library_import_running ON library_import (root) WHERE state = 'running';
