-- Takes the indexes that are no constraints away while the tables are filled: building them once is many times faster.
CREATE TABLE bench.index_definition AS
SELECT replace(i.indexdef, ' ON ONLY ', ' ON ') AS definition, format('%I.%I', i.schemaname, i.indexname) AS name
FROM pg_indexes i
JOIN pg_class c ON c.oid = format('%I.%I', i.schemaname, i.indexname)::regclass
WHERE i.schemaname = 'contact_centre'
  AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid);
DO $$
DECLARE
    index_name text;
BEGIN
    FOR index_name IN SELECT name FROM bench.index_definition LOOP
        EXECUTE 'DROP INDEX ' || index_name;
    END LOOP;
END
$$;
