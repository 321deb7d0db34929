-- What the statements of other sessions took since the last reset, the longest first. The rehearsal and the checks
-- of the benchmark itself name its tables.
SELECT calls::float8, total_exec_time, total_plan_time, rows::float8, (wal_bytes / 1024)::bigint::float8,
       left(regexp_replace(regexp_replace(query, '--[^\n]*\n', '', 'g'), '\s+', ' ', 'g'), 110)
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query !~ '\mset_(device|recording|media|message|attempt|contact|contact_device)\M'
ORDER BY total_exec_time + total_plan_time DESC
LIMIT 40
