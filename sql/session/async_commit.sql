-- A transaction of which nothing is lost that matters when the server ends before it is durable: it is done again, or it
-- is made durable by a later one.
BEGIN;
SET LOCAL synchronous_commit = off
