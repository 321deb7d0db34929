-- Returns the media objects of the records that contain each target's device. Zero rows: they have none.
SELECT DISTINCT c.target, t./* uri */ media_uri /* end */::pg_catalog.text AS media_uri
FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS c
JOIN /* table */ contact_centre.recording_media /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.recording_id OPERATOR(pg_catalog.=) c.r1::pg_catalog.text /* end */
WHERE t./* uri */ media_uri /* end */ OPERATOR(pg_catalog.<>) ''
