-- Commits the transaction, or rolls it back if it failed.
COMMIT
