-- Restores the language of the server's messages.
RESET lc_messages
