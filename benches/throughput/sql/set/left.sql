-- The rows in scope that still hold a device of the set, and the found records with something left to redact. One row.
SELECT (SELECT count(*) FROM set_device d JOIN contact_centre.recording t ON t.caller = d.device JOIN bench.scope s ON s.account_id = t.account_id)
     + (SELECT count(*) FROM set_device d JOIN contact_centre.recording t ON t.dialled = d.device JOIN bench.scope s ON s.account_id = t.account_id)
     + (SELECT count(*) FROM set_device d JOIN contact_centre.sms_message t ON t.handset = d.device JOIN bench.scope s ON s.account_id = t.account_id)
     + (SELECT count(*) FROM set_device d JOIN contact_centre.contact_attempt t ON lower(t.device) = d.device JOIN bench.scope s ON s.account_id = t.account_id)
     + (SELECT count(*) FROM set_device d JOIN contact_centre.contact_attempt t ON host(t.response_ip) = d.device JOIN bench.scope s ON s.account_id = t.account_id)
     + (SELECT count(*) FROM set_device d JOIN contact_centre.contact_device t ON lower(t.device) = d.device JOIN bench.scope s ON s.account_id = t.account_id)
         AS holding,
       (SELECT count(*) FROM set_media k JOIN contact_centre.recording_media t ON t.account_id = k.account_id AND t.media_id = k.media_id
        WHERE t.parameters <> '{}')
     + (SELECT count(*) FROM set_message k JOIN contact_centre.sms_message t ON t.account_id = k.account_id AND t.message_id = k.message_id
        WHERE t.body <> '[redacted]')
     + (SELECT count(*) FROM set_attempt k JOIN contact_centre.contact_attempt t
            ON t.account_id = k.account_id AND t.attempt_id = k.attempt_id AND t.attempted_at = k.attempted_at
        WHERE t.first_name <> '[redacted]' OR t.message_text <> '[redacted]' OR t.attributes <> '{}')
     + (SELECT count(*) FROM set_contact k JOIN contact_centre.contact t ON t.account_id = k.account_id AND t.contact_id = k.contact_id
        WHERE t.first_name <> '[redacted]' OR t.attributes <> '{}')
         AS unredacted
