-- Whether any receipt was ever made. Always one row.
SELECT EXISTS (SELECT FROM lethe.receipt) AS made
