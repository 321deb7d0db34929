-- What there is of the ledger, and whether there is a schema contact_centre that Lethe did not create. Always one row.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'lethe') AS has_schema,
       pg_catalog.to_regclass('lethe.ledger_migration') IS NOT NULL AS has_table,
       pg_catalog.to_regclass('lethe.migration_lock') IS NOT NULL AS has_lock,
       EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'contact_centre')
           AND pg_catalog.to_regclass('lethe.contact_centre_migration') IS NULL AS has_other_reference
