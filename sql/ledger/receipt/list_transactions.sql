-- The transactions that wrote the answers of a submission; each is the one that changed the data of its contacts, unless the
-- answer was corrected afterwards.
-- $1 bigint: the submission.
SELECT DISTINCT xmin::text::bigint AS transaction FROM lethe.contact WHERE submission_id = $1 ORDER BY transaction
