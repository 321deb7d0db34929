-- Returns the publications of declared tables, or of members of their families, without a replica identity: an UPDATE would fail.
-- One row per table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT c.oid AS declared,
       pg_catalog.string_agg(DISTINCT p.pubname::pg_catalog.text, ', ') AS publications
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.declared
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_class l ON l.oid OPERATOR(pg_catalog.=) f.member AND l.relkind OPERATOR(pg_catalog.=) 'r'
JOIN pg_catalog.pg_namespace ln ON ln.oid OPERATOR(pg_catalog.=) l.relnamespace
JOIN pg_catalog.pg_publication_tables pt
  ON (pt.schemaname OPERATOR(pg_catalog.=) ln.nspname AND pt.tablename OPERATOR(pg_catalog.=) l.relname)
  OR (pt.schemaname OPERATOR(pg_catalog.=) n.nspname AND pt.tablename OPERATOR(pg_catalog.=) c.relname)
JOIN pg_catalog.pg_publication p ON p.pubname OPERATOR(pg_catalog.=) pt.pubname AND p.pubupdate
WHERE l.relreplident OPERATOR(pg_catalog.=) 'n'
   OR (l.relreplident OPERATOR(pg_catalog.=) 'd'
       AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) l.oid AND i.indisprimary))
GROUP BY c.oid
ORDER BY c.oid
