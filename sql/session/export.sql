-- Exports read one snapshot and change nothing.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
