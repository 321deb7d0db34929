-- Lists the responses of a submission, in the order of its contacts.
-- $1 bigint: the submission. Zero rows: no contact has a response, or it was purged.
SELECT request, contact, response FROM lethe.contact WHERE submission_id OPERATOR(pg_catalog.=) $1 ORDER BY request, contact
