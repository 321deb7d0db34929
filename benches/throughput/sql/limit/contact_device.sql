UPDATE contact_centre.contact_device t
SET device = k.device
FROM set_contact_device k
WHERE t.account_id = k.account_id AND t.contact_id = k.contact_id AND t.position = k.position
