-- $1 text: the device; $2 text[]: the accounts.
UPDATE contact_centre.contact t
SET first_name = CASE WHEN t.first_name <> '' THEN '[redacted]' ELSE t.first_name END,
    last_name = CASE WHEN t.last_name <> '' THEN '[redacted]' ELSE t.last_name END,
    company = CASE WHEN t.company <> '' THEN '[redacted]' ELSE t.company END,
    attributes = '{}'
FROM contact_centre.contact_device d
WHERE lower(d.device) = $1 AND d.account_id = ANY ($2::text[])
  AND t.account_id = d.account_id AND t.contact_id = d.contact_id
  AND (t.first_name NOT IN ('', '[redacted]') OR t.last_name NOT IN ('', '[redacted]')
       OR t.company NOT IN ('', '[redacted]') OR t.attributes <> '{}')
