-- $1 text: the account; $2 bigint: the attempt; $3 timestamptz: when it was made.
UPDATE contact_centre.contact_attempt
SET disposition = 'Answered'
WHERE account_id = $1 AND attempt_id = $2 AND attempted_at = $3
