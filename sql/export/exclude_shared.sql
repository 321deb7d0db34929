-- Removes records on shared short codes from the found rows: they are never exported (contract section 4). Zero rows: none is on
-- a shared short code.
DELETE FROM /* found */ pg_temp.lethe_found_0 /* end */ f
USING /* table */ contact_centre.sms_message /* end */ t, /* short codes */ contact_centre.short_code /* end */ s
WHERE t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) f.account_id
  AND /* join */ t.message_id OPERATOR(pg_catalog.=) f.k1 /* end */
  AND s./* code */ short_code /* end */::pg_catalog.text OPERATOR(pg_catalog.=) t./* short code */ short_code /* end */::pg_catalog.text
  AND s./* kind */ kind /* end */::pg_catalog.text OPERATOR(pg_catalog.=) /* shared */ 'shared' /* end */
