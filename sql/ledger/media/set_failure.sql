-- A media object could not be deleted.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as json; $4 text: the reason, without the object's name.
UPDATE lethe.media SET failure = $4
WHERE submission_id = $1 AND table_name = $2 AND row_key = $3::text::jsonb AND deleted_at IS NULL
  AND failure IS DISTINCT FROM $4
