-- Publications that send changes of tables to subscribers. $1 oid[]: the tables. Zero rows: none.
SELECT p.pubname::text AS publication, count(*) AS tables
FROM unnest($1::oid[]) AS m (oid)
JOIN pg_class c ON c.oid = m.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_publication_tables p ON p.schemaname = n.nspname AND p.tablename = c.relname
GROUP BY p.pubname ORDER BY 1
