-- The end of every chain.
SELECT chain_id::text AS chain_id, number, head FROM lethe.receipt_chain WHERE number > 0 ORDER BY drop_name
