-- Changes an attribute where it is still there: what was redacted stays so, and the row is written all the same.
-- $1 text: the account; $2 bigint: the contact.
UPDATE contact_centre.contact
SET attributes = jsonb_set(attributes, '{balance}', '1', false)
WHERE account_id = $1 AND contact_id = $2
