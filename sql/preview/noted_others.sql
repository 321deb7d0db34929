-- The other devices that were noted of each target, each as it stands.
SELECT DISTINCT target, account_id, value FROM lethe_noted WHERE what = 'other'
