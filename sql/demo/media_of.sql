-- Returns the media of recordings with one of the given phones.
-- $1 text: the enterprise's account; $2 text[]: the devices, canonical. Zero rows: there is no such recording.
-- The accounts of the enterprise, at any depth, to tell its rows from those of others.
WITH RECURSIVE own (account_id) AS (
    SELECT $1::pg_catalog.text
    UNION
    SELECT a.account_id
    FROM contact_centre.account a
    JOIN own ON own.account_id OPERATOR(pg_catalog.=) a.parent_id
)
SELECT m.media_uri, own.account_id IS NOT NULL AS is_own
FROM contact_centre.recording_media m
JOIN contact_centre.recording r ON r.account_id OPERATOR(pg_catalog.=) m.account_id AND r.recording_id OPERATOR(pg_catalog.=) m.recording_id
LEFT JOIN own ON own.account_id OPERATOR(pg_catalog.=) m.account_id
WHERE r.caller OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]) OR r.dialled OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])
ORDER BY m.media_uri
