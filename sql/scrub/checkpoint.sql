-- Pages that are clean in memory are clean on the disk after it.
CHECKPOINT
