-- What scrubs have completed of some tables, with the time and WAL position (in bytes) of completion.
-- $1 text[]: tables, as <schema>.<table>; $2 bigint: the first scrub that counts. Zero rows: nothing was completed.
SELECT kind, relation, level::pg_catalog.text AS level, scrub_id, ended_at, (end_lsn OPERATOR(pg_catalog.-) '0/0')::bigint AS lsn, end_lsn::pg_catalog.text AS position
FROM lethe.scrub_unit WHERE complete AND tables OPERATOR(pg_catalog.&&) $1::pg_catalog.text[] AND scrub_id OPERATOR(pg_catalog.>=) $2
