-- Adds the attempts of twelve months, in the order of time: 5 to 20 for each called device (of sixteen devices the
-- first has 5, the last 20: 200 attempts), in a random order. One of twenty has the address that answered.
INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, list_id, contact_id, client_id,
    first_name, last_name, channel, direction, device, short_code, caller_id, disposition, message_subject,
    message_text, response_text, response_ip, attributes)
SELECT s.a, now() - interval '360 days' + s.a * (interval '360 days' / bench.setting('attempts')),
       bench.account(s.a), 1, s.a % bench.setting('contacts'), 'C-' || s.a % bench.setting('contacts'),
       bench.first_name(s.a), bench.last_name(s.a), c.channel,
       CASE WHEN s.a % 9 = 0 THEN 'inbound' ELSE 'outbound' END,
       bench.device(d.d),
       CASE WHEN c.channel = 'sms' AND s.a % 2 = 0 THEN CASE bench.account(s.a) WHEN '990000000002' THEN '44444' ELSE '11111' END END,
       '+12025550100', (ARRAY['Answered', 'Busy', 'No Answer', 'Delivered'])[1 + s.a % 4],
       CASE WHEN c.channel = 'email' THEN 'Your appointment' END,
       CASE WHEN c.channel <> 'voice' THEN 'Dear ' || bench.first_name(s.a) || ', your appointment is on day ' || s.a % 28 END,
       CASE WHEN c.channel <> 'voice' AND s.a % 3 = 0 THEN 'Yes, thank you' END,
       CASE WHEN s.a % 20 = 0 THEN bench.address((hashint8extended(s.a, 2) & 1099511627775) % (bench.setting('contacts') / 20) * 20 + 19) END,
       jsonb_build_object('campaign', 'K' || s.a % 5, 'agent', s.a % 40)
FROM (
    SELECT i, row_number() OVER (ORDER BY hashint8extended(i, 3)) - 1 AS a
    FROM generate_series(0, bench.setting('attempts') - 1) AS i
) AS s
CROSS JOIN LATERAL (SELECT bench.called(s.i / 200 * 16 + floor((sqrt(81 + 8 * (s.i % 200)) - 9) / 2)::bigint) AS d) AS d
CROSS JOIN LATERAL (
    SELECT CASE WHEN bench.kind(d.d) = 'email' THEN 'email' WHEN s.a % 3 = 0 THEN 'sms' ELSE 'voice' END AS channel
) AS c
ORDER BY s.a
