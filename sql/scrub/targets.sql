-- The targets of a scrub, in the order of work. Kinds: table (a table or partition with rows), parent (a partitioned table, which has
-- statistics only), view (a populated materialised view over any of them), index (over a changed column, or over a generated column, which
-- changes with it), statistics (a system catalogue).
-- $1 text[]: changed tables, as <schema>.<table>, where lethe.submission stands for all tables from which a purge deletes; $2 text[],
-- $3 text[]: their changed columns, pairwise; a table without any counts as changed in all columns; $4 text[]: the tables from which a
-- purge deletes, in the schema lethe. One row per target. Zero rows: never; the system catalogues are always targets.
-- may: whether this role has the privilege. concurrent: whether an index or view can be rebuilt while others read it. keyed: whether the
-- table has a key without NULL. failsafe: whether VACUUM may skip indexes. need: for a table that was renamed, moved or detached since, and
-- for its indexes: the scrub that covers all changes. valid, ready: false for an unfinished index; VACUUM cleans only ready indexes.
WITH RECURSIVE changed AS (
    -- Changed tables that still have their names; the others are found by OID below.
    SELECT c.oid, t.name
    FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t (name)
    JOIN pg_catalog.pg_class c ON c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace AND (n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname OPERATOR(pg_catalog.=) t.name
         OR t.name OPERATOR(pg_catalog.=) 'lethe.submission' AND n.nspname OPERATOR(pg_catalog.=) 'lethe'
            AND c.relname OPERATOR(pg_catalog.=) ANY ($4::pg_catalog.text[]))
), noted AS (
    -- Tables whose OIDs FORGETs recorded in this database: they are found under any name.
    SELECT c.oid, r.table_name AS name, r.last_submission
    FROM lethe.changed_relation r, pg_catalog.pg_control_system() y, pg_database d, pg_class c
    WHERE r.table_name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) AND r.system_id OPERATOR(pg_catalog.=) y.system_identifier AND r.database_oid OPERATOR(pg_catalog.=) d.oid
      AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND c.oid OPERATOR(pg_catalog.=) r.relation AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
), named AS (
    -- The tables found by name, with their partitions, which hold the rows.
    SELECT f.oid, c.name
    FROM changed c, LATERAL (SELECT c.oid UNION SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(c.oid) p) AS f (oid)
), member AS (
    -- All tables to treat. Those found only by OID need the scrub that covers the changes made under their old name.
    SELECT f.oid, pg_catalog.array_agg(DISTINCT f.name) AS names, pg_catalog.max(f.need) AS need
    FROM (SELECT oid, name, NULL::bigint AS need FROM named
          UNION ALL
          SELECT o.oid, o.name,
                 (SELECT CASE WHEN pg_catalog.bool_or(k.row_count OPERATOR(pg_catalog.>=) c.row_count) IS TRUE AND pg_catalog.bool_and(coalesce(k.row_count OPERATOR(pg_catalog.>=) c.row_count, false))
                              THEN pg_catalog.max(k.scrub_id) ELSE 9223372036854775807 END
                  FROM lethe.submission s
                  JOIN (SELECT e.submission_id, e.table_name, pg_catalog.sum(e.row_count) AS row_count
                        FROM lethe.table_count e GROUP BY 1, 2 HAVING pg_catalog.sum(e.row_count) OPERATOR(pg_catalog.>) 0) AS c ON c.submission_id OPERATOR(pg_catalog.=) s.submission_id
                  LEFT JOIN lethe.scrub_seen k ON k.submission_id OPERATOR(pg_catalog.=) c.submission_id AND k.table_name OPERATOR(pg_catalog.=) c.table_name
                  WHERE s.action OPERATOR(pg_catalog.=) 'FORGET' AND c.table_name OPERATOR(pg_catalog.=) o.name AND c.submission_id OPERATOR(pg_catalog.<=) o.last_submission)
          FROM noted o WHERE NOT o.oid OPERATOR(pg_catalog.=) ANY (SELECT oid FROM named)) AS f
    GROUP BY f.oid
), reader (relation, name, depth) AS (
    -- Views over these tables, also through other views; depth gives the order of refreshing.
    SELECT w.ev_class, t.name, 1
    FROM member m CROSS JOIN LATERAL pg_catalog.unnest(m.names) AS t (name)
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) m.oid AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite w ON w.oid OPERATOR(pg_catalog.=) d.objid AND w.ev_class OPERATOR(pg_catalog.<>) m.oid
    UNION
    SELECT w.ev_class, r.name, r.depth OPERATOR(pg_catalog.+) 1
    FROM reader r
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) r.relation AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite w ON w.oid OPERATOR(pg_catalog.=) d.objid AND w.ev_class OPERATOR(pg_catalog.<>) r.relation
    WHERE r.depth OPERATOR(pg_catalog.<) 100
), target AS (
    -- All kinds of targets in one form, so that privilege, size and key are looked up once: tables and parents, indexes, materialised
    -- views and their indexes, system catalogues.
    SELECT CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN 'parent' ELSE 'table' END AS kind, m.oid, m.names AS tables, 0 AS depth, false AS concurrent, m.need
    FROM member m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.oid WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
    UNION ALL
    SELECT 'index', i.indexrelid, m.names, 0, NOT i.indisexclusion, m.need
    FROM member m
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.oid AND c.relkind OPERATOR(pg_catalog.=) 'r'
    JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) m.oid AND i.indislive
    WHERE NOT m.names OPERATOR(pg_catalog.<@) $2::pg_catalog.text[] OR 0 OPERATOR(pg_catalog.=) ANY (i.indkey) OR i.indpred IS NOT NULL
       OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) m.oid AND a.attgenerated OPERATOR(pg_catalog.<>) '' AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey))
       OR EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS k (table_name, column_name)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) m.oid AND a.attname OPERATOR(pg_catalog.=) k.column_name
                  WHERE k.table_name OPERATOR(pg_catalog.=) ANY (m.names) AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey))
    UNION ALL
    SELECT 'view', r.relation, pg_catalog.array_agg(DISTINCT r.name), pg_catalog.max(r.depth),
           EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) r.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                   AND NOT 0 OPERATOR(pg_catalog.=) ANY (i.indkey)), NULL
    FROM reader r JOIN pg_catalog.pg_class v ON v.oid OPERATOR(pg_catalog.=) r.relation AND v.relkind OPERATOR(pg_catalog.=) 'm' AND v.relispopulated
    GROUP BY r.relation
    UNION ALL
    SELECT 'index', i.indexrelid, pg_catalog.array_agg(DISTINCT r.name), 0, NOT i.indisexclusion, NULL
    FROM reader r
    JOIN pg_catalog.pg_class v ON v.oid OPERATOR(pg_catalog.=) r.relation AND v.relkind OPERATOR(pg_catalog.=) 'm' AND v.relispopulated
    JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) r.relation AND i.indislive GROUP BY i.indexrelid, i.indisexclusion
    UNION ALL
    SELECT 'statistics', c.oid, $1::pg_catalog.text[], 0, false, NULL
    FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_statistic'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass])
)
SELECT t.kind, t.oid, n.nspname::pg_catalog.text AS schema_name, c.relname::pg_catalog.text AS relation_name, t.tables, t.concurrent, t.need, coalesce(ix.indisvalid, true) AS valid, coalesce(ix.indisready, true) AS ready,
       coalesce(itn.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) it.relname, '') AS table_name,
       pg_catalog.pg_has_role(c.relowner, 'USAGE')
           OR CASE WHEN pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 170000
                   THEN pg_catalog.has_table_privilege(coalesce(it.oid, c.oid), 'MAINTAIN') ELSE false END
           OR t.kind OPERATOR(pg_catalog.=) ANY ('{table,parent,statistics}') AND pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.<) 170000
              AND EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND pg_catalog.pg_has_role(d.datdba, 'USAGE')) AS may,
       CASE WHEN t.kind OPERATOR(pg_catalog.=) 'index' THEN pg_catalog.pg_relation_size(t.oid)
            WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN 0 ELSE pg_catalog.pg_total_relation_size(t.oid) END AS bytes,
       coalesce((SELECT f.folder FROM pg_catalog.pg_tablespace_location(CASE WHEN c.reltablespace OPERATOR(pg_catalog.<>) 0 THEN c.reltablespace ELSE
           (SELECT d.dattablespace FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) END) AS f (folder) WHERE f.folder OPERATOR(pg_catalog.<>) ''),
           CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN pg_catalog.current_setting('data_directory') END) AS folder,
       t.kind OPERATOR(pg_catalog.=) 'table' AND EXISTS (SELECT FROM pg_catalog.pg_index k WHERE k.indrelid OPERATOR(pg_catalog.=) t.oid AND k.indisunique AND k.indisvalid AND k.indimmediate
           AND k.indpred IS NULL AND NOT 0 OPERATOR(pg_catalog.=) ANY (k.indkey)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) t.oid AND a.attnum OPERATOR(pg_catalog.=) ANY (k.indkey) AND NOT a.attnotnull)) AS keyed,
       c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}') AND greatest(pg_catalog.age(c.relfrozenxid), 0) OPERATOR(pg_catalog.>) pg_catalog.current_setting('vacuum_failsafe_age')::bigint AS failsafe
FROM target t
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.oid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid OPERATOR(pg_catalog.=) t.oid
LEFT JOIN pg_catalog.pg_class it ON it.oid OPERATOR(pg_catalog.=) ix.indrelid
LEFT JOIN pg_catalog.pg_namespace itn ON itn.oid OPERATOR(pg_catalog.=) it.relnamespace
ORDER BY pg_catalog.array_position(ARRAY['table', 'parent', 'view', 'index', 'statistics'], t.kind), t.depth, bytes, 3, 4
