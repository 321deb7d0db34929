-- A submission is about to be put into a case. The server notes which of its users does so.
-- $1 text: case; $2 text: file; $3, $4 bytea: key and keyed digest of its content; $5 timestamptz: now;
-- $6, $7 bigint: the operating system's user, and the one who logged in, or NULL; $8 text: the user's name.
INSERT INTO lethe.case_file (case_id, file_name, digest_key, digest, opened_at, os_uid, os_login_uid, os_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (case_id, file_name) DO NOTHING
