-- Checks the privilege that every search needs in addition to those on declared tables. Always one row.
SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AS may_stage,
       CURRENT_USER::pg_catalog.text AS role_name
