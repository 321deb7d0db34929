-- Opens a transaction with asynchronous commit, for work that is repeated when a crash of the server loses it, or that a
-- later transaction makes durable.
BEGIN;
SET LOCAL synchronous_commit = off
