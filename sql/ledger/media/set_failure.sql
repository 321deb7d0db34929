-- Records why a media object could not be deleted.
-- $1 bigint: the submission; $2 text: table; $3 text: row key as JSON; $4 text: the reason, without the name of the object.
-- Zero rows changed: this reason was recorded before, or the object is deleted.
UPDATE lethe.media SET failure = $4
WHERE submission_id OPERATOR(pg_catalog.=) $1 AND table_name OPERATOR(pg_catalog.=) $2 AND row_key OPERATOR(pg_catalog.=) $3::pg_catalog.text::pg_catalog.jsonb AND deleted_at IS NULL
  AND (failure OPERATOR(pg_catalog.=) $4) IS NOT TRUE
