-- Client IDs met while the guard against shared devices counts them.
CREATE TEMP TABLE lethe_client (target int, client_id text) ON COMMIT DELETE ROWS
