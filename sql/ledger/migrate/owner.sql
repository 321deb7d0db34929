-- Who owns the ledger. Zero rows: there is none.
SELECT r.rolname::pg_catalog.text AS owner
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
WHERE n.nspname OPERATOR(pg_catalog.=) 'lethe'
