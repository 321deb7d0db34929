-- Lists the ends of all chains that are not empty, of receipts and of certificates.
-- Zero rows: no receipt and no certificate was made.
SELECT chain_id::pg_catalog.text AS chain_id, number, head FROM lethe.receipt_chain WHERE number OPERATOR(pg_catalog.>) 0
UNION ALL
SELECT chain_id::pg_catalog.text, number, head FROM lethe.certificate_chain WHERE number OPERATOR(pg_catalog.>) 0
ORDER BY 1
