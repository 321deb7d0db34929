-- Materialised views that read columns of declared tables or their partitions: they keep old values until REFRESH.
-- A materialised view may also read a view that reads the table.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per view and table.
WITH RECURSIVE reader (schema_name, table_name, relation, columns) AS (
    SELECT n.nspname::text, c.relname::text, w.ev_class, array_agg(DISTINCT a.attname::text)
    FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
    JOIN pg_namespace n ON n.nspname = declared.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                    AND (d.refobjid = c.oid OR d.refobjid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p))
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> d.refobjid
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
    GROUP BY 1, 2, 3
    UNION
    SELECT r.schema_name, r.table_name, w.ev_class, r.columns
    FROM reader r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.relation
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> d.refobjid
)
SELECT DISTINCT r.schema_name, r.table_name, n.nspname::text AS view_schema, v.relname::text AS view_name, r.columns
FROM reader r
JOIN pg_class v ON v.oid = r.relation AND v.relkind = 'm'
JOIN pg_namespace n ON n.oid = v.relnamespace
ORDER BY 1, 2, 3, 4
