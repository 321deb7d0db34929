-- Temporary files in all tablespaces. lost: files whose server process has ended. Needs pg_monitor. One row.
SELECT count(*) AS files,
       count(*) FILTER (WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE 'pgsql_tmp' || a.pid = split_part(f.name, '.', 1))) AS lost
FROM pg_tablespace t, LATERAL pg_ls_tmpdir(t.oid) f
WHERE t.spcname <> 'pg_global'
