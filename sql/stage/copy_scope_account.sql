-- Fills lethe_scope_account.
COPY pg_temp.lethe_scope_account (scope, account_id, national) FROM STDIN WITH (FORMAT binary)
