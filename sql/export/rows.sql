-- Exports the rows of one table that belong to the current request's records, each once, ordered by key. Keys are sorted first and
-- the rows fetched in that order: sorting whole rows is slower and may spill to disk. Zero rows: only the header is written.
COPY (
    SELECT t.*
    FROM (
        SELECT DISTINCT /* root names */ f.r1 /* end */, f.account_id
        FROM pg_temp.lethe_wanted q
        JOIN (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f ON f.target OPERATOR(pg_catalog.=) q.target
        WHERE q.request OPERATOR(pg_catalog.=) pg_catalog.current_setting('lethe.request', true)::int
        ORDER BY /* root order */ f.r1 /* end */, f.account_id
    ) AS c
    JOIN /* table */ contact_centre.contact_device /* end */ t
      ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
    ORDER BY /* order */ t.contact_id, t.position, t.account_id /* end */
) TO STDOUT WITH (FORMAT csv, HEADER true)
