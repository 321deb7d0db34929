-- The role of every run, which is the cluster's: it stays from one database to the next.
DO $$
BEGIN
    IF to_regrole('lethe_engine') IS NULL THEN
        CREATE ROLE lethe_engine LOGIN;
    END IF;
END
$$
