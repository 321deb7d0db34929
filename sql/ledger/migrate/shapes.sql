-- The shape of each table of the ledger: columns, defaults, constraints, indexes and triggers, as text whose digest is compared with the
-- one that the migrations give. One row per table, by name.
-- lines: everything that is part of a table. NOT NULL constraints have rows of their own since PostgreSQL 18; the columns tell them.
WITH lines AS (
    SELECT a.attrelid AS relation, 1 AS part,
           pg_catalog.concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                                pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid AND d.adnum OPERATOR(pg_catalog.=) a.attnum
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    UNION ALL
    SELECT k.conrelid, 2, pg_catalog.concat_ws(' ', k.conname, pg_catalog.pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k
    WHERE k.contype OPERATOR(pg_catalog.<>) 'n'
    UNION ALL
    SELECT i.indrelid, 3, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM pg_catalog.pg_index i
    UNION ALL
    SELECT t.tgrelid, 4, pg_catalog.pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t
    WHERE NOT t.tgisinternal
)
SELECT c.relname::pg_catalog.text AS table_name,
       pg_catalog.string_agg(l.line, E'\n' ORDER BY l.part, l.line COLLATE pg_catalog."C") AS shape
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN lines l ON l.relation OPERATOR(pg_catalog.=) c.oid
WHERE n.nspname OPERATOR(pg_catalog.=) 'lethe' AND c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relname OPERATOR(pg_catalog.<>) ALL ('{ledger_migration,contact_centre_migration,migration_lock}')
GROUP BY c.relname
ORDER BY c.relname
