-- Locks are rows, so that only a role with rights on the ledger can take one. Until now they were advisory locks on known numbers,
-- which any role can take.

CREATE TABLE lethe.lock (
    kind        text NOT NULL CHECK (kind IN ('submission', 'worker', 'scrub')),
    id          bigint NOT NULL,
    pid         int NOT NULL,
    token       bigint NOT NULL,
    role_id     oid NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT now()
);
-- One session processes a submission, one session scrubs; a submission may have any number of workers.
CREATE UNIQUE INDEX lock_exclusive ON lethe.lock (kind, id) WHERE kind <> 'worker';
CREATE INDEX lock_worker ON lethe.lock (id) WHERE kind = 'worker';

COMMENT ON TABLE lethe.lock IS 'Who is at work on what. A lock is valid while its session lives: the session with this process and login role that holds an advisory lock on token. A row whose session has ended is replaced by the next session that takes the lock.';
COMMENT ON COLUMN lethe.lock.kind IS 'submission: the session that processes it; worker: a further session of the same process; scrub: the session that scrubs.';
COMMENT ON COLUMN lethe.lock.id IS 'The submission; 0 for scrub.';
COMMENT ON COLUMN lethe.lock.pid IS 'The server process of the session.';
COMMENT ON COLUMN lethe.lock.token IS 'A random number of the session, on which it holds an advisory lock. That others can take the same number later does not matter: they have another process or another login role.';
COMMENT ON COLUMN lethe.lock.role_id IS 'The role that logged in.';
COMMENT ON COLUMN lethe.lock.acquired_at IS 'When the lock was acquired, by the clock of the server.';
