-- FORGETs whose certificate a scrub of a level makes or renews: it treated their tables, and their last certificate does not state
-- this level, or was never published. Nothing is published in a case's folder after it was purged.
-- $1 text[]: tables, as <schema>.<table>; $2 text: the level. Zero rows: none.
SELECT s.submission_id, s.drop_name, s.file_name
FROM lethe.submission s
-- Only the last certificate counts: a later one replaces those before it.
LEFT JOIN LATERAL (SELECT c.level, c.published_at FROM lethe.certificate c
                   WHERE c.submission_id OPERATOR(pg_catalog.=) s.submission_id ORDER BY c.ordinal DESC LIMIT 1) AS last ON true
WHERE s.action OPERATOR(pg_catalog.=) 'FORGET' AND s.state OPERATOR(pg_catalog.=) 'done'
  AND NOT (s.purged_at IS NOT NULL AND pg_catalog.starts_with(s.drop_name, 'case/'))
  AND EXISTS (SELECT FROM lethe.scrub_seen k WHERE k.submission_id OPERATOR(pg_catalog.=) s.submission_id AND k.table_name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]))
  AND (last.level IS NULL OR last.level OPERATOR(pg_catalog.<) $2::pg_catalog.text::numeric OR last.published_at IS NULL)
ORDER BY s.submission_id
