-- Adds the SMS messages, to and from the called phones in a random order.
INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, direction, handset, body, sent_at)
SELECT s.m, bench.account(s.m),
       CASE WHEN s.m % 2 = 0 THEN CASE bench.account(s.m) WHEN '990000000002' THEN '44444' ELSE '11111' END END,
       CASE WHEN s.m % 4 = 0 THEN 'MO' ELSE 'MT' END,
       bench.device(bench.called_phone(s.i % bench.setting('called_phones'))),
       'Dear ' || bench.first_name(s.m) || ', your parcel no. ' || s.m || ' arrives tomorrow',
       now() - interval '360 days' + s.m * (interval '360 days' / bench.setting('contacts'))
FROM (
    SELECT i, row_number() OVER (ORDER BY hashint8extended(i, 4)) - 1 AS m
    FROM generate_series(0, bench.setting('contacts') - 1) AS i
) AS s
ORDER BY s.m
