-- Makes the server check now and then, during a statement, whether the client is still connected: the statement of a process
-- that died ends, and its locks with it. Some operating systems do not support this, and the server returns an error there.
SELECT pg_catalog.set_config('client_connection_check_interval', '5s', false) AS interval
