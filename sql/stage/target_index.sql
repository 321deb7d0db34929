-- Supports the join of each staged value with the targets of its device.
CREATE INDEX lethe_target_device ON pg_temp.lethe_target (device)
