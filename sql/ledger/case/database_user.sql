-- One row: as whom the server let this session in.
SELECT session_user::text AS database_user
