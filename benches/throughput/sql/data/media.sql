-- Adds the media of the recordings. Without URIs: deleting files is not measured here, and no rival would do it.
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri, mime_type, duration_ms, parameters)
SELECT r.recording_id || '-1', r.recording_id, r.account_id, NULL, 'audio/wav', 4000,
       jsonb_build_object('said', 'yes, "go on"', 'codec', 'pcm')
FROM contact_centre.recording r
ORDER BY r.account_id, r.recording_id
