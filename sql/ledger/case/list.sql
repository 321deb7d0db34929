-- The cases that were opened, or one of them.
-- $1 text: the case, or NULL for all.
SELECT case_id, product, accounts, received_on, opened_at FROM lethe.care_case
WHERE $1::text IS NULL OR case_id = $1 ORDER BY opened_at DESC, case_id
