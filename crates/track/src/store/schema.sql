-- The local store of a run. Everything but the deliveries can be made anew from `events.jsonl`.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- `kind` says what `value` cannot: 0 the value itself, 1 NaN, 2 +Inf, 3 -Inf, 4 negative zero.
-- Numbers are never given twice, so that "delivered up to here" stays true when rows are taken back.
CREATE TABLE metrics (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key INTEGER NOT NULL REFERENCES keys (id),
    step INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    kind INTEGER NOT NULL
);
CREATE UNIQUE INDEX metrics_once ON metrics (step, key, kind, value);

-- Rows that a server may already hold and that the history has taken back since.
CREATE TABLE told (
    key INTEGER NOT NULL,
    step INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (step, key, kind, value)
) WITHOUT ROWID;

CREATE TABLE params (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
);

CREATE TABLE tags (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
);

-- `sha256` and `bytes` are those of the file when it was last read for a delivery.
CREATE TABLE artifacts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    step INTEGER NOT NULL,
    sha256 TEXT,
    bytes INTEGER
);

-- How far each server has been told; `offered` is noted before a batch is sent.
CREATE TABLE deliveries (
    server TEXT NOT NULL,
    experiment TEXT NOT NULL,
    run_id TEXT,
    experiment_id TEXT,
    artifact_uri TEXT,
    offered INTEGER NOT NULL DEFAULT 0,
    metrics INTEGER NOT NULL DEFAULT 0,
    params INTEGER NOT NULL DEFAULT 0,
    tags INTEGER NOT NULL DEFAULT 0,
    dataset TEXT,
    status TEXT,
    PRIMARY KEY (server, experiment)
) WITHOUT ROWID;

CREATE TABLE uploads (
    server TEXT NOT NULL,
    experiment TEXT NOT NULL,
    path TEXT NOT NULL,
    seq INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (server, experiment, path)
) WITHOUT ROWID;

-- What a server refuses for good.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    what TEXT NOT NULL,
    body TEXT NOT NULL,
    answer TEXT NOT NULL
);

-- For people: `SELECT * FROM history WHERE name = 'validation.loss'`.
CREATE VIEW history AS
SELECT keys.name AS name, step, timestamp_ms,
    CASE kind WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' ELSE value END AS value
FROM metrics JOIN keys ON keys.id = metrics.key;
