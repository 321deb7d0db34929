-- Supports the join of each found row with the target of its device and scope.
CREATE INDEX lethe_target_device ON pg_temp.lethe_target (device, scope)
