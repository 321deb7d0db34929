-- The keys of digests are sealed under a secret outside the database, so that the ledger alone does not allow a guess to be tested. The
-- columns stay; the first run after this migration seals the keys in them.

COMMENT ON COLUMN lethe.submission.digest_key IS 'Key of the digests of the submit file and its results, sealed: the ID of a secret (8 bytes), a random salt (32 bytes), and the random key XOR the HMAC-SHA-256 of the salt under that secret. The secret is not in the database. 32 bytes are a clear key of a ledger older than version 18, which the next run seals. NULL after purge.';
COMMENT ON COLUMN lethe.submission.digest IS 'HMAC-SHA-256 of the content of the submit file under the key in digest_key. NULL until the content is in the spool, and after purge.';
COMMENT ON COLUMN lethe.duplicate.digest_key IS 'Key of this content, sealed as in lethe.submission. NULL after purge.';
COMMENT ON COLUMN lethe.duplicate.digest IS 'HMAC-SHA-256 of the content under the key in digest_key. NULL after purge.';
COMMENT ON COLUMN lethe.result.digest IS 'HMAC-SHA-256 of the file under the key of the submission, for archives of an EXPORT. NULL for all other files, and after purge.';
COMMENT ON COLUMN lethe.case_file.digest_key IS 'Key of the digest of the content, sealed as in lethe.submission, under the secret in the folder of cases.';
COMMENT ON COLUMN lethe.case_file.digest IS 'HMAC-SHA-256 of the content under the key in digest_key.';
COMMENT ON COLUMN lethe.case_approval.digest IS 'HMAC-SHA-256 of the content that was approved, under the key of its row in lethe.case_file. NULL for a file in a customer''s drop, a file that was not opened with lethe, and approvals of a ledger older than version 15: none of them counts where two people must agree.';
COMMENT ON COLUMN lethe.case_approval.plan IS 'What was approved: digests of the catalogue, the schema, the submission and the scope, and the answers with row counts. The key of the digests is made of lethe.plan_key and the secret in the folder of cases. Approvals of a ledger older than version 18 have lost the digest of their submission and no longer count.';
COMMENT ON COLUMN lethe.media.object_digest IS 'A key, sealed as in lethe.submission, followed by the HMAC-SHA-256 of the URI under it. An entry whose row holds another URI by now is skipped. NULL once the object is deleted, and in entries of ledgers older than version 5.';
COMMENT ON TABLE lethe.plan_key IS 'One row: a random part of the key of plan digests. For cases, whose digests are kept with their approval, the other part is the secret in the folder of cases. Purge replaces it when it is older than the retention.';
COMMENT ON COLUMN lethe.plan_key.key IS 'Random, 32 bytes.';
COMMENT ON COLUMN lethe.plan_key.made_at IS 'When it was made.';

-- Who opened or approved stays as the server recorded it; only the key of a digest may be sealed anew.
CREATE OR REPLACE FUNCTION lethe.keep_database_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF TG_TABLE_NAME OPERATOR(pg_catalog.=) 'case_file'
           AND (pg_catalog.to_jsonb(NEW) OPERATOR(pg_catalog.-) 'digest_key'::pg_catalog.text)
               OPERATOR(pg_catalog.=) (pg_catalog.to_jsonb(OLD) OPERATOR(pg_catalog.-) 'digest_key'::pg_catalog.text) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'who opened or approved a submission is never changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.database_user := session_user;
    RETURN NEW;
END
$$;

-- Approvals of earlier versions hold the digest of a submission under a key that is in the ledger.
ALTER TABLE lethe.case_approval DISABLE TRIGGER keep_database_user;
UPDATE lethe.case_approval SET plan = plan - 'submission' WHERE plan ? 'submission';
ALTER TABLE lethe.case_approval ENABLE TRIGGER keep_database_user;
