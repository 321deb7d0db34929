-- Records why a media object could not be deleted.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as JSON; $4 text: the reason, without the name of the object.
-- Zero rows changed: this reason was recorded before, or the object is deleted.
UPDATE lethe.media SET failure = $4
WHERE submission_id = $1 AND table_name = $2 AND row_key = $3::text::jsonb AND deleted_at IS NULL
  AND failure IS DISTINCT FROM $4
