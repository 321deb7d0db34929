-- The role of this session, and the tables of the ledger on which it lacks some of the given rights. Always one row.
-- $1 text[]: tables; $2 text[]: a privilege on each; $3 text[]: a column, NULL for the whole table.
-- ledger: whether there is one; may_use_ledger: whether this role may look into it.
SELECT CURRENT_USER::pg_catalog.text AS role_name,
       n.oid IS NOT NULL AS ledger,
       n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use_ledger,
       ARRAY(
           SELECT DISTINCT w.table_name
           FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]))
               AS w (table_name, privilege, column_name)
           LEFT JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid AND c.relname OPERATOR(pg_catalog.=) w.table_name
           LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attname OPERATOR(pg_catalog.=) w.column_name
           -- A table or column that is not there counts as missing: NULL is not true.
           WHERE (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                  AND CASE WHEN w.column_name IS NULL THEN pg_catalog.has_table_privilege(c.oid, w.privilege)
                           ELSE pg_catalog.has_column_privilege(c.oid, a.attnum, w.privilege) END) IS NOT TRUE
           ORDER BY w.table_name
       ) AS missing
FROM (SELECT pg_catalog.to_regnamespace('lethe')) AS named (oid)
LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) named.oid
