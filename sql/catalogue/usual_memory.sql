-- Ends little_memory.sql: the value of every session.
SET work_mem = '64MB'
