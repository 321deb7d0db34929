-- $1 text: the device; $2 text[]: the accounts; $3 text: the placeholder.
UPDATE contact_centre.contact_attempt
SET device = $3,
    first_name = CASE WHEN first_name <> '' THEN '[redacted]' ELSE first_name END,
    last_name = CASE WHEN last_name <> '' THEN '[redacted]' ELSE last_name END,
    message_subject = CASE WHEN message_subject <> '' THEN '[redacted]' ELSE message_subject END,
    message_text = CASE WHEN message_text <> '' THEN '[redacted]' ELSE message_text END,
    response_text = CASE WHEN response_text <> '' THEN '[redacted]' ELSE response_text END,
    attributes = '{}'
WHERE lower(device) = $1 AND account_id = ANY ($2::text[])
  AND (channel NOT IN ('sms', 'mms') OR short_code IS NULL OR short_code = '11111')
