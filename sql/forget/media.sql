-- Returns the media rows of records that contain each target's device, for the outbox. Zero rows: they have no media.
SELECT DISTINCT f.target,
       jsonb_build_object(/* key pairs */ 'account_id', t.account_id, 'media_id', t.media_id /* end */)::text AS row_key,
       t./* uri */ media_uri /* end */::text AS media_uri
FROM /* found */ lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON t./* account */ account_id /* end */ = f.account_id AND /* join */ t.recording_id = f.r1::text /* end */
WHERE t./* uri */ media_uri /* end */ <> ''
