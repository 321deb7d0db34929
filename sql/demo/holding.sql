-- Counts the rows that hold one of the given devices, those of an enterprise and those of all others. It does not use Lethe's
-- catalogue and statements, so it verifies them independently. One row per table.
-- $1 text: the enterprise's account; $2 text[]: the devices, canonical. Zero rows: all tables are empty.
-- The accounts of the enterprise, at any depth, to tell its rows from those of others.
WITH RECURSIVE own (account_id) AS (
    SELECT $1::pg_catalog.text
    UNION
    SELECT a.account_id
    FROM contact_centre.account a
    JOIN own ON own.account_id OPERATOR(pg_catalog.=) a.parent_id
),
-- All rows in one form, with the devices that they hold, in lower case as they are compared.
data (rank, table_name, account_id, held) AS (
    SELECT 1, 'contact_device', t.account_id, ARRAY[pg_catalog.lower(t.device)] FROM contact_centre.contact_device t
    UNION ALL SELECT 2, 'contact_attempt', t.account_id, ARRAY[pg_catalog.lower(t.device), pg_catalog.host(t.response_ip)] FROM contact_centre.contact_attempt t
    UNION ALL SELECT 3, 'sms_message', t.account_id, ARRAY[t.handset] FROM contact_centre.sms_message t
    UNION ALL SELECT 4, 'recording', t.account_id, ARRAY[t.caller, t.dialled] FROM contact_centre.recording t
)
SELECT d.table_name,
       pg_catalog.count(*) FILTER (WHERE own.account_id IS NOT NULL AND d.held OPERATOR(pg_catalog.&&) $2::pg_catalog.text[]) AS own_rows,
       pg_catalog.count(*) FILTER (WHERE own.account_id IS NULL AND d.held OPERATOR(pg_catalog.&&) $2::pg_catalog.text[]) AS other_rows
FROM data d
LEFT JOIN own ON own.account_id OPERATOR(pg_catalog.=) d.account_id
GROUP BY d.rank, d.table_name
ORDER BY d.rank
