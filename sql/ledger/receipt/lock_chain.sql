-- Locks the end of a drop's chain until the caller's transaction ends, so that two processes do not fork it. The first receipt of
-- a drop begins its chain.
-- $1 text: the drop. Always one row; head is NULL before the first receipt.
INSERT INTO lethe.receipt_chain AS c (drop_name) VALUES ($1)
ON CONFLICT (drop_name) DO UPDATE SET drop_name = excluded.drop_name
RETURNING chain_id::pg_catalog.text AS chain_id, number, head
