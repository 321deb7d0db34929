-- The rows that forgetting the set changes, each counted once. One row.
SELECT (SELECT count(*) FROM set_recording) + (SELECT count(*) FROM set_media) + (SELECT count(*) FROM set_message)
     + (SELECT count(*) FROM set_attempt) + (SELECT count(*) FROM set_contact) + (SELECT count(*) FROM set_contact_device) AS row_count
