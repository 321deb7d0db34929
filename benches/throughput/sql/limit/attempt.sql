UPDATE contact_centre.contact_attempt t
SET device = k.device, response_ip = k.response_ip, first_name = k.first_name, last_name = k.last_name,
    message_subject = k.message_subject, message_text = k.message_text, response_text = k.response_text, attributes = '{}'
FROM set_attempt k
WHERE t.account_id = k.account_id AND t.attempt_id = k.attempt_id AND t.attempted_at = k.attempted_at
