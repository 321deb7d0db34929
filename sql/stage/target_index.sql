-- Chunks take the targets of a range of devices.
CREATE INDEX lethe_target_device ON lethe_target (device)
