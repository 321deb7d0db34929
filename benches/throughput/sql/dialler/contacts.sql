-- Contacts of the set, at random.
SELECT account_id, contact_id FROM set_contact ORDER BY random() LIMIT 20000
