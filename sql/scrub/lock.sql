-- Takes the session lock that allows one scrub of a ledger at a time. One row: whether it was granted.
SELECT pg_try_advisory_lock(1279611978, 0) AS granted
