-- Records that a media row no longer names its object: the object is deleted, or is left because other rows name it.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as JSON; $4 timestamptz: now. Zero rows changed: it was recorded before.
UPDATE lethe.media SET deleted_at = $4, failure = NULL, object_digest = NULL
WHERE submission_id OPERATOR(pg_catalog.=) $1 AND table_name OPERATOR(pg_catalog.=) $2 AND row_key OPERATOR(pg_catalog.=) $3::pg_catalog.text::pg_catalog.jsonb AND deleted_at IS NULL
