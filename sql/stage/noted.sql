-- What a reading notes of each target, to be counted over all tables: client IDs, names, other devices of the same records.
-- Its values are never analysed: none of them is in pg_statistic.
CREATE TEMP TABLE lethe_noted (target int, what text, account_id text, value text) ON COMMIT DELETE ROWS
