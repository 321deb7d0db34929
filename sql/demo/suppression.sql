-- Adds suppression entries: of some of the people, and of a phone and a client ID of the sample's consumers.
INSERT INTO contact_centre.suppression_entry (account_id, kind, value, expires_on)
SELECT p.account_id, v.kind, v.value, CASE WHEN p.n OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.=) 0 THEN current_date OPERATOR(pg_catalog.+) 90 END
FROM pg_temp.lethe_demo_person p
CROSS JOIN LATERAL (
    VALUES ('device', p.phone),
           ('client_id', p.client_id)
) AS v (kind, value)
WHERE p.n OPERATOR(pg_catalog.%) 53 OPERATOR(pg_catalog.=) CASE WHEN v.kind OPERATOR(pg_catalog.=) 'device' THEN 1 ELSE 26 END OR p.client_id OPERATOR(pg_catalog.=) 'LH-104417'
ORDER BY p.n
