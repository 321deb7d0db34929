-- Returns the staged objects that must be kept, because a row refers to them that is not being forgotten: one without a pending entry
-- in the ledger that identifies its object, or one whose record is under legal hold, in any account. A FORGET commits its entries before it
-- asks, so of two concurrent FORGETs the later sees the other's.
-- $1 text: the table as named in the ledger. Zero rows: no object has another row.
SELECT DISTINCT s.object
FROM pg_temp.lethe_media_spelling s
JOIN /* table */ contact_centre.recording_media /* end */ t ON t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.=) s.spelling
LEFT JOIN lethe.media m
  ON m.table_name OPERATOR(pg_catalog.=) $1 AND m.deleted_at IS NULL AND m.object_digest IS NOT NULL
  AND m.row_key OPERATOR(pg_catalog.=) pg_catalog.jsonb_build_object(/* key pairs */ 'account_id', t.account_id, 'media_id', t.media_id /* end */)
WHERE m.submission_id IS NULL
   OR /* held */ EXISTS (SELECT FROM contact_centre.recording h WHERE h.account_id OPERATOR(pg_catalog.=) t.account_id AND h.recording_id OPERATOR(pg_catalog.=) t.recording_id AND h.legal_hold) /* end */
