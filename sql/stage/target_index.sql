-- Each staged value asks for the targets of its device: for few values that is less than to read them all.
CREATE INDEX lethe_target_device ON lethe_target (device)
