-- One row: whether any receipt was ever made.
SELECT EXISTS (SELECT FROM lethe.receipt) AS made
