-- Describes the columns of declared relations, to check the catalogue against the live schema: one row per live column, in table
-- order. The type of a domain is the type below all domains; its limit and NOT NULL come from any of them.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no declared relation exists.
-- Materialised here and below: the planner has no statistics of the parameters, and would evaluate these once for each column.
WITH RECURSIVE family AS MATERIALIZED (
    SELECT f.declared, f.member FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
),
-- The columns of partition keys at every level, also inside expressions (partattrs is 0 there). By name: partitions may number
-- their columns differently.
partition_column AS MATERIALIZED (
    SELECT DISTINCT f.declared, k.attname
    FROM family f
    JOIN pg_partitioned_table p ON p.partrelid = f.member
    JOIN pg_attribute k ON k.attrelid = p.partrelid
    WHERE k.attnum = ANY (p.partattrs)
       OR (0 = ANY (p.partattrs)
           AND EXISTS (SELECT 1 FROM pg_depend d
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = p.partrelid AND d.objsubid = 0
                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.partrelid
                         AND d.refobjsubid = k.attnum))
),
-- The unique and exclusion indexes, without those of partitions that were created from their parent's.
unique_index AS MATERIALIZED (
    SELECT f.declared, i.indrelid, i.indexrelid, i.indkey
    FROM family f
    JOIN pg_index i ON i.indrelid = f.member AND (i.indisunique OR i.indisexclusion)
    WHERE f.member = f.declared OR NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
),
-- The columns of these indexes: keys first, then those inside expressions and predicates.
unique_attribute AS MATERIALIZED (
    SELECT u.declared, u.indrelid, k.attnum
    FROM unique_index u CROSS JOIN LATERAL unnest(u.indkey) AS k (attnum)
    UNION
    SELECT u.declared, u.indrelid, d.refobjsubid::smallint
    FROM unique_index u
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = u.indexrelid AND d.refobjid = u.indrelid
),
-- Again by name, because of partitions.
unique_column AS MATERIALIZED (
    SELECT DISTINCT u.declared, a.attname
    FROM unique_attribute u
    JOIN pg_attribute a ON a.attrelid = u.indrelid AND a.attnum = u.attnum
),
-- The columns to describe.
live AS MATERIALIZED (
    SELECT DISTINCT f.declared, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated
    FROM family f
    JOIN pg_attribute a ON a.attrelid = f.declared AND a.attnum > 0 AND NOT a.attisdropped
    WHERE f.member = f.declared
),
-- The types below each domain, level by level: domains may be based on domains, and any of them may be NOT NULL.
below (domain, type, modifier, not_null, depth) AS (
    SELECT y.oid, y.typbasetype, y.typtypmod, y.typnotnull, 1
    FROM pg_type y
    WHERE y.typtype = 'd' AND y.oid IN (SELECT l.atttypid FROM live l)
    UNION ALL
    SELECT below.domain, d.typbasetype, d.typtypmod, below.not_null OR d.typnotnull, below.depth + 1
    FROM below
    JOIN pg_type d ON d.oid = below.type AND d.typtype = 'd'
),
-- The type below all domains, with its limit.
base AS MATERIALIZED (
    SELECT DISTINCT ON (below.domain) below.domain, below.type, below.modifier, below.not_null
    FROM below
    ORDER BY below.domain, below.depth DESC
)
SELECT a.declared,
       c.relkind::text       AS kind,
       a.attname::text       AS column_name,
       quote_ident(a.attname) AS printed_name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       b.typname::text       AS base_type,
       y.typcategory::text   AS category,
       a.attnotnull OR coalesce(base.not_null, false) AS not_null,
       information_schema._pg_char_max_length(b.oid, coalesce(base.modifier, a.atttypmod)) AS max_length,
       y.typtype = 'd'       AS is_domain,
       a.attgenerated <> ''  AS is_generated,
       EXISTS (SELECT 1 FROM partition_column p WHERE p.declared = a.declared AND p.attname = a.attname) AS is_partition_key,
       EXISTS (SELECT 1 FROM unique_column u WHERE u.declared = a.declared AND u.attname = a.attname) AS is_unique,
       has_table_privilege(c.oid, 'SELECT') OR has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
       has_table_privilege(c.oid, 'UPDATE') OR has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
       has_schema_privilege(c.relnamespace, 'USAGE') AS may_use_schema
FROM live a
JOIN pg_class c ON c.oid = a.declared
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN base ON base.domain = a.atttypid
JOIN pg_type b ON b.oid = coalesce(base.type, a.atttypid)
ORDER BY a.declared, a.attnum
