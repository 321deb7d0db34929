-- The ID of the current transaction, NULL where it has written nothing. One row.
SELECT pg_current_xact_id_if_assigned()::text::bigint AS xid
