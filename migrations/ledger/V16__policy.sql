-- Rules for cases that only the owner of the ledger changes. Until now they were in the configuration only, which is as strong as
-- the weakest file and program that uses it.

CREATE TABLE lethe.policy (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    two_people      boolean NOT NULL DEFAULT false,
    count_tolerance bigint NOT NULL DEFAULT 0 CHECK (count_tolerance >= 0),
    changed_at      timestamptz,
    changed_by      text
);
INSERT INTO lethe.policy DEFAULT VALUES;

COMMENT ON TABLE lethe.policy IS 'One row: rules for cases that only the owner of the ledger changes, with lethe case policy. The configuration can only make them stricter. Without the row the strictest rules apply.';
COMMENT ON COLUMN lethe.policy.only_row IS 'Always true, so that there is one row.';
COMMENT ON COLUMN lethe.policy.two_people IS 'Whether a submission of a case needs the approval of a second person.';
COMMENT ON COLUMN lethe.policy.count_tolerance IS 'By how many rows each count may differ from what was approved, at most.';
COMMENT ON COLUMN lethe.policy.changed_at IS 'When the rules were last changed, by the clock of the server. NULL: never.';
COMMENT ON COLUMN lethe.policy.changed_by IS 'Session user of the database who last changed the rules. NULL: nobody.';
