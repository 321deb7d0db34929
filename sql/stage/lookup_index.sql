-- Supports chunks, which select the values of a range of devices.
CREATE INDEX lethe_lookup_device ON lethe_lookup (device)
