-- Returns the distinct other devices noted for each target, as stored. Zero rows: none was noted.
SELECT DISTINCT target, account_id, value FROM lethe_noted WHERE what = 'other'
