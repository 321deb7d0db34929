-- Whether anything of a case is still to be processed or purged, including media objects to delete. Always one row.
-- $1 text: case; $2 text: the drop that is its folder.
SELECT EXISTS (SELECT 1 FROM lethe.submission s WHERE s.drop_name OPERATOR(pg_catalog.=) $2 AND s.purged_at IS NULL)
    OR EXISTS (SELECT 1 FROM lethe.submission s JOIN lethe.media m ON m.submission_id OPERATOR(pg_catalog.=) s.submission_id
               WHERE s.drop_name OPERATOR(pg_catalog.=) $2 AND m.deleted_at IS NULL)
    OR EXISTS (SELECT 1 FROM lethe.case_file f WHERE f.case_id OPERATOR(pg_catalog.=) $1) AS open
