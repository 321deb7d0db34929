-- Keeps the earliest day on which a consumer asked for one of the cases of a submission, including the case of its folder. Runs before the
-- cases are deleted.
-- $1 bigint: the submission. Zero rows changed: there is no such submission.
UPDATE lethe.submission s
SET asked_on = coalesce(s.asked_on, (SELECT pg_catalog.min(c.received_on)
                                     FROM lethe.care_case c
                                     WHERE c.case_id OPERATOR(pg_catalog.=) ANY (SELECT r.request_case FROM lethe.request r
                                                         WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id
                                                         UNION ALL
                                                         SELECT pg_catalog.substr(s.drop_name, 6) WHERE s.drop_name OPERATOR(pg_catalog.~~) 'case/%')))
WHERE s.submission_id OPERATOR(pg_catalog.=) $1
