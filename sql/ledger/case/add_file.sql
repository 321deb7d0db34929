-- Records a submission that is about to be put into a case. A trigger records the database user.
-- $1 text: case; $2 text: file; $3 bytea: digest key; $4 bytea: keyed digest of the content; $5 timestamptz: now; $6 bigint: user ID of the
-- process; $7 bigint: user ID of the login session, or NULL; $8 text: name of the user. Zero rows changed: the case has a file of this name.
INSERT INTO lethe.case_file (case_id, file_name, digest_key, digest, opened_at, os_uid, os_login_uid, os_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (case_id, file_name) DO NOTHING
