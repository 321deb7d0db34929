-- Counts the submissions of cases that no run has claimed, and those of them that are overdue. Always one row.
-- $1 text: case, or NULL for all; $2 date: today.
SELECT pg_catalog.count(*) AS submissions,
       pg_catalog.count(*) FILTER (WHERE c.received_on OPERATOR(pg_catalog.+) interval '1 month' OPERATOR(pg_catalog.<) $2::pg_catalog.date) AS overdue
FROM lethe.case_file f
JOIN lethe.care_case c ON c.case_id OPERATOR(pg_catalog.=) f.case_id
WHERE ($1::pg_catalog.text IS NULL OR f.case_id OPERATOR(pg_catalog.=) $1)
  AND NOT EXISTS (SELECT FROM lethe.submission s WHERE s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) f.case_id) AND s.file_name OPERATOR(pg_catalog.=) f.file_name)
