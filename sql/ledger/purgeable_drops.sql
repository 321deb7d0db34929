-- The drops that have submissions due to be purged.
-- $1 timestamptz: completed before. One row for each drop, with the number of submissions.
SELECT drop_name, count(*) AS submissions
FROM lethe.submission WHERE completed_at <= $1 AND purged_at IS NULL GROUP BY drop_name ORDER BY drop_name
