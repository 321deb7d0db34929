UPDATE contact_centre.contact t
SET first_name = k.first_name, last_name = k.last_name, company = k.company, attributes = '{}'
FROM set_contact k
WHERE t.account_id = k.account_id AND t.contact_id = k.contact_id
