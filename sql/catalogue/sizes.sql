-- Estimates the bytes that tables take, with their partitions and what is stored out of line, from what VACUUM and ANALYZE counted
-- last: the exact sizes would need a lock of each table. Reads system catalogues only.
-- $1 oid[]: the tables. Zero rows: none of them exists.
WITH RECURSIVE member (root, relation) AS (
    -- The tables with their partitions at every level.
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
    UNION
    SELECT m.root, h.inhrelid
    FROM member m
    JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) m.relation
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) h.inhrelid AND c.relispartition
)
SELECT m.root AS declared,
       (pg_catalog.sum(GREATEST(c.relpages, 0)::bigint OPERATOR(pg_catalog.+) COALESCE(GREATEST(t.relpages, 0), 0)::bigint)
        OPERATOR(pg_catalog.*) pg_catalog.current_setting('block_size')::bigint)::bigint AS size
FROM member m
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation
LEFT JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) c.reltoastrelid
GROUP BY m.root
