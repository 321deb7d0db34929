-- What about declared tables, beside their columns, stands in the way of changing rows.
-- publications: those of the table or a partition without a replica identity, whose UPDATE would fail.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per table.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       row_security_active(c.oid) AS row_security,
       (SELECT string_agg(DISTINCT p.pubname::text, ', ')
        FROM (SELECT c.oid AS relid UNION SELECT t.relid FROM pg_partition_tree(c.oid) t) AS part
        JOIN pg_class l ON l.oid = part.relid AND l.relkind = 'r'
        JOIN pg_namespace ln ON ln.oid = l.relnamespace
        JOIN pg_publication_tables pt
          ON (pt.schemaname = ln.nspname AND pt.tablename = l.relname)
          OR (pt.schemaname = n.nspname AND pt.tablename = c.relname)
        JOIN pg_publication p ON p.pubname = pt.pubname AND p.pubupdate
        WHERE l.relreplident = 'n'
           OR (l.relreplident = 'd'
               AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = l.oid AND i.indisprimary))) AS publications,
       (SELECT string_agg(f.relname::text, ', ' ORDER BY f.relname)
        FROM pg_partition_tree(c.oid) t JOIN pg_class f ON f.oid = t.relid
        WHERE f.relkind = 'f') AS foreign_partitions,
       (SELECT string_agg(r.rulename::text, ', ' ORDER BY r.rulename)
        FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '2' AND r.ev_enabled <> 'D') AS update_rules,
       (SELECT string_agg(f.relname::text, ', ' ORDER BY f.relname)
        FROM pg_inherits h JOIN pg_class f ON f.oid = h.inhrelid
        WHERE h.inhparent = c.oid AND NOT f.relispartition) AS heirs
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
WHERE c.relkind IN ('r', 'p')
ORDER BY 1, 2
