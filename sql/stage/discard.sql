-- Removes what the session staged before.
DISCARD TEMP
