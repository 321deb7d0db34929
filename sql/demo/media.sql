-- Adds the media of the recordings: the call, and for every other script recording a second part.
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri, mime_type, duration_ms, parameters)
SELECT r.recording_id || '-' || part.number, r.recording_id, r.account_id,
       to_char(r.started_at, 'YYYY-MM') || '/' || r.recording_id || '-' || part.number || '.wav',
       'audio/wav', 4000 + a.attempt_id % 240 * 1000,
       jsonb_build_object('said', 'I am ' || coalesce(a.first_name, 'the customer') || ', yes, "go on"', 'codec', 'pcm')
FROM contact_centre.recording r
JOIN contact_centre.contact_attempt a ON a.account_id = r.account_id AND a.attempt_id = r.attempt_id
CROSS JOIN LATERAL generate_series(1, CASE WHEN r.kind = 'script' AND r.attempt_id % 2 = 0 THEN 2 ELSE 1 END) AS part (number)
