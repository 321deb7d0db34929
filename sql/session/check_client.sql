-- Lets the server look now and then whether we are still there while it is at a statement: what a process that died was at
-- ends, and its locks with it. Servers on some systems cannot, and refuse.
SELECT set_config('client_connection_check_interval', '5s', false) AS interval
