-- What the list of runs shows, sorts and filters by. Small: a thousand rows are a few pages.
CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
    -- The run's name while it was published, so that saving it once more saves nothing twice.
    run TEXT UNIQUE,
    -- Times are µs since the Unix epoch.
    saved_us INTEGER NOT NULL,
    imported_us INTEGER,
    deleted_us INTEGER,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    -- The preset whose settings the run had, if any.
    preset TEXT,
    rate REAL NOT NULL,
    payload INTEGER NOT NULL,
    duration_s INTEGER NOT NULL,
    distance_ms INTEGER NOT NULL,
    client TEXT NOT NULL,
    events INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    -- Lane by lane `transport=p50 in µs`, blank-separated; nothing after the sign: no p50.
    medians TEXT NOT NULL,
    -- How long the record is, in bytes.
    bytes INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_by_date ON runs (saved_us, id) WHERE deleted_us IS NULL;
CREATE INDEX runs_deleted ON runs (deleted_us) WHERE deleted_us IS NOT NULL;

-- The bulky rest, as `runs::packed` writes it. Apart, so that a list never reads it.
CREATE TABLE records (
    id TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    record BLOB NOT NULL
) STRICT;
