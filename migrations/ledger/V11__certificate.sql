-- Certificates: what a census found below SQL, signed, and in one chain for each drop beside that of its receipts. They hold no
-- device, no person and no case, so purge leaves them.

CREATE TABLE lethe.certificate_chain (
    drop_name text PRIMARY KEY,
    chain_id  uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    number    bigint NOT NULL DEFAULT 0,
    head      bytea
);
COMMENT ON TABLE lethe.certificate_chain IS 'The end of each drop''s chain of certificates: how many it has, and the SHA-256 of the last one. Whoever adds one holds this row.';

CREATE TABLE lethe.certificate (
    submission_id bigint NOT NULL REFERENCES lethe.submission,
    ordinal       int NOT NULL,
    chain_id      uuid NOT NULL REFERENCES lethe.certificate_chain (chain_id),
    number        bigint NOT NULL,
    level         numeric(2,1),
    content       text NOT NULL,
    page          text NOT NULL,
    operator_copy text NOT NULL,
    made_at       timestamptz NOT NULL,
    published_at  timestamptz,
    PRIMARY KEY (submission_id, ordinal),
    UNIQUE (chain_id, number)
);
COMMENT ON TABLE lethe.certificate IS 'The very bytes of each certificate, noted before they are published. ordinal: the first of a submission, and those that renewed it. level: that at which a scrub had completed all that the submission changed; NULL: none.';
CREATE INDEX certificate_unpublished ON lethe.certificate (submission_id) WHERE published_at IS NULL;
