-- A submission was read and will be carried out. Zero rows changed: it was begun before.
-- $1 bigint: the submission; $2 bigint: its contacts.
UPDATE lethe.submission SET state = 'running', contacts = $2 WHERE submission_id = $1 AND state = 'received'
