-- Lists the submissions of a drop that are due to be purged. A purged submission is due again if a result was published under its name
-- since.
-- $1 timestamptz: completed until; $2 text: drop. Zero rows: none is due.
SELECT submission_id, file_name, digest_key, digest
FROM lethe.submission s
WHERE drop_name OPERATOR(pg_catalog.=) $2 AND completed_at OPERATOR(pg_catalog.<=) $1 AND (purged_at IS NULL OR EXISTS (
        SELECT 1 FROM lethe.result r
        WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND r.published_at OPERATOR(pg_catalog.>) s.purged_at AND r.published_at OPERATOR(pg_catalog.<=) $1))
ORDER BY submission_id
