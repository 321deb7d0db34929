UPDATE contact_centre.sms_message t
SET handset = k.handset, body = k.body
FROM set_message k
WHERE t.account_id = k.account_id AND t.message_id = k.message_id
