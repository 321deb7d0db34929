-- Records that a media row no longer names its object: the object is deleted, or is left because other rows name it.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as JSON; $4 timestamptz: now. Zero rows changed: it was recorded before.
UPDATE lethe.media SET deleted_at = $4, failure = NULL, object_digest = NULL
WHERE submission_id = $1 AND table_name = $2 AND row_key = $3::text::jsonb AND deleted_at IS NULL
