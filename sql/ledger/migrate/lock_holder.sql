-- The session that holds the lock of lock.sql. Zero rows: it has ended.
SELECT l.pid, coalesce(a.usename, '?')::pg_catalog.text AS role_name
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
WHERE l.relation OPERATOR(pg_catalog.=) pg_catalog.to_regclass('lethe.migration_lock') AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock' AND l.granted
LIMIT 1
