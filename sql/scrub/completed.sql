-- What scrubs have completed: the last of each unit and level. Zero rows: nothing.
SELECT kind, relation, level::text AS level, max(scrub_id) AS scrub_id
FROM lethe.scrub_unit WHERE complete
GROUP BY kind, relation, level
