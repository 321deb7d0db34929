-- Statistics that contain a staged device as a word: the names of their columns, never a value, and their relation.
-- $1 oid[]: tables, views and indexes. Zero rows: none that this role may see.
WITH statistic AS (
    -- The values of all statistics of the relations, as text: columns, extended statistics, expressions.
    SELECT c.oid, s.schemaname || '.' || s.tablename || '.' || s.attname AS name, v.value
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname,
         LATERAL (VALUES (s.most_common_vals::text), (s.histogram_bounds::text), (s.most_common_elems::text)) AS v (value)
    WHERE c.oid = ANY ($1::oid[])
    UNION ALL
    SELECT e.stxrelid, s.statistics_schemaname || '.' || s.statistics_name, s.most_common_vals::text
    FROM pg_statistic_ext e
    JOIN pg_namespace n ON n.oid = e.stxnamespace
    JOIN pg_stats_ext s ON s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname
    WHERE e.stxrelid = ANY ($1::oid[])
    UNION ALL
    SELECT e.stxrelid, s.statistics_schemaname || '.' || s.statistics_name, v.value
    FROM pg_statistic_ext e
    JOIN pg_namespace n ON n.oid = e.stxnamespace
    JOIN pg_stats_ext_exprs s ON s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname,
         LATERAL (VALUES (s.most_common_vals::text), (s.histogram_bounds::text), (s.most_common_elems::text)) AS v (value)
    WHERE e.stxrelid = ANY ($1::oid[])
)
SELECT statistic.name, min(statistic.oid) AS relation
FROM statistic, LATERAL regexp_split_to_table(lower(statistic.value), '[[:space:]",{}()\[\]<>;''\\]+') AS w (word)
JOIN lethe_lookup l ON l.value = w.word
GROUP BY statistic.name ORDER BY 1
