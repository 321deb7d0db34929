UPDATE contact_centre.recording_media t
SET parameters = '{}'
FROM set_media k
WHERE t.account_id = k.account_id AND t.media_id = k.media_id
