-- What a server must be, and a session have, before Lethe uses them. One row.
SELECT current_setting('lethe.session', true) AS session_kind,
       current_setting('server_version_num')::int AS version_num,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding,
       pg_is_in_recovery() AS in_recovery,
       current_setting('default_transaction_read_only')::boolean AS read_only,
       pg_catalog.current_setting('session_replication_role') AS replication_role
