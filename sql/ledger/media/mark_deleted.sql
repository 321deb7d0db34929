-- A media object is gone, or stays for others: its row names it no more.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as json; $4 timestamptz: now.
UPDATE lethe.media SET deleted_at = $4, failure = NULL, object_digest = NULL
WHERE submission_id = $1 AND table_name = $2 AND row_key = $3::text::jsonb AND deleted_at IS NULL
