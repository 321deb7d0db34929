-- The ID of the current transaction, NULL where it has written nothing. One row.
SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text::bigint AS xid
