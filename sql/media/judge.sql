-- Judges a media row before its object is deleted: its URI, its account, and whether a row of its record is under legal hold. Nothing is
-- locked, because a store may be slow.
-- $1 text: the row's key, as JSON. Zero rows: the row or its URI is gone.
SELECT t./* uri */ media_uri /* end */::pg_catalog.text AS media_uri,
       t./* account */ account_id /* end */::pg_catalog.text AS account,
       /* held */ EXISTS (SELECT FROM contact_centre.recording h WHERE h.account_id OPERATOR(pg_catalog.=) t.account_id AND h.recording_id OPERATOR(pg_catalog.=) t.recording_id AND h.legal_hold) /* end */ AS held
FROM pg_catalog.jsonb_to_record($1::pg_catalog.text::pg_catalog.jsonb) AS k (/* key types */ account_id pg_catalog.text, media_id pg_catalog.text /* end */)
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.media_id OPERATOR(pg_catalog.=) k.media_id /* end */
WHERE t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.<>) ''
