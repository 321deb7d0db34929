-- The places in contacts that hold a device of the set.
INSERT INTO set_contact_device (account_id, contact_id, position, device)
SELECT t.account_id, t.contact_id, t.position, d.code
FROM set_device d
JOIN contact_centre.contact_device t ON lower(t.device) = d.device
JOIN bench.scope s ON s.account_id = t.account_id
ORDER BY t.ctid
