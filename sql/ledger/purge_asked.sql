-- Keeps the earliest day on which a case of a submission was asked for, without the case. Before the cases go.
-- $1 bigint: the submission.
UPDATE lethe.submission s
SET asked_on = coalesce(s.asked_on, (SELECT min(c.received_on)
                                     FROM lethe.request r JOIN lethe.care_case c ON c.case_id = r.request_case
                                     WHERE r.submission_id = s.submission_id))
WHERE s.submission_id = $1
