-- Contacts that an interrupted run answered with the error, and whose media objects are gone now, get their success.
-- $1 bigint: the submission; $2 text: the error; $3 text: the success.
UPDATE lethe.contact c SET response = $3
WHERE c.submission_id = $1 AND c.response = $2
  AND (c.request, c.contact) NOT IN (
      SELECT m.request, m.contact FROM lethe.media m WHERE m.submission_id = $1 AND m.deleted_at IS NULL)
