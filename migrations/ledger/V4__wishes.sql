-- What a DBA wants of a submission that is not done: a session at work sees it between two transactions.
ALTER TABLE lethe.submission
    ADD COLUMN wish text CHECK (wish IN ('pause', 'cancel')),
    ADD COLUMN wished_at timestamptz;
COMMENT ON COLUMN lethe.submission.wish IS 'pause: no run goes on with it until it is resumed; cancel: contacts without an answer get an error, and the log is published.';
