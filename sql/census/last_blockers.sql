-- What blocked the last scrub of some tables, among the scrubs that count.
-- $1 text[]: tables, as <schema>.<table>; $2 bigint: the first scrub that counts. Zero rows: nothing, or no such scrub.
SELECT b.kind, b.keeps, b.pid, b.name, b.since
FROM (SELECT DISTINCT h.relation, h.kind, h.keeps, h.pid, h.name, h.since
      FROM lethe.scrub_holder h
      WHERE h.scrub_id OPERATOR(pg_catalog.=) (SELECT pg_catalog.max(u.scrub_id) FROM lethe.scrub_unit u WHERE u.tables OPERATOR(pg_catalog.&&) $1::pg_catalog.text[] AND u.scrub_id OPERATOR(pg_catalog.>=) $2)
        AND h.keeps OPERATOR(pg_catalog.<>) 'wal'
        AND (h.relation IS NULL OR EXISTS (SELECT FROM lethe.scrub_unit u
                                           WHERE u.scrub_id OPERATOR(pg_catalog.=) h.scrub_id AND u.relation OPERATOR(pg_catalog.=) h.relation AND u.tables OPERATOR(pg_catalog.&&) $1::pg_catalog.text[]))) AS b
ORDER BY b.relation, b.kind, b.keeps, b.pid, b.name
