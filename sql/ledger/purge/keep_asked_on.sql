-- Keeps the earliest day on which a case of a submission was asked for, without the case: also that in whose folder it lies.
-- Before the cases go.
-- $1 bigint: the submission.
UPDATE lethe.submission s
SET asked_on = coalesce(s.asked_on, (SELECT min(c.received_on)
                                     FROM lethe.care_case c
                                     WHERE c.case_id IN (SELECT r.request_case FROM lethe.request r
                                                         WHERE r.submission_id = s.submission_id
                                                         UNION ALL
                                                         SELECT substr(s.drop_name, 6) WHERE s.drop_name LIKE 'case/%')))
WHERE s.submission_id = $1
