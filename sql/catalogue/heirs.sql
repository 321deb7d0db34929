-- Returns the tables that inherit from others, with each table that they inherit from at any level. Partitions are not listed.
-- Zero rows: none does.
WITH RECURSIVE heir (relation, ancestor) AS (
    -- Parents, then theirs.
    SELECT h.inhrelid, h.inhparent
    FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) h.inhrelid AND c.relkind OPERATOR(pg_catalog.=) 'r' AND NOT c.relispartition
    UNION
    SELECT i.relation, h.inhparent FROM heir i JOIN pg_catalog.pg_inherits h ON h.inhrelid OPERATOR(pg_catalog.=) i.ancestor
)
SELECT i.relation, n.nspname::pg_catalog.text AS schema_name, c.relname::pg_catalog.text AS table_name
FROM heir i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.ancestor
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
