-- What scrubs have completed of some tables, with the time and WAL position (in bytes) of completion.
-- $1 text[]: tables, as <schema>.<table>; $2 bigint: the first scrub that counts. Zero rows: nothing was completed.
SELECT kind, relation, level::text AS level, scrub_id, ended_at, (end_lsn - '0/0')::bigint AS lsn, end_lsn::text AS position
FROM lethe.scrub_unit WHERE complete AND tables && $1::text[] AND scrub_id >= $2
