-- One scrub of a ledger at a time: a lock of this session, freed when the session ends. One row: whether it was granted.
SELECT pg_try_advisory_lock(1279611978, 0) AS granted
