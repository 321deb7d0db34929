-- The last scrub that completed each target, by level. Zero rows: nothing was completed.
SELECT kind, relation, level::pg_catalog.text AS level, pg_catalog.max(scrub_id) AS scrub_id
FROM lethe.scrub_unit WHERE complete
GROUP BY kind, relation, level
