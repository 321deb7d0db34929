-- Adds one to three devices to each contact; each device belongs to one to three contacts, chosen at random.
-- Of every three contacts the first has one, the second two, the third three: six places; and the same of devices.
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device, device_type)
SELECT c.contact_id, p.position, bench.account(c.contact_id), bench.kind(d.d), bench.device(d.d),
       CASE bench.kind(d.d) WHEN 'phone' THEN 'mobile' WHEN 'email' THEN 'private' ELSE 'router' END
FROM (
    SELECT i, row_number() OVER (ORDER BY hashint8extended(i, 1)) - 1 AS place
    FROM generate_series(0, bench.setting('contacts') * 2 - 1) AS i
) AS s
CROSS JOIN LATERAL (SELECT s.place / 6 * 3 + (ARRAY[0, 1, 1, 2, 2, 2])[1 + s.place % 6] AS contact_id) AS c
CROSS JOIN LATERAL (SELECT (ARRAY[1, 1, 2, 1, 2, 3])[1 + s.place % 6]::smallint AS position) AS p
CROSS JOIN LATERAL (SELECT s.i / 6 * 3 + (ARRAY[0, 1, 1, 2, 2, 2])[1 + s.i % 6] AS d) AS d
ORDER BY s.place
