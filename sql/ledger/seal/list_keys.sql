-- Lists the keys of digests that are not sealed under a current secret: those of a ledger older than version 18, which are clear, and those
-- of earlier secrets. Each once.
-- $1 bytea[]: the IDs of the current secrets. joined: whether value is the key followed by its digest. submission_id is NULL for a file of a
-- case. Zero rows: all keys are sealed under a current secret.
SELECT s.submission_id, s.drop_name, s.digest_key AS value, false AS joined
FROM lethe.submission s
WHERE pg_catalog.octet_length(s.digest_key) OPERATOR(pg_catalog.=) 32 OR pg_catalog.substr(s.digest_key, 1, 8) OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.bytea[])
UNION ALL
SELECT s.submission_id, s.drop_name, d.digest_key, false
FROM lethe.duplicate d
JOIN lethe.submission s ON s.submission_id OPERATOR(pg_catalog.=) d.submission_id
WHERE pg_catalog.octet_length(d.digest_key) OPERATOR(pg_catalog.=) 32 OR pg_catalog.substr(d.digest_key, 1, 8) OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.bytea[])
UNION ALL
SELECT NULL::bigint, 'case/' OPERATOR(pg_catalog.||) f.case_id, f.digest_key, false
FROM lethe.case_file f
WHERE pg_catalog.octet_length(f.digest_key) OPERATOR(pg_catalog.=) 32 OR pg_catalog.substr(f.digest_key, 1, 8) OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.bytea[])
UNION ALL
SELECT m.submission_id, s.drop_name, m.object_digest, true
FROM (SELECT DISTINCT o.submission_id, o.object_digest
      FROM lethe.media o
      WHERE o.deleted_at IS NULL AND (pg_catalog.octet_length(o.object_digest) OPERATOR(pg_catalog.=) 64 OR pg_catalog.substr(o.object_digest, 1, 8) OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.bytea[]))) AS m
JOIN lethe.submission s ON s.submission_id OPERATOR(pg_catalog.=) m.submission_id
