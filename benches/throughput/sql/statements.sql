-- What the statements of other sessions took since the last reset, the longest first, each by what its comment says it is
-- for, or by its first words, and the table that it is about.
WITH told AS (
    SELECT s.*, substring(query from '^-- ([^.\n]*[^.\n:])') AS purpose,
           substring(query from '"contact_centre"\."(\w+)"') AS about,
           left(regexp_replace(regexp_replace(query, '--[^\n]*\n', '', 'g'), '\s+', ' ', 'g'), 60) AS words
    FROM pg_stat_statements s
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query !~ '\mset_(device|recording|media|message|attempt|contact|contact_device)\M|pg_stat_statements'
)
SELECT coalesce(purpose, words) || coalesce(': ' || about, '') AS statement,
       sum(calls)::float8, sum(total_exec_time), sum(total_plan_time), sum(rows)::float8, (sum(wal_bytes) / 1024)::float8
FROM told
GROUP BY 1
ORDER BY sum(total_exec_time + total_plan_time) DESC
LIMIT 12
