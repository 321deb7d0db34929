-- The drops that have submissions due to be purged.
-- Also those that were purged before and under whose name something was published since.
-- $1 timestamptz: completed before. One row for each drop, with the number of submissions.
SELECT drop_name, count(*) AS submissions
FROM lethe.submission s
WHERE completed_at <= $1 AND (purged_at IS NULL OR EXISTS (
        SELECT 1 FROM lethe.result r
        WHERE r.submission_id = s.submission_id AND r.published_at > s.purged_at AND r.published_at <= $1)) GROUP BY drop_name ORDER BY drop_name
