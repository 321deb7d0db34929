-- Adds the recordings of answered calls: one in seven, and all of the sample's consumers. One recording, of a consumer who is not
-- in the sample, is under legal hold.
INSERT INTO contact_centre.recording (recording_id, account_id, attempt_id, kind, caller, dialled, client_id, agent_id,
                                      started_at, legal_hold)
SELECT 'rec-' OPERATOR(pg_catalog.||) pg_catalog.lpad(a.attempt_id::pg_catalog.text, 7, '0'), a.account_id, a.attempt_id,
       CASE WHEN a.attempt_id OPERATOR(pg_catalog.%) 3 OPERATOR(pg_catalog.=) 0 THEN 'client' ELSE 'script' END,
       CASE WHEN a.direction OPERATOR(pg_catalog.=) 'inbound' THEN a.device ELSE a.caller_id END,
       CASE WHEN a.direction OPERATOR(pg_catalog.=) 'inbound' THEN a.caller_id ELSE a.device END,
       a.client_id, 'agent-' OPERATOR(pg_catalog.||) pg_catalog.lpad((1 OPERATOR(pg_catalog.+) (a.attempt_id OPERATOR(pg_catalog.%) 40))::pg_catalog.text, 2, '0'), a.attempted_at OPERATOR(pg_catalog.+) interval '20 seconds',
       a.attempt_id OPERATOR(pg_catalog.=) pg_catalog.min(a.attempt_id) FILTER (WHERE a.account_id OPERATOR(pg_catalog.=) '30003748403') OVER ()
FROM contact_centre.contact_attempt a
WHERE a.channel OPERATOR(pg_catalog.=) 'voice' AND a.disposition OPERATOR(pg_catalog.=) 'Answered' AND (a.contact_id OPERATOR(pg_catalog.%) 7 OPERATOR(pg_catalog.=) 0 OR a.contact_id OPERATOR(pg_catalog.>) 7000)
