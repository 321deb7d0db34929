-- Supports an EXPORT, which selects the found rows of the targets of one request at a time.
CREATE INDEX ON /* found */ pg_temp.lethe_found_0 /* end */ (target)
