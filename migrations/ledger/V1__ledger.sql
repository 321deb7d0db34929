-- Lethe's ledger: contract sections 7 and 10. No device, no person, no hash of a device or of a submission
-- stands here; digests are keyed with a random key of the submission, which purge removes.

CREATE TABLE lethe.ledger (
    ledger_id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);
COMMENT ON TABLE lethe.ledger IS 'One row: tells this ledger from others that share a spool.';
INSERT INTO lethe.ledger DEFAULT VALUES;

CREATE TABLE lethe.submission (
    submission_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    drop_name     text NOT NULL,
    file_name     text NOT NULL,
    action        text NOT NULL CHECK (action IN ('FORGET', 'EXPORT')),
    state         text NOT NULL CHECK (state IN ('received', 'running', 'answered', 'done')),
    digest_key    bytea,
    digest        bytea,
    contacts      bigint NOT NULL DEFAULT 0,
    success       bigint NOT NULL DEFAULT 0,
    not_found     bigint NOT NULL DEFAULT 0,
    errors        bigint NOT NULL DEFAULT 0,
    error         text,
    received_at   timestamptz NOT NULL,
    answered_at   timestamptz,
    completed_at  timestamptz,
    purged_at     timestamptz,
    UNIQUE (drop_name, file_name)
);
COMMENT ON TABLE lethe.submission IS 'One submit file: received, running, answered (every contact has its response), done (its results are published). error says why a file could not be read.';
COMMENT ON COLUMN lethe.submission.digest IS 'HMAC-SHA-256 of the content under digest_key; both are removed by purge.';
CREATE INDEX submission_unfinished ON lethe.submission (drop_name) WHERE completed_at IS NULL;

CREATE TABLE lethe.request (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    request       int NOT NULL,
    request_case  text,
    contacts      int NOT NULL,
    PRIMARY KEY (submission_id, request)
);
COMMENT ON COLUMN lethe.request.request IS 'Ordinal in the file, from 1.';
CREATE INDEX request_case ON lethe.request (request_case);

CREATE TABLE lethe.contact (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    request       int NOT NULL,
    contact       int NOT NULL,
    kind          text CHECK (kind IN ('phone', 'email', 'ipaddr')),
    response      text NOT NULL,
    row_counts    jsonb,
    PRIMARY KEY (submission_id, request, contact)
);
COMMENT ON TABLE lethe.contact IS 'The answer of one contact, written in the transaction that changed its data. Ordinals from 1; row_counts: rows that held the device, by table.';

CREATE TABLE lethe.table_count (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    table_name    text NOT NULL,
    row_count     bigint NOT NULL,
    PRIMARY KEY (submission_id, table_name)
);
COMMENT ON TABLE lethe.table_count IS 'Rows changed (FORGET) or exported (EXPORT), by table.';

CREATE TABLE lethe.duplicate (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    ordinal       int NOT NULL,
    digest_key    bytea,
    digest        bytea,
    answered_at   timestamptz,
    PRIMARY KEY (submission_id, ordinal)
);
COMMENT ON TABLE lethe.duplicate IS 'Other content under a name that was used before: answered once each by <stem>-duplicate-<ordinal>.json.';

CREATE TABLE lethe.result (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    file_name     text NOT NULL,
    digest        bytea,
    published_at  timestamptz,
    PRIMARY KEY (submission_id, file_name)
);
COMMENT ON TABLE lethe.result IS 'A file that was or will be published; digest is keyed like that of its submission.';

CREATE TABLE lethe.media (
    submission_id bigint NOT NULL REFERENCES lethe.submission ON DELETE CASCADE,
    request       int NOT NULL,
    contact       int NOT NULL,
    table_name    text NOT NULL,
    row_key       jsonb NOT NULL,
    deleted_at    timestamptz,
    failure       text,
    PRIMARY KEY (submission_id, request, contact, table_name, row_key)
);
COMMENT ON TABLE lethe.media IS 'Outbox of media objects to delete: filled in the transaction that redacts the rows; the URI stays in its row until the object is gone.';
