-- Counts the submissions that are due to be purged, by drop. A purged submission is due again if a result was published under its name
-- since.
-- $1 timestamptz: completed until. Zero rows: none is due.
SELECT drop_name, pg_catalog.count(*) AS submissions
FROM lethe.submission s
WHERE completed_at OPERATOR(pg_catalog.<=) $1 AND (purged_at IS NULL OR EXISTS (
        SELECT 1 FROM lethe.result r
        WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND r.published_at OPERATOR(pg_catalog.>) s.purged_at AND r.published_at OPERATOR(pg_catalog.<=) $1)) GROUP BY drop_name ORDER BY drop_name
