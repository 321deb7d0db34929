-- Settings of every session that only newer servers have: transaction_timeout since PostgreSQL 17,
-- restrict_nonsystem_relation_kind since the minor releases of August 2024. One row.
SELECT CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('transaction_timeout', '0', false) END AS transaction_timeout,
       CASE WHEN pg_catalog.current_setting('restrict_nonsystem_relation_kind', true) IS NOT NULL
            THEN pg_catalog.set_config('restrict_nonsystem_relation_kind', '', false) END AS restrict_nonsystem_relation_kind
