-- The database user of this session, as the server authenticated it. Always one row.
SELECT session_user::text AS database_user
