-- Returns the distinct other devices noted for each target, as stored. Zero rows: none was noted.
SELECT DISTINCT target, account_id, value FROM pg_temp.lethe_noted WHERE what OPERATOR(pg_catalog.=) 'other'
