-- Supports chunks, which select what was recognised of a range of devices, and the replacement of single values.
CREATE INDEX lethe_sighted_device ON pg_temp.lethe_sighted (device);
CREATE INDEX lethe_sighted_value ON pg_temp.lethe_sighted (value)
