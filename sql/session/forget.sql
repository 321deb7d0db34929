-- Transactions that change data: durable whatever the role says, and not waiting long for anybody's lock.
SET LOCAL synchronous_commit = on;
SET LOCAL lock_timeout = '2s'
