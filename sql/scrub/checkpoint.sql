-- Writes all changed pages to disk, so that pages cleaned in memory are clean on disk too. Returns no rows.
CHECKPOINT
