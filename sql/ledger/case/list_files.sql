-- Lists the submissions that were put into a case, in that order, and who put them there.
-- $1 text: the case. Zero rows: none, or they were purged.
SELECT file_name, digest_key, digest, opened_at, os_uid, os_login_uid, os_user, database_user
FROM lethe.case_file WHERE case_id OPERATOR(pg_catalog.=) $1 ORDER BY opened_at, file_name
