-- The targets of a scrub, in the order of work. Kinds: table (a table or partition with rows), parent (a partitioned table, which has
-- statistics only), view (a populated materialised view over any of them), index (over a changed column, or over a generated column, which
-- changes with it), statistics (a system catalogue).
-- $1 text[]: changed tables, as <schema>.<table>; $2 text[], $3 text[]: their changed columns, pairwise; a table without any counts as
-- changed in all columns. One row per target. Zero rows: never; the system catalogues are always targets.
-- may: whether this role has the privilege. concurrent: whether an index or view can be rebuilt while others read it. keyed: whether the
-- table has a key without NULL. failsafe: whether VACUUM may skip indexes. need: for a table that was renamed, moved or detached since, and
-- for its indexes: the scrub that covers all changes. valid, ready: false for an unfinished index; VACUUM cleans only ready indexes.
WITH RECURSIVE changed AS (
    -- Changed tables that still have their names; the others are found by OID below.
    SELECT c.oid, t.name
    FROM unnest($1::text[]) AS t (name)
    JOIN pg_class c ON c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname || '.' || c.relname = t.name
), noted AS (
    -- Tables whose OIDs FORGETs recorded in this database: they are found under any name.
    SELECT c.oid, r.table_name AS name, r.last_submission
    FROM lethe.changed_relation r, pg_control_system() y, pg_database d, pg_class c
    WHERE r.table_name = ANY ($1::text[]) AND r.system_id = y.system_identifier AND r.database_oid = d.oid
      AND d.datname = current_database() AND c.oid = r.relation AND c.relkind IN ('r', 'p')
), named AS (
    -- The tables found by name, with their partitions, which hold the rows.
    SELECT f.oid, c.name
    FROM changed c, LATERAL (SELECT c.oid UNION SELECT p.relid::oid FROM pg_partition_tree(c.oid) p) AS f (oid)
), member AS (
    -- All tables to treat. Those found only by OID need the scrub that covers the changes made under their old name.
    SELECT f.oid, array_agg(DISTINCT f.name) AS names, max(f.need) AS need
    FROM (SELECT oid, name, NULL::bigint AS need FROM named
          UNION ALL
          SELECT o.oid, o.name,
                 (SELECT CASE WHEN bool_or(k.row_count >= c.row_count) IS TRUE AND bool_and(coalesce(k.row_count >= c.row_count, false))
                              THEN max(k.scrub_id) ELSE 9223372036854775807 END
                  FROM lethe.submission s
                  JOIN (SELECT e.submission_id, e.table_name, sum(e.row_count) AS row_count
                        FROM lethe.table_count e GROUP BY 1, 2 HAVING sum(e.row_count) > 0) AS c USING (submission_id)
                  LEFT JOIN lethe.scrub_seen k ON k.submission_id = c.submission_id AND k.table_name = c.table_name
                  WHERE s.action = 'FORGET' AND c.table_name = o.name AND c.submission_id <= o.last_submission)
          FROM noted o WHERE o.oid NOT IN (SELECT oid FROM named)) AS f
    GROUP BY f.oid
), reader (relation, name, depth) AS (
    -- Views over these tables, also through other views; depth gives the order of refreshing.
    SELECT w.ev_class, t.name, 1
    FROM member m CROSS JOIN LATERAL unnest(m.names) AS t (name)
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = m.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> m.oid
    UNION
    SELECT w.ev_class, r.name, r.depth + 1
    FROM reader r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.relation AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.relation
    WHERE r.depth < 100
), target AS (
    -- All kinds of targets in one form, so that privilege, size and key are looked up once: tables and parents, indexes, materialised
    -- views and their indexes, system catalogues.
    SELECT CASE c.relkind WHEN 'p' THEN 'parent' ELSE 'table' END AS kind, m.oid, m.names AS tables, 0 AS depth, false AS concurrent, m.need
    FROM member m JOIN pg_class c ON c.oid = m.oid WHERE c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'index', i.indexrelid, m.names, 0, NOT i.indisexclusion, m.need
    FROM member m
    JOIN pg_class c ON c.oid = m.oid AND c.relkind = 'r'
    JOIN pg_index i ON i.indrelid = m.oid AND i.indislive
    WHERE NOT m.names <@ $2::text[] OR 0 = ANY (i.indkey) OR i.indpred IS NOT NULL
       OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = m.oid AND a.attgenerated <> '' AND a.attnum = ANY (i.indkey))
       OR EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS k (table_name, column_name)
                  JOIN pg_attribute a ON a.attrelid = m.oid AND a.attname = k.column_name
                  WHERE k.table_name = ANY (m.names) AND a.attnum = ANY (i.indkey))
    UNION ALL
    SELECT 'view', r.relation, array_agg(DISTINCT r.name), max(r.depth),
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                   AND NOT 0 = ANY (i.indkey)), NULL
    FROM reader r JOIN pg_class v ON v.oid = r.relation AND v.relkind = 'm' AND v.relispopulated
    GROUP BY r.relation
    UNION ALL
    SELECT 'index', i.indexrelid, array_agg(DISTINCT r.name), 0, NOT i.indisexclusion, NULL
    FROM reader r
    JOIN pg_class v ON v.oid = r.relation AND v.relkind = 'm' AND v.relispopulated
    JOIN pg_index i ON i.indrelid = r.relation AND i.indislive GROUP BY i.indexrelid, i.indisexclusion
    UNION ALL
    SELECT 'statistics', c.oid, $1::text[], 0, false, NULL
    FROM pg_class c WHERE c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
)
SELECT t.kind, t.oid, n.nspname::text AS schema_name, c.relname::text AS relation_name, t.tables, t.concurrent, t.need, coalesce(ix.indisvalid, true) AS valid, coalesce(ix.indisready, true) AS ready,
       coalesce(itn.nspname || '.' || it.relname, '') AS table_name,
       pg_has_role(c.relowner, 'USAGE')
           OR CASE WHEN current_setting('server_version_num')::int >= 170000
                   THEN has_table_privilege(coalesce(it.oid, c.oid), 'MAINTAIN') ELSE false END
           OR t.kind IN ('table', 'parent', 'statistics') AND current_setting('server_version_num')::int < 170000
              AND EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(d.datdba, 'USAGE')) AS may,
       CASE WHEN t.kind = 'index' THEN pg_relation_size(t.oid)
            WHEN c.relkind = 'p' THEN 0 ELSE pg_total_relation_size(t.oid) END AS bytes,
       coalesce(nullif(pg_tablespace_location(coalesce(nullif(c.reltablespace, 0),
           (SELECT d.dattablespace FROM pg_database d WHERE d.datname = current_database()))), ''),
           CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END) AS folder,
       t.kind = 'table' AND EXISTS (SELECT FROM pg_index k WHERE k.indrelid = t.oid AND k.indisunique AND k.indisvalid AND k.indimmediate
           AND k.indpred IS NULL AND NOT 0 = ANY (k.indkey)
           AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (k.indkey) AND NOT a.attnotnull)) AS keyed,
       c.relkind IN ('r', 'm') AND greatest(age(c.relfrozenxid), 0) > current_setting('vacuum_failsafe_age')::bigint AS failsafe
FROM target t
JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index ix ON ix.indexrelid = t.oid
LEFT JOIN pg_class it ON it.oid = ix.indrelid
LEFT JOIN pg_namespace itn ON itn.oid = it.relnamespace
ORDER BY array_position(ARRAY['table', 'parent', 'view', 'index', 'statistics'], t.kind), t.depth, bytes, 3, 4
