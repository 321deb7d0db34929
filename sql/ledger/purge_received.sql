-- Keeps the earliest day on which a case of a submission was asked for, without the case, and removes the days of cases that no
-- other submission has. Before the cases go.
-- $1 bigint: the submission.
WITH cases AS (
    SELECT a.case_id, a.received_on,
           EXISTS (SELECT FROM lethe.request r WHERE r.request_case = a.case_id AND r.submission_id <> $1) AS elsewhere
    FROM lethe.case_received a
    WHERE a.case_id IN (SELECT r.request_case FROM lethe.request r WHERE r.submission_id = $1)
), gone AS (
    DELETE FROM lethe.case_received a USING cases c WHERE a.case_id = c.case_id AND NOT c.elsewhere
)
UPDATE lethe.submission SET asked_on = coalesce((SELECT min(received_on) FROM cases), asked_on) WHERE submission_id = $1
