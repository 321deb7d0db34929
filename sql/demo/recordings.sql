-- Adds the recordings of answered calls: one in seven, and all of the sample's consumers. One recording, of a consumer who is not
-- in the sample, is under legal hold.
INSERT INTO contact_centre.recording (recording_id, account_id, attempt_id, kind, caller, dialled, client_id, agent_id,
                                      started_at, legal_hold)
SELECT 'rec-' || lpad(a.attempt_id::text, 7, '0'), a.account_id, a.attempt_id,
       CASE WHEN a.attempt_id % 3 = 0 THEN 'client' ELSE 'script' END,
       CASE a.direction WHEN 'inbound' THEN a.device ELSE a.caller_id END,
       CASE a.direction WHEN 'inbound' THEN a.caller_id ELSE a.device END,
       a.client_id, 'agent-' || lpad((1 + a.attempt_id % 40)::text, 2, '0'), a.attempted_at + interval '20 seconds',
       a.attempt_id = min(a.attempt_id) FILTER (WHERE a.account_id = '30003748403') OVER ()
FROM contact_centre.contact_attempt a
WHERE a.channel = 'voice' AND a.disposition = 'Answered' AND (a.contact_id % 7 = 0 OR a.contact_id > 7000)
