-- Returns why a SELECT of a table would not see all rows: its foreign partitions or heirs at any level, whose rows are in another
-- database, and the row-level policies that apply to this role, empty where there are none and no row is visible. has_expressions:
-- whether planning it evaluates anything that catalogue/foreign_code.sql must judge.
-- $1 oid: the table. Always one row.
WITH RECURSIVE member (relation) AS (
    -- The table with its partitions and heirs.
    SELECT $1::pg_catalog.oid
    UNION
    SELECT h.inhrelid FROM member m JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) m.relation
)
SELECT (SELECT pg_catalog.string_agg(c.relname::pg_catalog.text, ', ' ORDER BY c.relname)
        FROM member m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation WHERE c.relkind OPERATOR(pg_catalog.=) 'f') AS foreign_tables,
       CASE WHEN pg_catalog.row_security_active($1)
            THEN COALESCE((SELECT pg_catalog.string_agg(p.polname::pg_catalog.text, ', ' ORDER BY p.polname)
                           FROM pg_catalog.pg_policy p WHERE p.polrelid OPERATOR(pg_catalog.=) $1), '')
       END AS policies,
       EXISTS (SELECT FROM member m
               JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) m.relation
               JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
               WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR x.relam OPERATOR(pg_catalog.>=) 16384 OR i.indisexclusion
                  OR EXISTS (SELECT FROM pg_catalog.unnest(i.indclass) AS c (oid) WHERE c.oid OPERATOR(pg_catalog.>=) 16384))
           OR EXISTS (SELECT FROM member m JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid OPERATOR(pg_catalog.=) m.relation AND s.stxexprs IS NOT NULL)
           OR EXISTS (SELECT FROM member m JOIN pg_catalog.pg_partitioned_table p ON p.partrelid OPERATOR(pg_catalog.=) m.relation)
           OR EXISTS (SELECT FROM member m JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) m.relation AND a.attgenerated OPERATOR(pg_catalog.=) 'v')
           AS has_expressions
