-- Publications that send changes of tables to subscribers. $1 oid[]: the tables. Zero rows: none.
SELECT p.pubname::pg_catalog.text AS publication, pg_catalog.count(*) AS tables
FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS m (oid)
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.oid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_publication_tables p ON p.schemaname OPERATOR(pg_catalog.=) n.nspname AND p.tablename OPERATOR(pg_catalog.=) c.relname
GROUP BY p.pubname ORDER BY 1
