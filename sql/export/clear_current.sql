-- Forgets the current request.
DELETE FROM lethe_current
