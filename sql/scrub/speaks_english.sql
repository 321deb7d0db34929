-- Whether the server's messages are in English, and vacuum_defer_cleanup_age (up to PostgreSQL 15; else 0). One row.
SELECT pg_catalog.current_setting('lc_messages') OPERATOR(pg_catalog.~) '^(C|POSIX|en|$)' AS english,
       coalesce(pg_catalog.current_setting('vacuum_defer_cleanup_age', true)::bigint, 0) AS deferred
