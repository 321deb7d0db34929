-- Returns which accounts within reach own or share the short codes that a submission names.
-- $1 text[]: the accounts; $2 text[]: the short codes. Zero rows: no account owns or shares any of them.
SELECT o./* owner short code */ short_code /* end */::pg_catalog.text AS short_code,
       o./* owner account */ account_id /* end */::pg_catalog.text AS account_id
FROM /* owners */ contact_centre.short_code_account /* end */ o
JOIN /* table */ contact_centre.short_code /* end */ s
  ON s./* short code */ short_code /* end */::pg_catalog.text OPERATOR(pg_catalog.=) o./* owner short code */ short_code /* end */::pg_catalog.text
WHERE o./* owner account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
  AND o./* owner short code */ short_code /* end */::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])
