-- Settings of a transaction that changes rows: durable whatever the role's default, with a short wait for locks.
SET LOCAL synchronous_commit = on;
SET LOCAL lock_timeout = '2s'
