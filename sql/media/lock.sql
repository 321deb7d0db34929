-- Locks a media row until its URI is cleared, and returns the URI, which shows whether the row still names the deleted object.
-- $1 text: the row's key, as JSON. Zero rows: the row or its URI is gone.
SELECT t./* uri */ media_uri /* end */::text AS media_uri
FROM jsonb_populate_record(NULL::/* table */ contact_centre.recording_media /* end */, $1::text::jsonb) k
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON /* join */ t.account_id = k.account_id AND t.media_id = k.media_id /* end */
WHERE t./* uri */ media_uri /* end */ <> ''
FOR UPDATE OF t
