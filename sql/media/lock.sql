-- Locks a media row until its URI is cleared, and returns the URI, which shows whether the row still names the deleted object; after the
-- change, that none is left. Several rows where the key is not unique.
-- $1 text: the row's key, as JSON. Zero rows: the row or its URI is gone.
SELECT t./* uri */ media_uri /* end */::pg_catalog.text AS media_uri
FROM pg_catalog.jsonb_to_record($1::pg_catalog.text::pg_catalog.jsonb) AS k (/* key types */ account_id pg_catalog.text, media_id pg_catalog.text /* end */)
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.media_id OPERATOR(pg_catalog.=) k.media_id /* end */
WHERE t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.<>) ''
FOR UPDATE OF t
