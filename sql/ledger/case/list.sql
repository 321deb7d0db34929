-- Lists the cases that were opened, newest first.
-- $1 text: the case, or NULL for all. Zero rows: none was opened.
SELECT case_id, product, accounts, received_on, opened_at FROM lethe.care_case
WHERE $1::pg_catalog.text IS NULL OR case_id OPERATOR(pg_catalog.=) $1 ORDER BY opened_at DESC, case_id
