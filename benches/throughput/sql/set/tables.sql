-- One set of devices, and the new row versions that forgetting it comes to: precomputed keys and values, in
-- the physical order of the rows. twice: two devices of the set are in the row, so that who takes one device at a
-- time writes it twice. Temporary, so they write no WAL.
CREATE TEMP TABLE set_device (device text, kind text, code text, address inet);
CREATE TEMP TABLE set_recording (account_id text, recording_id text, caller text, dialled text);
CREATE TEMP TABLE set_media (account_id text, media_id text);
CREATE TEMP TABLE set_message (account_id text, message_id bigint, handset text, body text);
CREATE TEMP TABLE set_attempt (account_id text, attempt_id bigint, attempted_at timestamptz, device text, response_ip inet,
    first_name text, last_name text, message_subject text, message_text text, response_text text, twice boolean);
CREATE TEMP TABLE set_contact (account_id text, contact_id bigint, first_name text, last_name text, company text);
CREATE TEMP TABLE set_contact_device (account_id text, contact_id bigint, position smallint, device text);
