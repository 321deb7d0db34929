UPDATE contact_centre.recording t
SET caller = k.caller, dialled = k.dialled
FROM set_recording k
WHERE t.account_id = k.account_id AND t.recording_id = k.recording_id
