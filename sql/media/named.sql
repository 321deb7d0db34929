-- The objects that stay, as a row names them which is not forgotten: one that stands in no outbox, of whatever account.
-- Whoever forgets commits the outbox before asking, so of two at once the later one sees the other's.
-- $1 text: the table as the outbox has it. Zero rows: none of these objects is anybody else's.
SELECT DISTINCT s.object
FROM lethe_media_spelling s
JOIN /* table */ contact_centre.recording_media /* end */ t ON t./* uri */ media_uri /* end */ = s.spelling
LEFT JOIN lethe.media m
  ON m.table_name = $1 AND m.deleted_at IS NULL
  AND m.row_key = jsonb_build_object(/* key pairs */ 'account_id', t.account_id, 'media_id', t.media_id /* end */)
WHERE m.submission_id IS NULL
