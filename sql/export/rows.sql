-- The rows of one table that belong to the current request's records, each once, ordered by key.
COPY (
    SELECT t.*
    FROM (
        SELECT DISTINCT c.account_id, /* root names */ c.r1 /* end */
        FROM /* record */ lethe_record_0 /* end */ c
        WHERE c.request = (SELECT q.request FROM lethe_current q)
    ) AS c
    JOIN /* table */ contact_centre.contact_device /* end */ t
      ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
    ORDER BY /* order */ t.contact_id, t.position, t.account_id /* end */
) TO STDOUT WITH (FORMAT csv, HEADER true)
