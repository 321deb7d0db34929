-- The rows of each table.
SELECT 'contact' AS table_name, count(*) AS row_count FROM contact_centre.contact
UNION ALL SELECT 'contact_device', count(*) FROM contact_centre.contact_device
UNION ALL SELECT 'contact_attempt', count(*) FROM contact_centre.contact_attempt
UNION ALL SELECT 'sms_message', count(*) FROM contact_centre.sms_message
UNION ALL SELECT 'recording', count(*) FROM contact_centre.recording
UNION ALL SELECT 'recording_media', count(*) FROM contact_centre.recording_media
