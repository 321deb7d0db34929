-- The media rows of these recordings with something to redact.
INSERT INTO set_media (account_id, media_id)
SELECT t.account_id, t.media_id
FROM set_recording r
JOIN contact_centre.recording_media t ON t.account_id = r.account_id AND t.recording_id = r.recording_id
WHERE t.parameters <> '{}'
ORDER BY t.ctid
