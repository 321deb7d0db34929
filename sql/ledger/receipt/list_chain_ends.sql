-- The end of every chain, of receipts and of certificates.
SELECT chain_id::text AS chain_id, number, head FROM lethe.receipt_chain WHERE number > 0
UNION ALL
SELECT chain_id::text, number, head FROM lethe.certificate_chain WHERE number > 0
ORDER BY 1
