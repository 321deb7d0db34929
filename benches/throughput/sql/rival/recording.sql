-- $1 text: the device; $2 text[]: the accounts; $3 text: the placeholder.
UPDATE contact_centre.recording
SET caller = CASE WHEN caller = $1 THEN $3 ELSE caller END, dialled = CASE WHEN dialled = $1 THEN $3 ELSE dialled END
WHERE (caller = $1 OR dialled = $1) AND account_id = ANY ($2::text[])
