-- Somebody approves what a preview showed of a submission. The server notes which of its users does so.
-- $1 text: case; $2 text: drop; $3 text: file; $4 text: the plan as json; $5 timestamptz: now; $6, $7 bigint: the operating
-- system's user, and the one who logged in, or NULL; $8 text: the user's name.
INSERT INTO lethe.case_approval (case_id, drop_name, file_name, plan, approved_at, os_uid, os_login_uid, os_user)
VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8)
