-- Clears the URI of a media row whose object is deleted. Returns no rows.
-- $1 text: the row's key, as JSON.
UPDATE /* table */ contact_centre.recording_media /* end */ t
SET /* uri */ media_uri /* end */ = NULL
FROM pg_catalog.jsonb_populate_record(NULL::/* table */ contact_centre.recording_media /* end */, $1::pg_catalog.text::pg_catalog.jsonb) k
WHERE /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.media_id OPERATOR(pg_catalog.=) k.media_id /* end */
