-- Returns the publications of declared tables, or of members of their families, without a replica identity: an UPDATE would fail.
-- One row per table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT c.oid AS declared,
       string_agg(DISTINCT p.pubname::text, ', ') AS publications
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_class c ON c.oid = f.declared
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class l ON l.oid = f.member AND l.relkind = 'r'
JOIN pg_namespace ln ON ln.oid = l.relnamespace
JOIN pg_publication_tables pt
  ON (pt.schemaname = ln.nspname AND pt.tablename = l.relname)
  OR (pt.schemaname = n.nspname AND pt.tablename = c.relname)
JOIN pg_publication p ON p.pubname = pt.pubname AND p.pubupdate
WHERE l.relreplident = 'n'
   OR (l.relreplident = 'd'
       AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = l.oid AND i.indisprimary))
GROUP BY c.oid
ORDER BY c.oid
