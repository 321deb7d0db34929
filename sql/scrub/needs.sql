-- The tables that FORGETs have changed, each with the first scrub that covers all these changes, and that scrub's mark.
-- $1 bigint: only changes of this submission, or NULL for all. Zero rows: nothing to do.
SELECT k.table_name, pg_catalog.max(k.scrub_id) AS scrub_id, pg_catalog.max(s.xid) AS xid, (pg_catalog.max(s.lsn) OPERATOR(pg_catalog.-) '0/0')::bigint AS lsn
FROM lethe.scrub_seen k JOIN lethe.scrub s ON s.scrub_id OPERATOR(pg_catalog.=) k.scrub_id
WHERE $1::bigint IS NULL OR k.submission_id OPERATOR(pg_catalog.=) $1
GROUP BY k.table_name ORDER BY k.table_name
