-- Whether a type takes a placeholder or redacted value; a domain that does not raises an error.
SELECT (/* values */ 'x'::text IS NULL /* end */) IS NOT NULL AS allowed
