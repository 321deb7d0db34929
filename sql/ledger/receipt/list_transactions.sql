-- Lists the transactions that wrote the responses of a submission. Each is the one that changed the data of its contacts, unless the
-- response was replaced later.
-- $1 bigint: the submission. Zero rows: no contact has a response.
SELECT DISTINCT xmin::pg_catalog.text::bigint AS transaction FROM lethe.contact WHERE submission_id OPERATOR(pg_catalog.=) $1 ORDER BY transaction
