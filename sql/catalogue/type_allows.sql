-- Checks whether a type accepts a placeholder or a redacted value; a domain that does not raises an error. Always one row.
SELECT (/* values */ 'x'::pg_catalog.text IS NULL /* end */) IS NOT NULL AS allowed
