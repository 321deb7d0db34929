-- The tables and partitions themselves that FORGETs may have changed, so that a scrub finds those that were renamed, moved to another
-- schema or detached since. The server's identity stands beside each: elsewhere, as after a restore, its numbers mean other tables.

CREATE TABLE lethe.changed_relation (
    system_id       bigint NOT NULL,
    database_oid    oid NOT NULL,
    table_name      text NOT NULL,
    relation        oid NOT NULL,
    last_submission bigint NOT NULL,
    PRIMARY KEY (system_id, database_oid, table_name, relation)
);
COMMENT ON TABLE lethe.changed_relation IS 'Tables and partitions that stood behind a name of the catalogue while a FORGET was at work; last_submission: the last of them.';

ALTER TABLE lethe.submission ADD COLUMN answered_by_server timestamptz;
COMMENT ON COLUMN lethe.submission.answered_by_server IS 'answered_at, by the server''s own clock: what was dumped since then is clean, whatever clock Lethe went by.';
