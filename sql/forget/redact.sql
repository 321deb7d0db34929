-- Redacts the rows of one table that belong to records in which a device was found, where something is left to
-- redact. One row: how many were changed.
WITH changed AS (
    UPDATE /* table */ contact_centre.contact /* end */ t
    SET /* set */ first_name = CASE WHEN t.first_name <> '' THEN '[redacted]' ELSE t.first_name END /* end */
    FROM /* record */ lethe_record_0 /* end */ c
    WHERE t./* account */ account_id /* end */ = c.account_id
      AND /* join */ t.contact_id = c.r1 /* end */
      AND (/* left */ t.first_name NOT IN ('', '[redacted]') /* end */)
    RETURNING 1
)
SELECT count(*) AS row_count FROM changed
