-- What a server must be, and a session have, before Lethe uses them. One row.
SELECT pg_catalog.current_setting('lethe.session', true) AS session_kind,
       pg_catalog.current_setting('server_version_num')::int AS version_num,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_encoding') AS encoding,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('default_transaction_read_only')::boolean AS read_only,
       pg_catalog.current_setting('session_replication_role') AS replication_role
