-- Describes the columns of declared relations, to check the catalogue against the live schema: one row per live column, in table
-- order. The type of a domain is the type below all domains; its limit and NOT NULL come from any of them. is_system_type: whether that
-- type belongs to the server, and so its casts do.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no declared relation exists.
-- Materialised here and below: the planner has no statistics of the parameters, and would evaluate these once for each column.
WITH RECURSIVE family AS MATERIALIZED (
    SELECT f.declared, f.member FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
),
-- The columns of partition keys at every level, also inside expressions (partattrs is 0 there). By name: partitions may number
-- their columns differently.
partition_column AS MATERIALIZED (
    SELECT DISTINCT f.declared, k.attname
    FROM family f
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid OPERATOR(pg_catalog.=) f.member
    JOIN pg_catalog.pg_attribute k ON k.attrelid OPERATOR(pg_catalog.=) p.partrelid
    WHERE k.attnum OPERATOR(pg_catalog.=) ANY (p.partattrs)
       OR (0 OPERATOR(pg_catalog.=) ANY (p.partattrs)
           AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                       WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) p.partrelid AND d.objsubid OPERATOR(pg_catalog.=) 0
                         AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) p.partrelid
                         AND d.refobjsubid OPERATOR(pg_catalog.=) k.attnum))
),
-- The unique and exclusion indexes, without those of partitions that were created from their parent's.
unique_index AS MATERIALIZED (
    SELECT f.declared, i.indrelid, i.indexrelid, i.indkey
    FROM family f
    JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) f.member AND (i.indisunique OR i.indisexclusion)
    WHERE f.member OPERATOR(pg_catalog.=) f.declared OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) i.indexrelid)
),
-- The columns of these indexes: keys first, then those inside expressions and predicates.
unique_attribute AS MATERIALIZED (
    SELECT u.declared, u.indrelid, k.attnum
    FROM unique_index u CROSS JOIN LATERAL pg_catalog.unnest(u.indkey) AS k (attnum)
    UNION
    SELECT u.declared, u.indrelid, d.refobjsubid::smallint
    FROM unique_index u
    JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) u.indexrelid AND d.refobjid OPERATOR(pg_catalog.=) u.indrelid
),
-- Again by name, because of partitions.
unique_column AS MATERIALIZED (
    SELECT DISTINCT u.declared, a.attname
    FROM unique_attribute u
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) u.indrelid AND a.attnum OPERATOR(pg_catalog.=) u.attnum
),
-- The columns to describe.
live AS MATERIALIZED (
    SELECT DISTINCT f.declared, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated, a.attcollation
    FROM family f
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) f.declared AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    WHERE f.member OPERATOR(pg_catalog.=) f.declared
),
-- The types below each domain, level by level: domains may be based on domains, and any of them may be NOT NULL.
below (domain, type, modifier, not_null, depth) AS (
    SELECT y.oid, y.typbasetype, y.typtypmod, y.typnotnull, 1
    FROM pg_catalog.pg_type y
    WHERE y.typtype OPERATOR(pg_catalog.=) 'd' AND y.oid OPERATOR(pg_catalog.=) ANY (SELECT l.atttypid FROM live l)
    UNION ALL
    SELECT below.domain, d.typbasetype, d.typtypmod, below.not_null OR d.typnotnull, below.depth OPERATOR(pg_catalog.+) 1
    FROM below
    JOIN pg_catalog.pg_type d ON d.oid OPERATOR(pg_catalog.=) below.type AND d.typtype OPERATOR(pg_catalog.=) 'd'
),
-- The type below all domains, with its limit.
base AS MATERIALIZED (
    SELECT DISTINCT ON (below.domain) below.domain, below.type, below.modifier, below.not_null
    FROM below
    ORDER BY below.domain, below.depth DESC
)
SELECT a.declared,
       c.relkind::pg_catalog.text       AS kind,
       a.attname::pg_catalog.text       AS column_name,
       pg_catalog.quote_ident(a.attname) AS printed_name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
       CASE WHEN b.oid OPERATOR(pg_catalog.<) 16384 THEN b.typname::pg_catalog.text ELSE pg_catalog.format_type(b.oid, NULL) END AS base_type,
       b.oid OPERATOR(pg_catalog.<) 16384 AS is_system_type,
       y.typcategory::pg_catalog.text   AS category,
       a.attnotnull OR coalesce(base.not_null, false) AS not_null,
       information_schema._pg_char_max_length(b.oid, coalesce(base.modifier, a.atttypmod)) AS max_length,
       y.typtype OPERATOR(pg_catalog.=) 'd'       AS is_domain,
       CASE WHEN NOT o.collisdeterministic THEN pg_catalog.concat(pg_catalog.quote_ident(w.nspname), '.', pg_catalog.quote_ident(o.collname)) END AS nondeterministic_collation,
       a.attgenerated OPERATOR(pg_catalog.<>) ''  AS is_generated,
       EXISTS (SELECT 1 FROM partition_column p WHERE p.declared OPERATOR(pg_catalog.=) a.declared AND p.attname OPERATOR(pg_catalog.=) a.attname) AS is_partition_key,
       EXISTS (SELECT 1 FROM unique_column u WHERE u.declared OPERATOR(pg_catalog.=) a.declared AND u.attname OPERATOR(pg_catalog.=) a.attname) AS is_unique,
       pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE') OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
       pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE') AS may_use_schema
FROM live a
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.declared
JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) a.atttypid
LEFT JOIN base ON base.domain OPERATOR(pg_catalog.=) a.atttypid
LEFT JOIN pg_catalog.pg_collation o ON o.oid OPERATOR(pg_catalog.=) a.attcollation
LEFT JOIN pg_catalog.pg_namespace w ON w.oid OPERATOR(pg_catalog.=) o.collnamespace
JOIN pg_catalog.pg_type b ON b.oid OPERATOR(pg_catalog.=) coalesce(base.type, a.atttypid)
ORDER BY a.declared, a.attnum
