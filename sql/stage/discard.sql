-- A session that staged before begins afresh.
DISCARD TEMP
