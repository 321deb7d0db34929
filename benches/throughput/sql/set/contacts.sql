-- The contacts of these places with something to redact.
INSERT INTO set_contact (account_id, contact_id, first_name, last_name, company)
SELECT t.account_id, t.contact_id,
       CASE WHEN t.first_name <> '' THEN '[redacted]' ELSE t.first_name END,
       CASE WHEN t.last_name <> '' THEN '[redacted]' ELSE t.last_name END,
       CASE WHEN t.company <> '' THEN '[redacted]' ELSE t.company END
FROM (SELECT DISTINCT account_id, contact_id FROM set_contact_device) AS c
JOIN contact_centre.contact t ON t.account_id = c.account_id AND t.contact_id = c.contact_id
WHERE t.first_name NOT IN ('', '[redacted]') OR t.last_name NOT IN ('', '[redacted]')
   OR t.company NOT IN ('', '[redacted]') OR t.attributes <> '{}'
ORDER BY t.ctid
