-- Adds attempts with long messages, 5,000 to a phone: few contacts whose archive is large. The messages repeat
-- themselves, so that the table stays small.
-- $1 bigint: how many.
INSERT INTO contact_centre.contact_attempt (account_id, attempted_at, channel, direction, device, disposition, message_text)
SELECT '990000000001', now() - n * interval '1 second', 'voice', 'outbound', '+999888' || lpad((n / 5000)::text, 6, '0'), 'Answered',
       repeat(md5(n::text) || ' was said, ', 90)
FROM generate_series(0, $1::bigint - 1) AS n
