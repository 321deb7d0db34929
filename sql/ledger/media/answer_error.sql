-- Answers contacts whose media objects are not deleted with an error.
-- $1 bigint: the submission; $2 text: the response. Zero rows changed: all objects are deleted.
UPDATE lethe.contact c SET response = $2
WHERE c.submission_id OPERATOR(pg_catalog.=) $1
  AND (c.request, c.contact) OPERATOR(pg_catalog.=) ANY (
      SELECT m.request, m.contact FROM lethe.media m WHERE m.submission_id OPERATOR(pg_catalog.=) $1 AND m.deleted_at IS NULL)
