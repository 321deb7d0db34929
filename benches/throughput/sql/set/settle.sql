-- Reads the rows of the set through the indexes by which they are found. This prunes the rolled-back versions, so that the
-- next variant starts without them.
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*) FROM set_device d JOIN contact_centre.recording t ON t.caller = d.device WHERE t.kind <> '';
SELECT count(*) FROM set_device d JOIN contact_centre.recording t ON t.dialled = d.device WHERE t.kind <> '';
SELECT count(*) FROM set_device d JOIN contact_centre.sms_message t ON t.handset = d.device WHERE t.direction <> '';
SELECT count(*) FROM set_device d JOIN contact_centre.contact_attempt t ON lower(t.device) = d.device WHERE t.channel <> '';
SELECT count(*) FROM set_device d JOIN contact_centre.contact_attempt t ON host(t.response_ip) = d.device WHERE t.channel <> '';
SELECT count(*) FROM set_device d JOIN contact_centre.contact_device t ON lower(t.device) = d.device WHERE t.kind <> '';
SELECT count(*) FROM set_recording k JOIN contact_centre.recording t USING (account_id, recording_id) WHERE t.kind <> '';
SELECT count(*) FROM set_recording k JOIN contact_centre.recording_media t USING (account_id, recording_id) WHERE t.mime_type <> '';
SELECT count(*) FROM set_media k JOIN contact_centre.recording_media t USING (account_id, media_id) WHERE t.mime_type <> '';
SELECT count(*) FROM set_message k JOIN contact_centre.sms_message t USING (account_id, message_id) WHERE t.direction <> '';
SELECT count(*) FROM set_attempt k JOIN contact_centre.contact_attempt t USING (account_id, attempt_id, attempted_at) WHERE t.channel <> '';
SELECT count(*) FROM set_contact k JOIN contact_centre.contact t USING (account_id, contact_id) WHERE t.created_at IS NOT NULL;
SELECT count(*) FROM set_contact_device k JOIN contact_centre.contact_device t USING (account_id, contact_id, position) WHERE t.kind <> '';
RESET enable_seqscan;
RESET enable_hashjoin;
RESET enable_mergejoin
