-- Records an approval of a submission. A trigger records the database user. Returns no rows.
-- $1 text: case; $2 text: drop; $3 text: file; $4 text: the plan as JSON; $5 timestamptz: now; $6 bigint: user ID of the process;
-- $7 bigint: user ID of the login session, or NULL; $8 text: name of the user; $9 bytea: the digest of the approved content, or NULL.
INSERT INTO lethe.case_approval (case_id, drop_name, file_name, plan, approved_at, os_uid, os_login_uid, os_user, digest)
VALUES ($1, $2, $3, $4::pg_catalog.text::pg_catalog.jsonb, $5, $6, $7, $8, $9)
