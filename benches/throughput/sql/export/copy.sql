SET timezone = 'UTC';
\copy (SELECT t.* FROM bench.export_message k JOIN contact_centre.sms_message t ON t.account_id = k.account_id AND t.message_id = k.message_id) TO STDOUT WITH (FORMAT csv, HEADER true)
\copy (SELECT t.* FROM bench.export_attempt k JOIN contact_centre.contact_attempt t ON t.account_id = k.account_id AND t.attempt_id = k.attempt_id AND t.attempted_at = k.attempted_at) TO STDOUT WITH (FORMAT csv, HEADER true)
\copy (SELECT t.* FROM bench.export_contact k JOIN contact_centre.contact t ON t.account_id = k.account_id AND t.contact_id = k.contact_id) TO STDOUT WITH (FORMAT csv, HEADER true)
\copy (SELECT t.* FROM bench.export_contact k JOIN contact_centre.contact_device t ON t.account_id = k.account_id AND t.contact_id = k.contact_id) TO STDOUT WITH (FORMAT csv, HEADER true)
