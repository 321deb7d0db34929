-- Adds a certificate at the end of its chain, which the caller's transaction has locked. Zero rows changed: there is no such chain.
-- $1 bigint: the submission; $2 int: which of its certificates; $3 text: the chain; $4 bigint: the number in it; $5 text: the level
-- at which all is completed, or NULL; $6 text: its content; $7 text: the page; $8 text: the operator's copy; $9 bytea: SHA-256 of
-- the content. It is made now.
-- The certificate and the end of its chain change in one statement: neither exists without the other.
WITH added AS (
    INSERT INTO lethe.certificate (submission_id, ordinal, chain_id, number, level, content, page, operator_copy, made_at)
    VALUES ($1, $2, $3::pg_catalog.text::pg_catalog.uuid, $4, $5::pg_catalog.text::numeric, $6, $7, $8, pg_catalog.clock_timestamp())
)
UPDATE lethe.certificate_chain SET number = $4, head = $9 WHERE chain_id OPERATOR(pg_catalog.=) $3::pg_catalog.text::pg_catalog.uuid
