-- What a reading notes of each target, to be counted over all tables: client IDs, names, other devices of the same records.
-- Never analysed: none of it is in pg_statistic.
CREATE TEMP TABLE lethe_noted (target int, what text, account_id text, value text) ON COMMIT DELETE ROWS
