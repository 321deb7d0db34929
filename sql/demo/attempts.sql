-- Adds the attempts of the past year, a few for each person, over voice, SMS, MMS and email; most are outbound.
INSERT INTO contact_centre.contact_attempt (attempted_at, account_id, list_id, contact_id, client_id, first_name, last_name,
    channel, direction, device, short_code, caller_id, disposition, message_subject, message_text, response_text, response_ip,
    attributes)
-- Each attempt with its channel, outcome and time, on which the other columns depend.
WITH planned AS (
    SELECT p.*, k,
           CASE
               WHEN (p.n + k) % 9 IN (2, 5) THEN CASE WHEN (p.n + k) % 54 = 5 THEN 'mms' ELSE 'sms' END
               WHEN (p.n + k) % 9 IN (0, 7) AND p.email IS NOT NULL THEN 'email'
               ELSE 'voice'
           END AS channel,
           (p.n * 5 + k * 3) % 8 AS outcome,
           -- Somewhere in the last 363 days, never in the future.
           now() - make_interval(secs => 3600 + (p.n * 7368787::bigint + k * 2750159::bigint) % 31363200) AS attempted_at
    FROM lethe_demo_person p
    CROSS JOIN LATERAL generate_series(1, p.attempts) AS k
)
SELECT a.attempted_at, a.account_id, a.list_id, a.n, a.client_id, a.first_name, a.last_name, a.channel,
       CASE WHEN a.outcome = 7 THEN 'inbound' ELSE 'outbound' END,
       CASE
           WHEN a.channel = 'email' THEN CASE WHEN k % 4 = 0 THEN upper(a.email) ELSE a.email END
           WHEN a.channel = 'voice' AND k % 2 = 0 THEN coalesce(a.phone2, a.phone)
           ELSE a.phone
       END,
       -- One in four is sent from a long number.
       CASE WHEN a.channel IN ('sms', 'mms') AND k % 4 <> 3 THEN
           CASE WHEN k % 2 = 0 THEN '22222'
                WHEN a.account_id LIKE '4%' THEN '44444'
                WHEN a.account_id = '30003748403' AND a.n % 2 = 0 THEN '33333'
                ELSE '11111' END
       END,
       CASE WHEN a.channel = 'email' THEN 'service@example.com' ELSE '+1800555019' || a.list_id / 2 % 10 END,
       CASE a.channel
           WHEN 'voice' THEN (ARRAY['Answered', 'No answer', 'Answered', 'Voicemail', 'Busy', 'Callback requested', 'Refused', 'Answered'])[1 + a.outcome]
           WHEN 'email' THEN (ARRAY['Delivered', 'Opened', 'Clicked', 'Bounced', 'Opened', 'Delivered', 'Clicked', 'Received'])[1 + a.outcome]
           ELSE (ARRAY['Delivered', 'Delivered', 'Replied', 'Undeliverable', 'Delivered', 'Replied', 'Opted out', 'Received'])[1 + a.outcome]
       END,
       CASE WHEN a.channel = 'email' THEN
           (ARRAY['Your renewal, ' || a.first_name, 'How was "your" technician?', 'Счёт за услуги', 'Appointment confirmed'])[1 + k % 4] END,
       CASE
           WHEN a.channel = 'email' THEN
               'Dear ' || a.first_name || ' ' || a.last_name || E',\n\nyour contract ends soon; "as agreed", we call you first.\n\nKind regards'
           WHEN a.channel <> 'voice' AND a.outcome <> 7 THEN
               (ARRAY['Hi ' || a.first_name || ', your technician comes between 8:00 and 10:00, reply STOP to opt out',
                      'Your bill is ready, ' || a.first_name || ': "see it online"',
                      a.first_name || E'様\nご予約を承りました。'])[1 + k % 3]
       END,
       CASE
           WHEN a.channel IN ('sms', 'mms') AND a.outcome IN (2, 5, 6, 7) THEN
               (ARRAY['Yes, that works, thanks. ' || a.first_name, E'STOP\nplease', 'who is this? "' || a.last_name || '" moved out'])[1 + k % 3]
           WHEN a.channel = 'email' AND a.outcome IN (1, 2, 4, 6, 7) THEN 'Thank you, please call ' || a.phone || ' after six.'
       END,
       CASE WHEN a.channel = 'email' AND (a.outcome IN (1, 2, 4, 6, 7) OR a.n > 7000) THEN
           a.response_ips[1 + k % cardinality(a.response_ips)] END,
       CASE WHEN k % 3 = 0 THEN jsonb_build_object('campaign', 'renewals', 'agent note', 'asked for ' || a.last_name || ', "again"')
            ELSE '{}'::jsonb END
FROM planned a
ORDER BY a.attempted_at, a.n, k
