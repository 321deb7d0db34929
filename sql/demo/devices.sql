-- Adds the devices of each person, one to four, in the order in which they are tried.
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device, device_type)
SELECT p.n, pg_catalog.row_number() OVER (PARTITION BY p.n ORDER BY d.rank), p.account_id, d.kind, d.device, d.device_type
FROM pg_temp.lethe_demo_person p
CROSS JOIN LATERAL (
    VALUES (1, 'phone',  p.phone,  'mobile'),
           (2, 'phone',  p.phone2, 'home'),
           (3, 'email',  p.email,  'private'),
           (4, 'ipaddr', p.ipaddr, 'router')
) AS d (rank, kind, device, device_type)
WHERE d.device IS NOT NULL
ORDER BY p.n, d.rank
