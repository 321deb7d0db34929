-- The messages that hold a device of the set.
INSERT INTO set_message (account_id, message_id, handset, body)
SELECT t.account_id, t.message_id, d.code, CASE WHEN t.body <> '' THEN '[redacted]' ELSE t.body END
FROM set_device d
JOIN contact_centre.sms_message t ON t.handset = d.device
JOIN bench.scope s ON s.account_id = t.account_id
WHERE t.short_code IS NULL OR t.short_code = '11111'
ORDER BY t.ctid
