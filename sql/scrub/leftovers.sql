-- Invalid indexes that an interrupted REINDEX CONCURRENTLY of a scrub left behind: they belong to the table of an index that a scrub
-- began to rebuild and did not complete, and have the names that the server gives them. Zero rows: none.
SELECT DISTINCT n.nspname::text AS schema_name, c.relname::text AS index_name
FROM lethe.scrub_unit u
JOIN pg_namespace bn ON starts_with(u.relation, bn.nspname || '.')
JOIN pg_class bc ON bc.relnamespace = bn.oid AND bn.nspname || '.' || bc.relname = u.relation
JOIN pg_index b ON b.indexrelid = bc.oid AND b.indisvalid
JOIN pg_index l ON l.indrelid = b.indrelid AND NOT l.indisvalid
JOIN pg_class c ON c.oid = l.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE u.kind = 'index' AND u.complete IS NOT TRUE
  AND c.relname ~ '_cc(new|old)[0-9]*$'
  AND starts_with(bc.relname, regexp_replace(c.relname, '_cc(new|old)[0-9]*$', ''))
ORDER BY 1, 2
