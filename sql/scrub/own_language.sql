-- The server's messages are in its own language again.
RESET lc_messages
