-- Opens a transaction with the rights of the role that logged in: a role that `ALTER ROLE … SET role` sets in its place may not see or
-- end the other sessions of this process.
BEGIN;
SET LOCAL role = 'none'
