-- One row: whether the server's messages are in English, and transactions that it keeps row versions for beyond all
-- holders (vacuum_defer_cleanup_age, until PostgreSQL 15).
SELECT current_setting('lc_messages') ~ '^(C|POSIX|en|$)' AS english,
       coalesce(current_setting('vacuum_defer_cleanup_age', true)::bigint, 0) AS deferred
