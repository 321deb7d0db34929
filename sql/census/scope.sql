-- The submissions that a census of one FORGET, or of all, covers: files that are not purged, when the last of these was completed,
-- when the last contact was answered, media objects that are not deleted yet, and keys of digests in the ledger that are sealed, or clear as a
-- ledger older than version 18 has them. One row.
-- $1 bigint: the submission, or NULL for all.
SELECT pg_catalog.count(*) FILTER (WHERE s.purged_at IS NULL) AS files,
       pg_catalog.max(s.completed_at) FILTER (WHERE s.purged_at IS NULL) AS completed_at,
       pg_catalog.max(greatest(s.answered_at, s.answered_by_server)) AS answered_at,
       (SELECT pg_catalog.count(*) FROM lethe.media m WHERE m.deleted_at IS NULL AND ($1::bigint IS NULL OR m.submission_id OPERATOR(pg_catalog.=) $1)) AS media,
       pg_catalog.count(*) FILTER (WHERE pg_catalog.octet_length(s.digest_key) OPERATOR(pg_catalog.<>) 32) AS sealed_keys,
       pg_catalog.count(*) FILTER (WHERE pg_catalog.octet_length(s.digest_key) OPERATOR(pg_catalog.=) 32
           OR EXISTS (SELECT FROM lethe.duplicate d WHERE d.submission_id OPERATOR(pg_catalog.=) s.submission_id AND pg_catalog.octet_length(d.digest_key) OPERATOR(pg_catalog.=) 32)
           OR EXISTS (SELECT FROM lethe.case_file f WHERE s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) f.case_id) AND f.file_name OPERATOR(pg_catalog.=) s.file_name
                         AND pg_catalog.octet_length(f.digest_key) OPERATOR(pg_catalog.=) 32)
           OR EXISTS (SELECT FROM lethe.media m WHERE m.submission_id OPERATOR(pg_catalog.=) s.submission_id AND m.deleted_at IS NULL AND pg_catalog.octet_length(m.object_digest) OPERATOR(pg_catalog.=) 64)) AS clear_keys
FROM lethe.submission s
WHERE s.action OPERATOR(pg_catalog.=) 'FORGET' AND ($1::bigint IS NULL OR s.submission_id OPERATOR(pg_catalog.=) $1)
