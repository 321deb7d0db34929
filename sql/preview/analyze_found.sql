-- Collects row counts for the planner, which would otherwise probe a table once for each found row. Columns with keys or values
-- are not analysed, so that none of them is in pg_statistic.
ANALYZE /* found */ pg_temp.lethe_found_0 /* end */ (target, account_id)
