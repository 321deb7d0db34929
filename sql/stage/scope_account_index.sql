-- Supports the check whether the account of a found row is in scope.
CREATE INDEX lethe_scope_account_id ON pg_temp.lethe_scope_account (account_id, scope)
