-- Invalid indexes that an interrupted REINDEX CONCURRENTLY of a scrub left behind: they belong to the table of an index that a scrub
-- began to rebuild and did not complete, and have the names that the server gives them. Zero rows: none.
SELECT DISTINCT n.nspname::pg_catalog.text AS schema_name, c.relname::pg_catalog.text AS index_name
FROM lethe.scrub_unit u
JOIN pg_catalog.pg_namespace bn ON pg_catalog.starts_with(u.relation, bn.nspname OPERATOR(pg_catalog.||) '.')
JOIN pg_catalog.pg_class bc ON bc.relnamespace OPERATOR(pg_catalog.=) bn.oid AND bn.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) bc.relname OPERATOR(pg_catalog.=) u.relation
JOIN pg_catalog.pg_index b ON b.indexrelid OPERATOR(pg_catalog.=) bc.oid AND b.indisvalid
JOIN pg_catalog.pg_index l ON l.indrelid OPERATOR(pg_catalog.=) b.indrelid AND NOT l.indisvalid
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE u.kind OPERATOR(pg_catalog.=) 'index' AND u.complete IS NOT TRUE
  AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'
  AND pg_catalog.starts_with(bc.relname, pg_catalog.regexp_replace(c.relname, '_cc(new|old)[0-9]*$', ''))
ORDER BY 1, 2
