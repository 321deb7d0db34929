-- Adds the media of the recordings: the call, and for every other script recording a second part.
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri, mime_type, duration_ms, parameters)
SELECT r.recording_id OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) part.number, r.recording_id, r.account_id,
       pg_catalog.to_char(r.started_at, 'YYYY-MM') OPERATOR(pg_catalog.||) '/' OPERATOR(pg_catalog.||) r.recording_id OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) part.number OPERATOR(pg_catalog.||) '.wav',
       'audio/wav', 4000 OPERATOR(pg_catalog.+) (a.attempt_id OPERATOR(pg_catalog.%) 240 OPERATOR(pg_catalog.*) 1000),
       pg_catalog.jsonb_build_object('said', 'I am ' OPERATOR(pg_catalog.||) coalesce(a.first_name, 'the customer') OPERATOR(pg_catalog.||) ', yes, "go on"', 'codec', 'pcm')
FROM contact_centre.recording r
JOIN contact_centre.contact_attempt a ON a.account_id OPERATOR(pg_catalog.=) r.account_id AND a.attempt_id OPERATOR(pg_catalog.=) r.attempt_id
CROSS JOIN LATERAL pg_catalog.generate_series(1, CASE WHEN r.kind OPERATOR(pg_catalog.=) 'script' AND r.attempt_id OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0 THEN 2 ELSE 1 END) AS part (number)
