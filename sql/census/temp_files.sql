-- Temporary files in all tablespaces. lost: files whose server process has ended. Needs pg_monitor. One row.
SELECT pg_catalog.count(*) AS files,
       pg_catalog.count(*) FILTER (WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE 'pgsql_tmp' OPERATOR(pg_catalog.||) a.pid OPERATOR(pg_catalog.=) pg_catalog.split_part(f.name, '.', 1))) AS lost
FROM pg_catalog.pg_tablespace t, LATERAL pg_catalog.pg_ls_tmpdir(t.oid) f
WHERE t.spcname OPERATOR(pg_catalog.<>) 'pg_global'
