-- Statistics that contain a staged device as a word: the names of their columns, never a value, and their relation.
-- $1 oid[]: tables, views and indexes. Zero rows: none that this role may see.
WITH statistic AS (
    -- The values of all statistics of the relations, as text: columns, extended statistics, expressions.
    SELECT c.oid, s.schemaname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) s.tablename OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) s.attname AS name, v.value
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    JOIN pg_catalog.pg_stats s ON s.schemaname OPERATOR(pg_catalog.=) n.nspname AND s.tablename OPERATOR(pg_catalog.=) c.relname,
         LATERAL (VALUES (s.most_common_vals::pg_catalog.text), (s.histogram_bounds::pg_catalog.text), (s.most_common_elems::pg_catalog.text)) AS v (value)
    WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
    UNION ALL
    SELECT e.stxrelid, s.statistics_schemaname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) s.statistics_name, s.most_common_vals::pg_catalog.text
    FROM pg_catalog.pg_statistic_ext e
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.stxnamespace
    JOIN pg_catalog.pg_stats_ext s ON s.statistics_schemaname OPERATOR(pg_catalog.=) n.nspname AND s.statistics_name OPERATOR(pg_catalog.=) e.stxname
    WHERE e.stxrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
    UNION ALL
    SELECT e.stxrelid, s.statistics_schemaname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) s.statistics_name, v.value
    FROM pg_catalog.pg_statistic_ext e
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.stxnamespace
    JOIN pg_catalog.pg_stats_ext_exprs s ON s.statistics_schemaname OPERATOR(pg_catalog.=) n.nspname AND s.statistics_name OPERATOR(pg_catalog.=) e.stxname,
         LATERAL (VALUES (s.most_common_vals::pg_catalog.text), (s.histogram_bounds::pg_catalog.text), (s.most_common_elems::pg_catalog.text)) AS v (value)
    WHERE e.stxrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
)
SELECT statistic.name, pg_catalog.min(statistic.oid) AS relation
FROM statistic, LATERAL pg_catalog.regexp_split_to_table(pg_catalog.lower(statistic.value), '[[:space:]",{}()\[\]<>;''\\]+') AS w (word)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) w.word
GROUP BY statistic.name ORDER BY 1
