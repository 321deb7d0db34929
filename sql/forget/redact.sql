-- Redacts the rows of one table that belong to affected records, where something is left to redact. Always one row: the number of
-- rows changed, or -1 where something is left in one of them: a trigger wrote something else.
-- Lock order: by root key, then account, so that concurrent sessions lock rows in the same order.
-- A CTE, so that the UPDATE returns its row count: a guard function runs the statement and reads one value.
WITH changed AS (
    UPDATE /* table */ contact_centre.contact /* end */ t
    SET /* set */ first_name = CASE WHEN t.first_name OPERATOR(pg_catalog.<>) '' THEN '[redacted]' ELSE t.first_name END /* end */
    FROM (
        SELECT * FROM /* record */ pg_temp.lethe_record_0 /* end */ d ORDER BY /* root names */ d.r1 /* end */, d.account_id
    ) AS c
    WHERE t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id
      AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
      AND (/* left */ t.first_name OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) /* end */)
    RETURNING /* left after */ t.first_name OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) /* end */ AS is_left
)
SELECT CASE WHEN pg_catalog.bool_or(c.is_left) THEN -1 ELSE pg_catalog.count(*) END AS row_count FROM changed c
