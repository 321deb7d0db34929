-- Opens the transaction of an export: one snapshot, read-only.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
