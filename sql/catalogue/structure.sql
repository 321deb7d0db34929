-- Returns a digest of what decides how tables change: their columns, constraints, triggers with the functions that these run, rules,
-- and indexes that evaluate expressions or forbid values; of partitions what they do not have from their parent, which may come
-- and go. One row per table that exists.
-- $1 oid[]: the tables. Zero rows: none of them exists.
WITH RECURSIVE member (declared, relation) AS (
    -- The tables with their partitions at every level.
    SELECT DISTINCT r.oid, r.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r (oid)
    UNION
    SELECT m.declared, h.inhrelid
    FROM member m
    JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) m.relation
),
-- What belongs to each is looked up by index: the planner has no statistics of the parameter, and would read whole system
-- catalogues. OFFSET 0 keeps it from turning the look-ups into joins.
part (declared, definition) AS (
    -- A table that was renamed is not the one that statements name.
    SELECT m.declared, pg_catalog.concat_ws(' ', 'table', c.relnamespace, c.relname, c.relkind, c.relowner, c.relrowsecurity)
    FROM member m
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation
    WHERE m.relation OPERATOR(pg_catalog.=) m.declared
    UNION ALL
    SELECT m.declared, found.definition
    FROM member m
    CROSS JOIN LATERAL (
        SELECT pg_catalog.concat_ws(' ', 'column', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated,
                                    a.attcollation, a.attisdropped,
                                    (SELECT d.adbin FROM pg_catalog.pg_attrdef d
                                     WHERE a.attgenerated OPERATOR(pg_catalog.<>) '' AND d.adrelid OPERATOR(pg_catalog.=) a.attrelid
                                       AND d.adnum OPERATOR(pg_catalog.=) a.attnum))
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) m.relation AND a.attnum OPERATOR(pg_catalog.>) 0
        OFFSET 0
    ) AS found (definition)
    WHERE m.relation OPERATOR(pg_catalog.=) m.declared
    UNION ALL
    SELECT m.declared, found.definition
    FROM member m
    CROSS JOIN LATERAL (
        SELECT pg_catalog.concat_ws(' ', 'constraint', k.*)
        FROM pg_catalog.pg_constraint k
        WHERE k.conrelid OPERATOR(pg_catalog.=) m.relation
          AND (m.relation OPERATOR(pg_catalog.=) m.declared OR k.coninhcount OPERATOR(pg_catalog.=) 0)
        OFFSET 0
    ) AS found (definition)
    UNION ALL
    SELECT m.declared, found.definition
    FROM member m
    CROSS JOIN LATERAL (
        -- The row version of a function tells whether it was replaced, also if it was replaced back.
        SELECT pg_catalog.concat_ws(' ', 'trigger', t.*,
                                    (SELECT p.xmin FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.=) t.tgfoid))
        FROM pg_catalog.pg_trigger t
        WHERE t.tgrelid OPERATOR(pg_catalog.=) m.relation
          AND (m.relation OPERATOR(pg_catalog.=) m.declared OR NOT t.tgisinternal AND t.tgparentid OPERATOR(pg_catalog.=) 0)
        OFFSET 0
    ) AS found (definition)
    UNION ALL
    SELECT m.declared, found.definition
    FROM member m
    CROSS JOIN LATERAL (
        SELECT pg_catalog.concat_ws(' ', 'rule', w.ev_type, w.ev_enabled, w.ev_qual, w.ev_action)
        FROM pg_catalog.pg_rewrite w
        WHERE w.ev_class OPERATOR(pg_catalog.=) m.relation
        OFFSET 0
    ) AS found (definition)
    WHERE m.relation OPERATOR(pg_catalog.=) m.declared
    UNION
    -- Once for equal ones: an index may be rebuilt.
    SELECT m.declared, found.definition
    FROM member m
    CROSS JOIN LATERAL (
        SELECT pg_catalog.concat_ws(' ', 'index', i.indkey, i.indclass, i.indisunique, i.indisexclusion, i.indexprs, i.indpred)
        FROM pg_catalog.pg_index i
        WHERE i.indrelid OPERATOR(pg_catalog.=) m.relation
          AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR i.indisunique OR i.indisexclusion)
          AND (m.relation OPERATOR(pg_catalog.=) m.declared
               OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) i.indexrelid OFFSET 0))
        OFFSET 0
    ) AS found (definition)
)
SELECT p.declared,
       pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
           pg_catalog.string_agg(p.definition, E'\n' ORDER BY p.definition COLLATE pg_catalog."C"), 'UTF8')), 'hex') AS digest
FROM part p
GROUP BY p.declared
ORDER BY p.declared
