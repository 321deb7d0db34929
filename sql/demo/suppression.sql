-- Adds suppression entries: of some of the people, and of a phone and a client ID of the sample's consumers.
INSERT INTO contact_centre.suppression_entry (account_id, kind, value, expires_on)
SELECT p.account_id, v.kind, v.value, CASE WHEN p.n % 4 = 0 THEN current_date + 90 END
FROM lethe_demo_person p
CROSS JOIN LATERAL (
    VALUES ('device', p.phone),
           ('client_id', p.client_id)
) AS v (kind, value)
WHERE p.n % 53 = CASE v.kind WHEN 'device' THEN 1 ELSE 26 END OR p.client_id = 'LH-104417'
ORDER BY p.n
