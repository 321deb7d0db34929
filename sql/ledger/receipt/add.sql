-- Adds a receipt at the end of its chain, which the caller's transaction has locked. Zero rows changed: there is no such chain.
-- $1 bigint: the submission; $2 text: the chain; $3 bigint: the receipt's number; $4 text: its content; $5 text: the
-- operator's copy; $6 bigint: contacts in a log; $7 bytea: SHA-256 of the content; $8 timestamptz: now.
-- The receipt and the end of its chain change in one statement: neither exists without the other.
WITH added AS (
    INSERT INTO lethe.receipt (submission_id, chain_id, number, content, operator_copy, contacts_per_log, made_at)
    VALUES ($1, $2::pg_catalog.text::pg_catalog.uuid, $3, $4, $5, $6, $8)
)
UPDATE lethe.receipt_chain SET number = $3, head = $7 WHERE chain_id OPERATOR(pg_catalog.=) $2::pg_catalog.text::pg_catalog.uuid
