-- Lists the completed submissions of a drop that have media objects to delete, or whose media log is still to be published.
-- $1 text: the drop, or NULL for the folders of all cases; $2 text: the response of contacts that were answered before their objects were
-- deleted. Zero rows: none.
SELECT s.submission_id, s.file_name, s.drop_name
FROM lethe.submission s
WHERE (s.drop_name OPERATOR(pg_catalog.=) $1 OR $1 IS NULL AND s.drop_name OPERATOR(pg_catalog.~~) 'case/%') AND s.completed_at IS NOT NULL
  AND (EXISTS (SELECT FROM lethe.media m WHERE m.submission_id OPERATOR(pg_catalog.=) s.submission_id AND m.deleted_at IS NULL)
       OR EXISTS (SELECT FROM lethe.media m
                  JOIN lethe.contact c
                    ON c.submission_id OPERATOR(pg_catalog.=) m.submission_id AND c.request OPERATOR(pg_catalog.=) m.request AND c.contact OPERATOR(pg_catalog.=) m.contact
                  WHERE m.submission_id OPERATOR(pg_catalog.=) s.submission_id AND c.response OPERATOR(pg_catalog.=) $2)
          AND NOT EXISTS (SELECT FROM lethe.result r
                          WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND r.file_name OPERATOR(pg_catalog.~~) '%-media-log.json'))
ORDER BY s.drop_name, s.submission_id
