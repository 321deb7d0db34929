-- Supports chunks, which select the values of a range of devices.
CREATE INDEX lethe_lookup_device ON pg_temp.lethe_lookup (device)
