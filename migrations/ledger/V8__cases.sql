-- Customer Care's cases: what each may reach, who opened which submission of it, and who approved which plan. No device
-- and no person's name stands here but users of this system; `purge` removes a case with its last submission.

CREATE TABLE lethe.care_case (
    case_id     text PRIMARY KEY,
    product     text NOT NULL CHECK (product IN ('outbound', 'messaging')),
    accounts    text[] NOT NULL,
    received_on date,
    opened_at   timestamptz NOT NULL
);
COMMENT ON TABLE lethe.care_case IS 'A case of Customer Care: the accounts that its folder may reach, and the day on which the consumer asked.';

CREATE TABLE lethe.case_file (
    case_id       text NOT NULL REFERENCES lethe.care_case ON DELETE CASCADE,
    file_name     text NOT NULL,
    digest_key    bytea NOT NULL,
    digest        bytea NOT NULL,
    opened_at     timestamptz NOT NULL,
    os_uid        bigint NOT NULL,
    os_login_uid  bigint,
    os_user       text NOT NULL,
    database_user text NOT NULL DEFAULT session_user,
    PRIMARY KEY (case_id, file_name)
);
COMMENT ON TABLE lethe.case_file IS 'A submission that was put into a case, and by whom. digest: HMAC-SHA-256 of its content under digest_key.';
COMMENT ON COLUMN lethe.case_file.os_login_uid IS 'The user who logged in, as the kernel keeps it across su and sudo; NULL where it keeps none.';

CREATE TABLE lethe.case_approval (
    case_id       text NOT NULL,
    drop_name     text NOT NULL,
    file_name     text NOT NULL,
    plan          jsonb NOT NULL,
    approved_at   timestamptz NOT NULL,
    os_uid        bigint NOT NULL,
    os_login_uid  bigint,
    os_user       text NOT NULL,
    database_user text NOT NULL DEFAULT session_user,
    approval_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
COMMENT ON TABLE lethe.case_approval IS 'The last approval of a submission counts. plan: keyed digests and counts of what was approved, no values.';
CREATE INDEX case_approval_file ON lethe.case_approval (drop_name, file_name);

-- Who opened or approved is who the server let in, whatever a client says, and stays so.
CREATE FUNCTION lethe.keep_database_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'who opened or approved a submission is never changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.database_user := session_user;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_database_user BEFORE INSERT OR UPDATE ON lethe.case_file
    FOR EACH ROW EXECUTE FUNCTION lethe.keep_database_user();
CREATE TRIGGER keep_database_user BEFORE INSERT OR UPDATE ON lethe.case_approval
    FOR EACH ROW EXECUTE FUNCTION lethe.keep_database_user();
