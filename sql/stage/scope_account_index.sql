-- Found rows ask for their account among those of their scope.
CREATE INDEX lethe_scope_account_id ON lethe_scope_account (account_id, scope)
