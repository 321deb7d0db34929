-- Counts the submissions of cases that no run has claimed, and those of them that are overdue. Always one row.
-- $1 text: case, or NULL for all; $2 date: today.
SELECT count(*) AS submissions,
       count(*) FILTER (WHERE c.received_on + interval '1 month' < $2::date) AS overdue
FROM lethe.case_file f
JOIN lethe.care_case c ON c.case_id = f.case_id
WHERE ($1::text IS NULL OR f.case_id = $1)
  AND NOT EXISTS (SELECT FROM lethe.submission s WHERE s.drop_name = 'case/' || f.case_id AND s.file_name = f.file_name)
