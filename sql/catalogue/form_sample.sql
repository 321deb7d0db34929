-- Reads values of a device column from blocks that are spread over its table, 5,000 at most, to compare them with the forms that are
-- declared. The same blocks each time. Values are cut: a long one is in no form.
-- $1 double precision: how much of the table is read, in percent. Zero rows: no block that was read has a value.
SELECT pg_catalog.left(/* value */ t.first_name::pg_catalog.text /* end */, 400) AS value
FROM /* table */ contact_centre.contact /* end */ t TABLESAMPLE pg_catalog.system ($1::pg_catalog.float8::pg_catalog.float4) REPEATABLE (0)
WHERE t./* column */ first_name /* end */ IS NOT NULL
LIMIT 5000
