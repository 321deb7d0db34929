-- Counts the submissions that are due to be purged, by drop. A purged submission is due again if a result was published under its name
-- since.
-- $1 timestamptz: completed until. Zero rows: none is due.
SELECT drop_name, count(*) AS submissions
FROM lethe.submission s
WHERE completed_at <= $1 AND (purged_at IS NULL OR EXISTS (
        SELECT 1 FROM lethe.result r
        WHERE r.submission_id = s.submission_id AND r.published_at > s.purged_at AND r.published_at <= $1)) GROUP BY drop_name ORDER BY drop_name
