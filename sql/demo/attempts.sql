-- Adds the attempts of the past year, a few for each person, over voice, SMS, MMS and email; most are outbound.
INSERT INTO contact_centre.contact_attempt (attempted_at, account_id, list_id, contact_id, client_id, first_name, last_name,
    channel, direction, device, short_code, caller_id, disposition, message_subject, message_text, response_text, response_ip,
    attributes)
-- Each attempt with its channel, outcome and time, on which the other columns depend.
WITH planned AS (
    SELECT p.*, k,
           CASE
               WHEN (p.n OPERATOR(pg_catalog.+) k) OPERATOR(pg_catalog.%) 9 OPERATOR(pg_catalog.=) ANY (ARRAY[2, 5]) THEN CASE WHEN (p.n OPERATOR(pg_catalog.+) k) OPERATOR(pg_catalog.%) 54 OPERATOR(pg_catalog.=) 5 THEN 'mms' ELSE 'sms' END
               WHEN (p.n OPERATOR(pg_catalog.+) k) OPERATOR(pg_catalog.%) 9 OPERATOR(pg_catalog.=) ANY (ARRAY[0, 7]) AND p.email IS NOT NULL THEN 'email'
               ELSE 'voice'
           END AS channel,
           (p.n OPERATOR(pg_catalog.*) 5 OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.*) 3)) OPERATOR(pg_catalog.%) 8 AS outcome,
           -- Somewhere in the last 363 days, never in the future.
           pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs => 3600 OPERATOR(pg_catalog.+) ((p.n OPERATOR(pg_catalog.*) 7368787::bigint OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.*) 2750159::bigint)) OPERATOR(pg_catalog.%) 31363200)) AS attempted_at
    FROM pg_temp.lethe_demo_person p
    CROSS JOIN LATERAL pg_catalog.generate_series(1, p.attempts) AS k
)
SELECT a.attempted_at, a.account_id, a.list_id, a.n, a.client_id, a.first_name, a.last_name, a.channel,
       CASE WHEN a.outcome OPERATOR(pg_catalog.=) 7 THEN 'inbound' ELSE 'outbound' END,
       CASE
           WHEN a.channel OPERATOR(pg_catalog.=) 'email' THEN CASE WHEN k OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.=) 0 THEN pg_catalog.upper(a.email) ELSE a.email END
           WHEN a.channel OPERATOR(pg_catalog.=) 'voice' AND k OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0 THEN coalesce(a.phone2, a.phone)
           ELSE a.phone
       END,
       -- One in four is sent from a long number.
       CASE WHEN a.channel OPERATOR(pg_catalog.=) ANY ('{sms,mms}') AND k OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.<>) 3 THEN
           CASE WHEN k OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0 THEN '22222'
                WHEN a.account_id OPERATOR(pg_catalog.~~) '4%' THEN '44444'
                WHEN a.account_id OPERATOR(pg_catalog.=) '30003748403' AND a.n OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0 THEN '33333'
                ELSE '11111' END
       END,
       CASE WHEN a.channel OPERATOR(pg_catalog.=) 'email' THEN 'service@example.com' ELSE '+1800555019' OPERATOR(pg_catalog.||) (a.list_id OPERATOR(pg_catalog./) 2 OPERATOR(pg_catalog.%) 10) END,
       CASE
           WHEN a.channel OPERATOR(pg_catalog.=) 'voice' THEN (ARRAY['Answered', 'No answer', 'Answered', 'Voicemail', 'Busy', 'Callback requested', 'Refused', 'Answered'])[1 OPERATOR(pg_catalog.+) a.outcome]
           WHEN a.channel OPERATOR(pg_catalog.=) 'email' THEN (ARRAY['Delivered', 'Opened', 'Clicked', 'Bounced', 'Opened', 'Delivered', 'Clicked', 'Received'])[1 OPERATOR(pg_catalog.+) a.outcome]
           ELSE (ARRAY['Delivered', 'Delivered', 'Replied', 'Undeliverable', 'Delivered', 'Replied', 'Opted out', 'Received'])[1 OPERATOR(pg_catalog.+) a.outcome]
       END,
       CASE WHEN a.channel OPERATOR(pg_catalog.=) 'email' THEN
           (ARRAY['Your renewal, ' OPERATOR(pg_catalog.||) a.first_name, 'How was "your" technician?', 'Счёт за услуги', 'Appointment confirmed'])[1 OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.%) 4)] END,
       CASE
           WHEN a.channel OPERATOR(pg_catalog.=) 'email' THEN
               'Dear ' OPERATOR(pg_catalog.||) a.first_name OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) a.last_name OPERATOR(pg_catalog.||) E',\n\nyour contract ends soon; "as agreed", we call you first.\n\nKind regards'
           WHEN a.channel OPERATOR(pg_catalog.<>) 'voice' AND a.outcome OPERATOR(pg_catalog.<>) 7 THEN
               (ARRAY['Hi ' OPERATOR(pg_catalog.||) a.first_name OPERATOR(pg_catalog.||) ', your technician comes between 8:00 and 10:00, reply STOP to opt out',
                      'Your bill is ready, ' OPERATOR(pg_catalog.||) a.first_name OPERATOR(pg_catalog.||) ': "see it online"',
                      a.first_name OPERATOR(pg_catalog.||) E'様\nご予約を承りました。'])[1 OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.%) 3)]
       END,
       CASE
           WHEN a.channel OPERATOR(pg_catalog.=) ANY ('{sms,mms}') AND a.outcome OPERATOR(pg_catalog.=) ANY (ARRAY[2, 5, 6, 7]) THEN
               (ARRAY['Yes, that works, thanks. ' OPERATOR(pg_catalog.||) a.first_name, E'STOP\nplease', 'who is this? "' OPERATOR(pg_catalog.||) a.last_name OPERATOR(pg_catalog.||) '" moved out'])[1 OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.%) 3)]
           WHEN a.channel OPERATOR(pg_catalog.=) 'email' AND a.outcome OPERATOR(pg_catalog.=) ANY (ARRAY[1, 2, 4, 6, 7]) THEN 'Thank you, please call ' OPERATOR(pg_catalog.||) a.phone OPERATOR(pg_catalog.||) ' after six.'
       END,
       CASE WHEN a.channel OPERATOR(pg_catalog.=) 'email' AND (a.outcome OPERATOR(pg_catalog.=) ANY (ARRAY[1, 2, 4, 6, 7]) OR a.n OPERATOR(pg_catalog.>) 7000) THEN
           a.response_ips[1 OPERATOR(pg_catalog.+) (k OPERATOR(pg_catalog.%) pg_catalog.cardinality(a.response_ips))] END,
       CASE WHEN k OPERATOR(pg_catalog.%) 3 OPERATOR(pg_catalog.=) 0 THEN pg_catalog.jsonb_build_object('campaign', 'renewals', 'agent note', 'asked for ' OPERATOR(pg_catalog.||) a.last_name OPERATOR(pg_catalog.||) ', "again"')
            ELSE '{}'::pg_catalog.jsonb END
FROM planned a
ORDER BY a.attempted_at, a.n, k
