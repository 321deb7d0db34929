-- When a run last went on with a submission and how many contacts had their answer by then: the rate of what goes on now is
-- not that of the days in between.
ALTER TABLE lethe.submission
    ADD COLUMN resumed_at timestamptz,
    ADD COLUMN resumed_answered bigint;
