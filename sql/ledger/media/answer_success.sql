-- Answers contacts with success if an interrupted run gave them the error and their media objects are deleted now.
-- $1 bigint: the submission; $2 text: the error; $3 text: the success. Zero rows changed: there is no such contact.
UPDATE lethe.contact c SET response = $3
WHERE c.submission_id OPERATOR(pg_catalog.=) $1 AND c.response OPERATOR(pg_catalog.=) $2
  AND NOT (c.request, c.contact) OPERATOR(pg_catalog.=) ANY (
      SELECT m.request, m.contact FROM lethe.media m WHERE m.submission_id OPERATOR(pg_catalog.=) $1 AND m.deleted_at IS NULL)
