-- Adds the recordings of calls with the called phones, in a random order.
INSERT INTO contact_centre.recording (recording_id, account_id, attempt_id, kind, caller, dialled, client_id, agent_id, started_at)
SELECT 'rec-' || lpad(s.r::text, 9, '0'), bench.account(s.r), s.r, CASE WHEN s.r % 3 = 0 THEN 'client' ELSE 'script' END,
       CASE WHEN s.r % 9 = 0 THEN p.phone ELSE '+12025550100' END,
       CASE WHEN s.r % 9 = 0 THEN '+12025550100' ELSE p.phone END,
       'C-' || s.r, 'agent-' || s.r % 40,
       now() - interval '360 days' + s.r * (interval '360 days' / bench.setting('recordings'))
FROM (
    SELECT i, row_number() OVER (ORDER BY hashint8extended(i, 5)) - 1 AS r
    FROM generate_series(0, bench.setting('recordings') - 1) AS i
) AS s
CROSS JOIN LATERAL (SELECT bench.device(bench.called_phone(s.i % bench.setting('called_phones'))) AS phone) AS p
ORDER BY s.r
