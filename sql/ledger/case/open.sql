-- Opens a case. If it is open, adds accounts to it.
-- $1 text: case; $2 text: product; $3 text[]: accounts; $4 date: when the consumer asked, or NULL; $5 timestamptz: now.
-- Zero rows changed: the case was opened for another product.
INSERT INTO lethe.care_case AS c (case_id, product, accounts, received_on, opened_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id) DO UPDATE
SET accounts = c.accounts OPERATOR(pg_catalog.||) ARRAY(SELECT a FROM pg_catalog.unnest(excluded.accounts) AS a WHERE a OPERATOR(pg_catalog.<>) ALL (c.accounts)),
    received_on = coalesce(excluded.received_on, c.received_on)
WHERE c.product OPERATOR(pg_catalog.=) excluded.product
