-- What was removed below SQL, and what stood in the way. No value stands here: names of objects, slots and prepared
-- transactions, server processes.

CREATE TABLE lethe.scrub (
    scrub_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level      numeric(2,1) NOT NULL CHECK (level IN (1, 1.5, 2)),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz,
    xid        bigint NOT NULL,
    lsn        pg_lsn NOT NULL,
    complete   boolean
);
COMMENT ON TABLE lethe.scrub IS 'A run of lethe scrub. It answers for what was committed when it began: transaction IDs below xid, WAL before lsn. complete is NULL while it goes on, or where it was killed.';

CREATE TABLE lethe.scrub_seen (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    table_name    text NOT NULL,
    row_count     bigint NOT NULL,
    scrub_id      bigint NOT NULL REFERENCES lethe.scrub,
    PRIMARY KEY (submission_id, table_name)
);
COMMENT ON TABLE lethe.scrub_seen IS 'How many rows of a table a FORGET had changed, and the first scrub that saw so many: units completed by it or a later one answer for them.';

CREATE TABLE lethe.scrub_unit (
    scrub_id   bigint NOT NULL REFERENCES lethe.scrub ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('table', 'index', 'parent', 'view', 'statistics', 'checkpoint')),
    relation   text NOT NULL,
    tables     text[] NOT NULL,
    level      numeric(2,1) NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz,
    end_lsn    pg_lsn,
    complete   boolean,
    PRIMARY KEY (scrub_id, kind, relation)
);
COMMENT ON TABLE lethe.scrub_unit IS 'What a scrub treats as a whole: a table or partition, an index, a partitioned table (its statistics), a materialised view, a system catalogue. tables: those of the catalogue whose old values can be there. complete is NULL while it is at work, or where it was killed.';
CREATE INDEX scrub_unit_relation ON lethe.scrub_unit (kind, relation) WHERE complete;

CREATE TABLE lethe.scrub_holder (
    scrub_id bigint NOT NULL REFERENCES lethe.scrub ON DELETE CASCADE,
    relation text,
    kind     text NOT NULL,
    keeps    text NOT NULL CHECK (keeps IN ('rows', 'statistics', 'wal')),
    pid      int,
    name     text,
    since    timestamptz
);
COMMENT ON TABLE lethe.scrub_holder IS 'What stood in the way of a scrub, and of which relation; relation is NULL where it is the whole database.';
CREATE INDEX scrub_holder_scrub ON lethe.scrub_holder (scrub_id);
