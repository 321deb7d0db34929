-- Draws a random number and holds an advisory lock on it for the life of the session, by which others recognise that the session lives.
-- Always one row; not granted: another session holds that number.
-- The first six bytes of a random UUID are random throughout. OFFSET keeps the number from being drawn twice.
SELECT drawn.token, pg_catalog.pg_try_advisory_lock(drawn.token) AS granted
FROM (SELECT ('x' OPERATOR(pg_catalog.||) pg_catalog.encode(pg_catalog.substring(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 1, 6), 'hex'))::pg_catalog.bit(48)::pg_catalog.int8 AS token
      OFFSET 0) AS drawn
