-- Begins a transaction with the rights of the role that logged in: a role that `ALTER ROLE … SET role` sets in its place may not see
-- what sessions do.
BEGIN READ ONLY;
SET LOCAL role = 'none'
