-- $1 text: the device; $2 text[]: the accounts; $3 text: the placeholder.
UPDATE contact_centre.sms_message
SET handset = $3, body = CASE WHEN body <> '' THEN '[redacted]' ELSE body END
WHERE handset = $1 AND account_id = ANY ($2::text[]) AND (short_code IS NULL OR short_code = '11111')
