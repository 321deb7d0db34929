-- The ID of the current transaction; NULL where it has written nothing.
SELECT pg_current_xact_id_if_assigned()::text::bigint AS xid
