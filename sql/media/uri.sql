-- The URI of a media row. Nothing is locked, because a store may be slow.
-- $1 text: the row's key, as JSON. Zero rows: the row or its URI is gone.
SELECT t./* uri */ media_uri /* end */::text AS media_uri
FROM jsonb_populate_record(NULL::/* table */ contact_centre.recording_media /* end */, $1::text::jsonb) k
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON /* join */ t.account_id = k.account_id AND t.media_id = k.media_id /* end */
WHERE t./* uri */ media_uri /* end */ <> ''
