-- Supports previews and verifications, which check for each device of the found records whether it was requested: for many rows
-- an index is faster than scanning all values, whatever row count the planner estimates.
CREATE INDEX lethe_lookup_value ON pg_temp.lethe_lookup (value)
