-- Writes all clean pages to disk.
CHECKPOINT
