-- The database user of this session, as the server authenticated it. Always one row.
SELECT session_user::pg_catalog.text AS database_user
