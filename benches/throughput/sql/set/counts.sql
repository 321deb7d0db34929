-- The rows that forgetting the set changes, each counted once, and how many of them hold two of its devices. One row.
SELECT (SELECT count(*) FROM set_recording) + (SELECT count(*) FROM set_media) + (SELECT count(*) FROM set_message)
     + (SELECT count(*) FROM set_attempt) + (SELECT count(*) FROM set_contact) + (SELECT count(*) FROM set_contact_device) AS row_count,
       (SELECT count(*) FROM set_attempt WHERE twice) AS twice_count
