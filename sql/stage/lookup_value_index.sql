-- A reading asks of each device in the found records whether it was requested: for many rows that is less than to read all
-- lookups each time, whatever the planner thinks how many there will be.
CREATE INDEX lethe_lookup_value ON lethe_lookup (value)
