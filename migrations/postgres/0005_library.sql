-- Imported folders. Files stay where they are and are never written.

CREATE TABLE library_file (
    -- The absolute path; what is no UTF-8 is escaped.
    place TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- While these are what they were, the file is not opened again.
    size BIGINT NOT NULL,
    modified_ns BIGINT NOT NULL,
    inode BIGINT NOT NULL,
    -- Stands for the picture of the folder and its state; 0: there is none.
    picture BIGINT NOT NULL,
    -- broken: no use until it changes; unread: could not be opened, so it is tried each time; missing: was there once.
    state TEXT NOT NULL CHECK (state IN ('ok', 'broken', 'unread', 'missing')),
    -- Why it is broken or unread; of one that is ok, what is wrong with it all the same.
    error TEXT,
    track_id UUID UNIQUE REFERENCES track (id),
    -- A digest of some bytes from its middle: recognises a file under another name.
    sample BYTEA,
    CHECK (state = 'ok' OR (state IN ('broken', 'unread')) = (error IS NOT NULL)),
    CHECK (state <> 'ok' OR track_id IS NOT NULL)
);
CREATE INDEX library_file_sample ON library_file (sample) WHERE sample IS NOT NULL;
CREATE INDEX library_file_trouble ON library_file (place) WHERE error IS NOT NULL;

CREATE TABLE library_import (
    id UUID NOT NULL PRIMARY KEY,
    -- The folder, as the place of a file.
    root TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    error TEXT,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    -- Counts up while it runs: one that stands still belongs to a process that died.
    heartbeat BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    added BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    broken BIGINT NOT NULL,
    skipped BIGINT NOT NULL
);
CREATE UNIQUE INDEX library_import_running ON library_import (root) WHERE state = 'running';
