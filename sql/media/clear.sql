-- Clears the URI of a media row whose object is deleted. Always one row: the number of rows changed, or -1 where one of them still has
-- a URI: a trigger wrote something else.
-- $1 text: the row's key, as JSON.
-- A CTE, so that the UPDATE returns its row count: a guard function runs the statement and reads one value.
WITH changed AS (
    UPDATE /* table */ contact_centre.recording_media /* end */ t
    SET /* uri */ media_uri /* end */ = NULL
    FROM pg_catalog.jsonb_to_record($1::pg_catalog.text::pg_catalog.jsonb) AS k (/* key types */ account_id pg_catalog.text, media_id pg_catalog.text /* end */)
    WHERE /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.media_id OPERATOR(pg_catalog.=) k.media_id /* end */
      AND t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.<>) ''
    RETURNING t./* uri */ media_uri /* end */ IS NOT NULL AS is_left
)
SELECT CASE WHEN pg_catalog.bool_or(c.is_left) THEN -1 ELSE pg_catalog.count(*) END AS row_count FROM changed c
