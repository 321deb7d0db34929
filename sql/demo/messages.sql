-- Adds the SMS messages of the SMS attempts: what was sent (MT) and what was received (MO).
INSERT INTO contact_centre.sms_message (account_id, short_code, direction, handset, body, sent_at)
SELECT a.account_id, a.short_code, m.direction, a.device, m.body, a.attempted_at OPERATOR(pg_catalog.+) m.later
FROM contact_centre.contact_attempt a
CROSS JOIN LATERAL (
    VALUES ('MT', a.message_text, interval '0'),
           ('MO', a.response_text, interval '7 minutes')
) AS m (direction, body, later)
WHERE a.channel OPERATOR(pg_catalog.=) 'sms' AND m.body IS NOT NULL
ORDER BY a.attempted_at OPERATOR(pg_catalog.+) m.later, a.attempt_id
