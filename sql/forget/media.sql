-- Returns the media rows of records that contain each target's device, for the outbox. Zero rows: they have no media.
SELECT DISTINCT f.target,
       pg_catalog.jsonb_build_object(/* key pairs */ 'account_id', t.account_id, 'media_id', t.media_id /* end */)::pg_catalog.text AS row_key,
       t./* uri */ media_uri /* end */::pg_catalog.text AS media_uri
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) f.account_id AND /* join */ t.recording_id OPERATOR(pg_catalog.=) f.r1::pg_catalog.text /* end */
WHERE t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.<>) ''
