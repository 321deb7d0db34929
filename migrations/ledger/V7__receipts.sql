-- Receipts: signed, and in one chain for each drop. They hold no device, no person and no case, so purge leaves them:
-- they prove afterwards what was done.
CREATE TABLE lethe.receipt_chain (
    drop_name text PRIMARY KEY,
    chain_id  uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    number    bigint NOT NULL DEFAULT 0,
    head      bytea
);
COMMENT ON TABLE lethe.receipt_chain IS 'The end of each drop''s chain: how many receipts it has, and the SHA-256 of the last one. Whoever adds a receipt holds this row.';

CREATE TABLE lethe.receipt (
    submission_id    bigint PRIMARY KEY REFERENCES lethe.submission,
    chain_id         uuid NOT NULL REFERENCES lethe.receipt_chain (chain_id),
    number           bigint NOT NULL,
    content          text NOT NULL,
    operator_copy    text NOT NULL,
    contacts_per_log bigint NOT NULL,
    made_at          timestamptz NOT NULL,
    UNIQUE (chain_id, number)
);
COMMENT ON TABLE lethe.receipt IS 'The very bytes of each receipt, noted before they are published: made once for each submission. Its answers are final from then on.';
COMMENT ON COLUMN lethe.receipt.operator_copy IS 'What is for the operator only: transaction IDs and WAL positions.';
COMMENT ON COLUMN lethe.receipt.contacts_per_log IS 'How the execution logs were split that the receipt vouches for.';

-- Where in the WAL a submission was begun, and in which transaction: for the operator's copy.
ALTER TABLE lethe.submission
    ADD COLUMN begun_lsn pg_lsn,
    ADD COLUMN begun_xid xid8;

-- What purge leaves of a case's day, so that a report of later months still knows what was overdue.
ALTER TABLE lethe.submission ADD COLUMN asked_on date;
COMMENT ON COLUMN lethe.submission.asked_on IS 'The earliest day on which a consumer asked for one of its cases, noted when purge removes them.';
