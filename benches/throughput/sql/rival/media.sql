-- $1 text: the device; $2 text[]: the accounts.
UPDATE contact_centre.recording_media t
SET parameters = '{}'
FROM contact_centre.recording r
WHERE (r.caller = $1 OR r.dialled = $1) AND r.account_id = ANY ($2::text[])
  AND t.account_id = r.account_id AND t.recording_id = r.recording_id AND t.parameters <> '{}'
