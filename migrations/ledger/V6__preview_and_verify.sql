-- The key of plan digests: what a preview printed can be compared later, and nothing be guessed from it. Purge draws
-- another when this one is as old as the retention allows. 244 bits are random: two of a uuid's digits tell its version.
CREATE TABLE lethe.plan_key (
    key     bytea NOT NULL CHECK (length(key) = 32),
    made_at timestamptz NOT NULL
);
COMMENT ON TABLE lethe.plan_key IS 'One row: the key of plan digests (HMAC-SHA-256).';
INSERT INTO lethe.plan_key (key, made_at)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), now();

-- By which rows a verification finds the client IDs again that a FORGET found. Written in the transaction that changed
-- the data; without a foreign key, as in lethe.contact. Never a client ID.
CREATE TABLE lethe.found_client (
    submission_id bigint NOT NULL,
    request       int NOT NULL,
    contact       int NOT NULL,
    table_name    text NOT NULL,
    row_key       jsonb NOT NULL
);
COMMENT ON TABLE lethe.found_client IS 'One row for each client ID that a contact''s device was found with, named by the key of a row that has it; removed once verified, at the latest by purge.';
CREATE INDEX found_client_submission ON lethe.found_client (submission_id);

ALTER TABLE lethe.submission ADD COLUMN trace text CHECK (trace IN ('kept', 'verified'));
COMMENT ON COLUMN lethe.submission.trace IS 'kept: rows of the found client IDs stand in lethe.found_client; verified: they were, and a verification found nothing; NULL: they were not kept.';
