-- Counts the rows of each table, those of an enterprise and those of all others, with a digest of the others' rows that shows
-- whether any of them changed. One row per table.
-- $1 text: the enterprise's account. Zero rows: all tables are empty.
-- The accounts of the enterprise, at any depth, to tell its rows from those of others.
WITH RECURSIVE own (account_id) AS (
    SELECT $1::pg_catalog.text
    UNION
    SELECT a.account_id
    FROM contact_centre.account a
    JOIN own ON own.account_id OPERATOR(pg_catalog.=) a.parent_id
),
-- All rows of all tables in one form, as text for the digest; rank is the order of the result.
data (rank, table_name, account_id, content) AS (
    SELECT 1, 'account', t.account_id, t::pg_catalog.text FROM contact_centre.account t
    UNION ALL SELECT 2, 'contact_list', t.account_id, t::pg_catalog.text FROM contact_centre.contact_list t
    UNION ALL SELECT 3, 'contact', t.account_id, t::pg_catalog.text FROM contact_centre.contact t
    UNION ALL SELECT 4, 'contact_device', t.account_id, t::pg_catalog.text FROM contact_centre.contact_device t
    UNION ALL SELECT 5, 'contact_attempt', t.account_id, t::pg_catalog.text FROM contact_centre.contact_attempt t
    UNION ALL SELECT 6, 'sms_message', t.account_id, t::pg_catalog.text FROM contact_centre.sms_message t
    UNION ALL SELECT 7, 'recording', t.account_id, t::pg_catalog.text FROM contact_centre.recording t
    UNION ALL SELECT 8, 'recording_media', t.account_id, t::pg_catalog.text FROM contact_centre.recording_media t
    UNION ALL SELECT 9, 'suppression_entry', t.account_id, t::pg_catalog.text FROM contact_centre.suppression_entry t
)
SELECT d.table_name,
       pg_catalog.count(own.account_id) AS own_rows,
       pg_catalog.count(*) OPERATOR(pg_catalog.-) pg_catalog.count(own.account_id) AS other_rows,
       pg_catalog.md5(coalesce(pg_catalog.string_agg(d.content, E'\n' ORDER BY d.content) FILTER (WHERE own.account_id IS NULL), '')) AS other_digest
FROM data d
LEFT JOIN own ON own.account_id OPERATOR(pg_catalog.=) d.account_id
GROUP BY d.rank, d.table_name
ORDER BY d.rank
