-- $1 text: the device; $2 text[]: the accounts; $3 text: the placeholder.
UPDATE contact_centre.contact_device
SET device = $3
WHERE lower(device) = $1 AND account_id = ANY ($2::text[])
