-- Deletes the cases and answers of a submission, the rows that lead to its client IDs, and who opened and approved it.
-- $1 bigint: the submission. Zero rows changed: it has no requests.
-- Answers and found clients have no foreign key, for speed, so nothing cascades to them.
WITH answers AS (DELETE FROM lethe.contact WHERE submission_id OPERATOR(pg_catalog.=) $1),
     -- These rows lead to client IDs, which must not be found again.
     clients AS (DELETE FROM lethe.found_client WHERE submission_id OPERATOR(pg_catalog.=) $1),
     -- Objects that are still to be deleted stay in the outbox.
     outbox AS (DELETE FROM lethe.media WHERE submission_id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NOT NULL),
     -- Who opened and approved it names people.
     opened AS (DELETE FROM lethe.case_file f USING lethe.submission s
                WHERE s.submission_id OPERATOR(pg_catalog.=) $1 AND s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) f.case_id) AND s.file_name OPERATOR(pg_catalog.=) f.file_name),
     -- So does who approved it.
     approved AS (DELETE FROM lethe.case_approval a USING lethe.submission s
                  WHERE s.submission_id OPERATOR(pg_catalog.=) $1 AND s.drop_name OPERATOR(pg_catalog.=) a.drop_name AND s.file_name OPERATOR(pg_catalog.=) a.file_name)
DELETE FROM lethe.request WHERE submission_id OPERATOR(pg_catalog.=) $1
